import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../config/index.js';
import { Clock } from '../../common/clock.js';
import { Database, inList } from '../../database/database.js';
import { inBatches, PRUNE_ROWS, pruneRows } from '../../database/prune.js';
import { Metrics } from '../../observability/metrics.js';
import { DEAD_LETTER_STATUSES } from '../ledger/dead-letters.js';

const DAY_MS = 86_400_000;
/** Vouchers whose people are forgotten in one run. */
const VOUCHERS_A_RUN = 50;

interface SentPack {
  readonly id: string;
  readonly type: string;
  readonly aggregate_id: string;
  readonly events: number | string;
  readonly created_at: number | string;
}

interface TakenReturn {
  readonly voucher_id: string;
  readonly number: number | string;
  readonly units: number | string;
  readonly claims_count: number | string;
}

/** Give-backs of one voucher that one transaction folds. */
interface Folded {
  readonly voucherId: string;
  readonly numbers: readonly number[];
  readonly units: number;
  readonly claims: number;
}

/** What was removed of one voucher and type by one transaction. */
interface Removed {
  readonly voucherId: string;
  readonly type: string;
  readonly events: number;
  /** When the last of them happened, ms since 1970. */
  readonly upTo: number;
}

/**
 * Removes what nobody needs any more: events that were sent, dead letters that were settled, give-backs that a gate took
 * (docs/adr/0055), and by which accounts people took part in vouchers that are over. How many events and give-backs went is kept in the
 * transaction that removes them, so the audit proves the same equations as before.
 */
@Injectable()
export class Retention {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG)
    private readonly config: Pick<
      Config,
      'RETENTION_SENT_EVENTS_DAYS' | 'RETENTION_DEAD_LETTERS_DAYS' | 'RETENTION_UNIT_RETURNS_DAYS'
    >,
  ) {}

  async run(): Promise<void> {
    await this.sentEvents();
    await this.deadLetters();
    await this.unitReturns();
    await this.people();
  }

  /** Packs that were sent, the oldest first. Two runners take rows of their own. */
  private async sentEvents(): Promise<void> {
    const before = this.clock.now() - this.config.RETENTION_SENT_EVENTS_DAYS * DAY_MS;
    await inBatches(async () => {
      const packs = await this.db.write((tx) => this.removePacks(tx, before));
      const events = packs.reduce((sum, pack) => sum + Number(pack.events), 0);
      this.metrics.retentionRemoved.inc({ kind: 'sent_event' }, events);
      return packs.length;
    });
  }

  private async removePacks(tx: EntityManager, before: number): Promise<readonly SentPack[]> {
    const packs: SentPack[] = await tx.query(
      `SELECT id, type, aggregate_id, events, created_at FROM outbox
        WHERE status = 1 AND created_at < ? AND sent_at < ? ORDER BY created_at LIMIT ${PRUNE_ROWS}${this.db.skipLocked}`,
      [before, before],
    );
    if (packs.length === 0) return packs;
    for (const { voucherId, type, events, upTo } of removedOf(packs)) {
      await tx.query(
        `${this.db.insertIgnore} outbox_removed (aggregate_id, type, events, up_to) VALUES (?, ?, 0, 0)`,
        [voucherId, type],
      );
      await tx.query(
        `UPDATE outbox_removed SET events = events + ?, up_to = CASE WHEN up_to < ? THEN ? ELSE up_to END
          WHERE aggregate_id = ? AND type = ?`,
        [events, upTo, upTo, voucherId, type],
      );
    }
    await tx.query(
      `DELETE FROM outbox WHERE id IN (${inList(packs.length)})`,
      packs.map(({ id }) => id),
    );
    return packs;
  }

  /**
   * Give-backs that a gate took long ago, the oldest first. What they come to is added to one row of the voucher with the number 0, which no
   * give-back has: whoever sums up a voucher's rows, an instance of an older version as well, finds the same as before.
   */
  private async unitReturns(): Promise<void> {
    const before = this.clock.now() - this.config.RETENTION_UNIT_RETURNS_DAYS * DAY_MS;
    const removed = await inBatches(() => this.db.write((tx) => this.foldReturns(tx, before)));
    this.metrics.retentionRemoved.inc({ kind: 'unit_return' }, removed);
  }

  private async foldReturns(tx: EntityManager, before: number): Promise<number> {
    const rows: TakenReturn[] = await tx.query(
      `SELECT voucher_id, number, units, claims_count FROM unit_returns
        WHERE state = 'taken' AND created_at < ? AND settled_at < ? ORDER BY created_at LIMIT ${PRUNE_ROWS}${this.db.skipLocked}`,
      [before, before],
    );
    for (const { voucherId, numbers, units, claims } of foldedOf(rows)) {
      await tx.query(
        `${this.db.insertIgnore} unit_returns (voucher_id, number, cause, units, claims_count, claims, state, created_at)
         VALUES (?, 0, 'folded', 0, 0, '[]', 'folded', ?)`,
        [voucherId, this.clock.now()],
      );
      await tx.query(
        'UPDATE unit_returns SET units = units + ?, claims_count = claims_count + ? WHERE voucher_id = ? AND number = 0',
        [units, claims, voucherId],
      );
      await tx.query(
        `DELETE FROM unit_returns WHERE voucher_id = ? AND number IN (${inList(numbers.length)})`,
        [voucherId, ...numbers],
      );
    }
    return rows.length;
  }

  /** Nobody claims a voucher that is over, so by which account a person took part in it decides nothing (docs/adr/0089, 0103). */
  private async people(): Promise<void> {
    await this.peopleOf("v.one_per = 'person'", 'voucher_people', 'person');
    await this.peopleOf("v.eligibility = 'token'", 'eligible_members', 'member');
  }

  private async peopleOf(kind: string, table: string, key: string): Promise<void> {
    const over: { id: string }[] = await this.db.read.query(
      `SELECT v.id FROM vouchers v WHERE v.status IN ('ended', 'archived') AND ${kind} AND v.updated_at < ?
        AND EXISTS (SELECT 1 FROM ${table} p WHERE p.voucher_id = v.id) LIMIT ${VOUCHERS_A_RUN}`,
      [this.clock.now() - DAY_MS],
    );
    for (const { id } of over) {
      const where = { where: 'voucher_id = ?', values: [id] };
      const removed = await pruneRows(this.db, { table, key, ...where, by: key });
      this.metrics.retentionRemoved.inc({ kind: 'voucher_person' }, removed);
    }
  }

  /** Open ones stay, however old: each holds a unit until somebody decides. */
  private async deadLetters(): Promise<void> {
    const before = this.clock.now() - this.config.RETENTION_DEAD_LETTERS_DAYS * DAY_MS;
    for (const status of DEAD_LETTER_STATUSES.filter((each) => each !== 'open')) {
      const removed = await pruneRows(this.db, {
        table: 'claim_dead_letters',
        key: 'id',
        where: 'status = ? AND created_at < ? AND closed_at < ?',
        values: [status, before, before],
        by: 'created_at',
      });
      this.metrics.retentionRemoved.inc({ kind: 'dead_letter' }, removed);
    }
  }
}

/** In one order, so that two runners do not wait for each other. */
function removedOf(packs: readonly SentPack[]): readonly Removed[] {
  const sums = new Map<string, Removed>();
  for (const { aggregate_id: voucherId, type, events, created_at: at } of packs) {
    const key = `${voucherId} ${type}`;
    const sum = sums.get(key) ?? { voucherId, type, events: 0, upTo: 0 };
    sums.set(key, {
      ...sum,
      events: sum.events + Number(events),
      upTo: Math.max(sum.upTo, Number(at)),
    });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, removed]) => removed);
}

/** In one order, as `removedOf`. */
function foldedOf(rows: readonly TakenReturn[]): readonly Folded[] {
  const folded = new Map<string, Folded>();
  for (const { voucher_id: voucherId, number, units, claims_count: claims } of rows) {
    const sum = folded.get(voucherId) ?? { voucherId, numbers: [], units: 0, claims: 0 };
    folded.set(voucherId, {
      voucherId,
      numbers: [...sum.numbers, Number(number)],
      units: sum.units + Number(units),
      claims: sum.claims + Number(claims),
    });
  }
  return [...folded.values()].sort((a, b) => (a.voucherId < b.voucherId ? -1 : 1));
}
