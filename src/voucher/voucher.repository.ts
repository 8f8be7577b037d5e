import { Injectable } from '@nestjs/common';
import { In, Not } from 'typeorm';
import { Cache, type KeySource } from '../cache/index.js';
import { Database } from '../database/database.js';
import { insertPacks } from '../database/outbox.js';
import type { Keyset } from '../database/keyset.js';
import type { Page } from '../http/validation/validation.js';
import { Clock } from '../common/clock.js';
import { behindIds, isId } from '../common/ids.js';
import { modeOf } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import { requireCursors } from '../common/cursors.js';
import { RUNNING_STATUSES, type VoucherStatus } from './domain/lifecycle.js';
import { scheduleExpiry } from './expiry-schedule.js';
import { removeCodes } from './codes/code-rows.js';
import { removeList } from './eligibility/list-rows.js';
import { StockEntry } from './stock-entry.entity.js';
import { Stock } from './stock.entity.js';
import { idsOfPage, type VoucherFilter } from './voucher-page.js';
import { eventOfChange, voucherPack } from './voucher-events.js';
import type { Also } from './voucher-audit.js';
import { changesTerms, insertTerms } from './voucher-terms.js';
import {
  Voucher,
  VOUCHERS_BY_END,
  VOUCHERS_BY_ID,
  VOUCHERS_BY_STATUS,
  VOUCHERS_OF_MERCHANT,
} from './voucher.entity.js';

const IDS_PAGE = 10_000;
const OVER = ['ended', 'archived'] as const satisfies readonly VoucherStatus[];

export type VoucherChanges = Partial<
  Omit<Voucher, 'id' | 'merchantId' | 'version' | 'createdAt' | 'updatedAt'>
>;

export interface VoucherPage {
  /** In the order of the list: newest first. */
  readonly rows: readonly Voucher[];
  readonly hasMore: boolean;
}

/** VoucherCatalogue in the database. Every change raises the version, and is dropped from the caches of all instances. */
@Injectable()
export class VoucherRepository {
  constructor(
    private readonly database: Database,
    private readonly cache: Cache,
    private readonly clock: Clock,
  ) {}

  hasAny(): Promise<boolean> {
    return this.database.read.exists(Voucher);
  }

  find(id: string): Promise<Voucher | null> {
    return this.database.read.findOneBy(Voucher, { id });
  }

  /** @throws Problem not_found; another merchant's voucher is not there */
  async own(merchantId: string, id: string): Promise<Voucher> {
    const voucher = isId('vch', id) ? await this.find(id) : null;
    if (voucher?.merchantId !== merchantId) throw new Problem('not_found');
    return voucher;
  }

  findMany(ids: readonly string[]): Promise<Voucher[]> {
    return this.database.read.findBy(Voucher, { id: In(ids) });
  }

  /** Units that are no claim's yet, by the ledger: claims that are still on their way count as free. */
  async unissued(id: string): Promise<number | null> {
    const stock = await this.database.read.findOneBy(Stock, { voucherId: id });
    return stock ? stock.total - stock.issued : null;
  }

  /** All ids, drafts' too: what is not among them needs no query. */
  get ids(): KeySource {
    const { database } = this;
    return {
      count: () => database.read.count(Voucher),
      async *pages() {
        for (let after = ''; ;) {
          const query = database.read.createQueryBuilder(Voucher, 'v').select('v.id', 'id');
          const rows = await VOUCHERS_BY_ID.apply(query, {
            dialect: database.dialect,
            direction: 'ASC',
            cursor: [after],
          })
            .limit(IDS_PAGE)
            .getRawMany<{ id: string }>();
          yield rows.map(({ id }) => id);
          const last = rows.at(-1);
          if (!last || rows.length < IDS_PAGE) return;
          after = last.id;
        }
      },
    };
  }

  /** All of them, or none. */
  async insert(vouchers: readonly Voucher[], also: Also): Promise<void> {
    await Promise.all(vouchers.map(({ id }) => this.cache.admit('voucher', id)));
    await this.database.write(async (tx) => {
      await tx.insert(Voucher, [...vouchers]);
      await tx.insert(
        Stock,
        vouchers.map(({ id, totalStock }) => ({ voucherId: id, total: totalStock, issued: 0 })),
      );
      await also(tx);
    });
  }

  /**
   * Changes the voucher if it still is what was read: of racing changes one wins.
   * @param termsFrom from when on claims are promised what is changed, ms since 1970 by the gate's clock; by ours without it
   * @returns the voucher as it now is, or `undefined` where somebody was faster
   */
  async change(
    voucher: Voucher,
    changes: VoucherChanges,
    also: Also,
    termsFrom?: number,
  ): Promise<Voucher | undefined> {
    const { id, version } = voucher;
    const next = { ...changes, version: version + 1, updatedAt: this.clock.now() };
    const won = await this.database.write(async (tx) => {
      const result = await tx.update(Voucher, { id, version }, next);
      if (result.affected !== 1) return false;
      if (changes.totalStock !== undefined) {
        await tx.update(Stock, { voucherId: id }, { total: changes.totalStock });
      }
      const published = voucher.status === 'draft' && (changes.status ?? 'draft') !== 'draft';
      if (published || (voucher.status !== 'draft' && changesTerms(voucher, changes)))
        await insertTerms(tx, { ...voucher, ...next }, published ? 0 : (termsFrom ?? next.updatedAt));
      if (published) await tx.insert(StockEntry, firstEntry(voucher, next.updatedAt));
      const until = changes.redeemUntil === undefined ? voucher.redeemUntil : changes.redeemUntil;
      if (published || (voucher.status !== 'draft' && until !== voucher.redeemUntil))
        await scheduleExpiry(tx, id, until, next.updatedAt);
      const event = eventOfChange(voucher.status, changes.status ?? voucher.status);
      if (event) await insertPacks(tx, [voucherPack(event, { ...voucher, ...next }, next.updatedAt)]);
      await also(tx);
      return true;
    });
    if (!won) return undefined;
    await this.dropFromCaches(id);
    return { ...voucher, ...next };
  }

  /** @returns whether there was such a draft */
  async deleteDraft(id: string, also: Also): Promise<boolean> {
    const deleted = await this.database.write(async (tx) => {
      const result = await tx.delete(Voucher, { id, status: 'draft' });
      if (result.affected !== 1) return false;
      await tx.delete(Stock, { voucherId: id });
      await removeList(tx, id);
      await removeCodes(tx, id);
      await also(tx);
      return true;
    });
    if (deleted) await this.dropFromCaches(id);
    return deleted;
  }

  async dropFromCaches(id: string): Promise<void> {
    await Promise.all([
      this.cache.invalidate('voucher', id),
      this.cache.invalidate('availability', id),
      this.cache.invalidateAll('voucher-list'),
    ]);
  }

  /** @throws Problem validation_failed for an unknown cursor */
  async page(filter: VoucherFilter, page: Page): Promise<VoucherPage> {
    const { starting_after: after, ending_before: before } = page;
    await requireCursors({ after, before }, (id) => this.isListed(filter.merchantId, id));
    const [sql, values] = idsOfPage(this.database.dialect, filter, page, this.clock.now());
    const ids: { id: string }[] = await this.database.read.query(sql, values);
    // Towards newer ones the page begins at the cursor, so it is read from there and turned round.
    const sign = before === undefined ? -1 : 1;
    const sorted = ids.map(({ id }) => id).sort((a, b) => (a < b ? -sign : sign));
    const shown = await this.findMany(sorted.slice(0, page.limit));
    const rows = shown.sort((a, b) => (a.id < b.id ? 1 : -1));
    return { rows, hasMore: sorted.length > page.limit };
  }

  /** What a page may begin at: also what has left the list since, but nothing that the reader was never shown. */
  private async isListed(merchantId: string | undefined, id: string): Promise<boolean> {
    if (merchantId !== undefined) return VOUCHERS_OF_MERCHANT.holds(this.database.read, [merchantId], id);
    return modeOf(id) === 'live' && this.database.read.existsBy(Voucher, { id, status: Not('draft') });
  }

  /**
   * Published vouchers, at most `limit` at a time: those that still run and, when `wide`, also those that were ended before
   * their window, which a gate that missed it would still hold open.
   */
  async *published(limit: number, wide: boolean): AsyncIterable<readonly Voucher[]> {
    for (const status of RUNNING_STATUSES) yield* this.pages(VOUCHERS_BY_STATUS, status, limit, ['']);
    const now = this.clock.now();
    if (wide)
      for (const status of OVER) yield* this.pages(VOUCHERS_BY_END, status, limit, [now, behindIds()]);
  }

  private async *pages(
    keyset: Keyset,
    status: VoucherStatus,
    limit: number,
    first: readonly unknown[],
  ): AsyncIterable<readonly Voucher[]> {
    for (let cursor = first; ;) {
      const query = this.database.read.createQueryBuilder(Voucher, 'v');
      const rows = await keyset
        .apply(query, { dialect: this.database.dialect, direction: 'ASC', list: [status], cursor })
        .limit(limit)
        .getMany();
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < limit) return;
      cursor = first.length === 1 ? [last.id] : [last.closesAt, last.id];
    }
  }
}

/** A voucher's stock ledger begins with what it is published with. */
const firstEntry = (voucher: Voucher, now: number): StockEntry => ({
  voucherId: voucher.id,
  number: 0,
  delta: voucher.totalStock,
  reason: 'initial',
  actor: null,
  state: 'applied',
  idempotency: null,
  createdAt: now,
  settledAt: now,
});
