import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ClaimColumns, claimsAndClock, claimsById, type ClaimStatus } from '../claim/index.js';
import { affectedRows, Database, inList, placeholders } from '../database/database.js';
import { Keyset } from '../database/keyset.js';
import { base32Number } from '../common/ids.js';
import { requireCursors } from '../common/cursors.js';

/** A redemption as it is stored. Times in ms since 1970. */
export interface Redemption {
  readonly id: string;
  readonly claimId: string;
  readonly voucherId: string;
  readonly merchantId: string;
  readonly byUser: string;
  readonly location: string | null;
  readonly at: number;
  readonly rolledBackAt: number | null;
  readonly rolledBackBy: string | null;
  readonly reason: string | null;
}

/** With what is needed of its claim. */
export interface RedemptionOfClaim extends Redemption {
  readonly userId: string;
  readonly claimedAt: number;
}

/** A claim that a code or an id leads to. */
export interface FoundClaim {
  readonly id: string;
  readonly code: string | null;
  readonly voucherId: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly status: ClaimStatus;
  readonly movedAt: number | null;
  /** The ledger's clock when it was looked at: the one that redemptions are judged by, whichever instance asks. */
  readonly now: number;
}

export interface RedemptionFilter {
  readonly merchantId: string;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly byUser?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

interface Row {
  readonly id: string;
  readonly claim_id: string;
  readonly voucher_id: string;
  readonly merchant_id: string;
  readonly by_user: string;
  readonly location: string | null;
  readonly at: number | string;
  readonly rolled_back_at: number | string | null;
  readonly rolled_back_by: string | null;
  readonly reason: string | null;
}

/** What may lead to a claim: its id, or a code as it is stored, or as imported ones are compared. */
export interface Sought {
  /** Whose claims are meant; imported codes of two merchants may be the same. */
  readonly merchantId: string;
  readonly id?: string | undefined;
  readonly code?: string | undefined;
  readonly folded?: string | undefined;
}

const keyOf = (sought: Pick<Sought, 'merchantId' | 'folded'> | undefined): string =>
  `${sought?.merchantId} ${sought?.folded}`;

const unique = (values: readonly (string | undefined)[]): string[] => [
  ...new Set(values.flatMap((value) => (value === undefined ? [] : [value]))),
];

const COLUMNS =
  'id, claim_id, voucher_id, merchant_id, by_user, location, at, rolled_back_at, rolled_back_by, reason';
const FOUND = new ClaimColumns('id', 'code', 'voucherId', 'userId', 'createdAt', 'status', 'movedAt');
const HOLDER = new ClaimColumns('id', 'userId', 'createdAt');
/** Redemptions that one statement reads at most. */
const PAGE_MAX = 1_000;

const REDEMPTIONS_OF_MERCHANT = new Keyset({
  table: 'redemptions',
  index: 'redemptions_by_merchant',
  within: ['merchant_id'],
  by: ['id'],
});

const REDEMPTIONS_OF_CASHIER = new Keyset({
  table: 'redemptions',
  index: 'redemptions_by_cashier',
  within: ['merchant_id', 'by_user'],
  by: ['id'],
});

/** Redemptions in the database, and the claims that codes lead to. */
@Injectable()
export class RedemptionStore {
  constructor(private readonly db: Database) {}

  /** @returns a claim, or none, for each of `sought`, in their order */
  async findClaims(sought: readonly Sought[]): Promise<(FoundClaim | undefined)[]> {
    const [codes, ids] = await Promise.all([
      claimsAndClock(this.db, FOUND, 'code', unique(sought.map(({ code }) => code))),
      claimsAndClock(this.db, FOUND, 'id', unique(sought.map(({ id }) => id))),
    ]);
    const byId = new Map(ids.map((one) => [one.id, one]));
    const byCode = new Map<string | null, FoundClaim[]>();
    for (const one of codes) byCode.set(one.code, [...(byCode.get(one.code) ?? []), one]);
    const merchants = await this.merchantsOf([...byCode.values()].filter(({ length }) => length > 1).flat());
    const found = sought.map(({ code, id, merchantId }) => {
      if (id !== undefined) return byId.get(id);
      const alike = byCode.get(code ?? null) ?? [];
      return alike.find(({ voucherId }) => merchants.get(voucherId) === merchantId) ?? alike[0];
    });
    // Codes that merchants brought along are looked for where no code of ours was found.
    const others = sought.filter((_, at) => !found[at]);
    const imported = await this.imported(others);
    return found.map((claim, at) => claim ?? imported.get(keyOf(sought[at])));
  }

  /** Whose the vouchers of claims are; asked where a merchant brought along what is the code of another one's claim. */
  private async merchantsOf(claims: readonly FoundClaim[]): Promise<ReadonlyMap<string, string>> {
    const ids = unique(claims.map(({ voucherId }) => voucherId));
    if (ids.length === 0) return new Map();
    const rows: { id: string; merchant_id: string }[] = await this.db.read.query(
      `SELECT id, merchant_id FROM vouchers WHERE id IN (${inList(ids.length)})`,
      ids,
    );
    return new Map(rows.map((row) => [row.id, row.merchant_id]));
  }

  /** Claims by what `keyOf` says. */
  private async imported(sought: readonly Sought[]): Promise<ReadonlyMap<string, FoundClaim>> {
    const found = new Map<string, FoundClaim>();
    for (const merchantId of unique(
      sought.map((one) => (one.folded === undefined ? undefined : one.merchantId)),
    )) {
      const folded = unique(sought.map((one) => (one.merchantId === merchantId ? one.folded : undefined)));
      const codes: { folded: string; code: string; voucher_id: string }[] = await this.db.read.query(
        `SELECT folded, code, voucher_id FROM voucher_codes WHERE merchant_id = ? AND folded IN (${inList(folded.length)})`,
        [merchantId, ...folded],
      );
      const claims = await claimsAndClock(this.db, FOUND, 'code', unique(codes.map(({ code }) => code)));
      for (const { folded: text, code, voucher_id: voucherId } of codes) {
        // Of another merchant's voucher there may be claims with the same code.
        const claim = claims.find((one) => one.code === code && one.voucherId === voucherId);
        if (claim) found.set(keyOf({ merchantId, folded: text }), claim);
      }
    }
    return found;
  }

  async insert(tx: EntityManager, redemptions: readonly Redemption[]): Promise<void> {
    if (redemptions.length === 0) return;
    await tx.query(
      `INSERT INTO redemptions (${COLUMNS}) VALUES ${placeholders(redemptions.length, 10)}`,
      redemptions.flatMap((one) => [
        one.id,
        one.claimId,
        one.voucherId,
        one.merchantId,
        one.byUser,
        one.location,
        one.at,
        one.rolledBackAt,
        one.rolledBackBy,
        one.reason,
      ]),
    );
  }

  /** The redemptions that hold, by claim. */
  async holding(claimIds: readonly string[]): Promise<ReadonlyMap<string, Redemption>> {
    if (claimIds.length === 0) return new Map();
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM redemptions WHERE claim_id IN (${inList(claimIds.length)}) AND rolled_back_at IS NULL`,
      [...claimIds],
    );
    return new Map(rows.map((row) => [row.claim_id, redemptionOf(row)]));
  }

  /** One of this merchant's; `undefined` where it has none of this id. */
  async own(merchantId: string, id: string): Promise<RedemptionOfClaim | undefined> {
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM redemptions WHERE id = ? AND merchant_id = ?`,
      [id, merchantId],
    );
    return (await this.withClaims(rows))[0];
  }

  /** Marks a redemption as rolled back. @returns whether it was not before */
  async rollBack(
    tx: EntityManager,
    id: string,
    { at, by, reason }: { readonly at: number; readonly by: string; readonly reason: string },
  ): Promise<boolean> {
    const changed = await affectedRows(
      tx,
      `UPDATE redemptions SET rolled_back_at = ?, rolled_back_by = ?, reason = ? WHERE id = ? AND rolled_back_at IS NULL`,
      [at, by, reason, id],
    );
    return changed === 1;
  }

  /**
   * Newest first; one row more than `limit` where there are more. Ids begin with their time, so that a span of time is a range of ids.
   * @throws Problem validation_failed for an unknown cursor
   */
  async page(filter: RedemptionFilter): Promise<RedemptionOfClaim[]> {
    const { read } = this.db;
    await requireCursors(filter, (id) => REDEMPTIONS_OF_MERCHANT.holds(read, [filter.merchantId], id));
    const direction = filter.before === undefined ? 'DESC' : 'ASC';
    const place = { dialect: this.db.dialect, direction } as const;
    const [keyset, list] =
      filter.byUser === undefined
        ? [REDEMPTIONS_OF_MERCHANT, [filter.merchantId]]
        : [REDEMPTIONS_OF_CASHIER, [filter.merchantId, filter.byUser]];
    const found: RedemptionOfClaim[] = [];
    let { after, before } = filter;
    for (let take = filter.limit + 1; ; take = Math.min(2 * take, PAGE_MAX)) {
      const values = [...list];
      const and = (condition: string, value: string | undefined): string => {
        if (value === undefined) return '';
        values.push(value);
        return ` AND ${condition}`;
      };
      const where = [
        and('id >= ?', filter.since === undefined ? undefined : firstIdAt(filter.since)),
        and('id < ?', filter.until === undefined ? undefined : firstIdAt(filter.until)),
        and('id < ?', after),
        and('id > ?', before),
      ].join('');
      const rows: Row[] = await this.db.read.query(
        `SELECT ${COLUMNS} FROM ${keyset.from(place)} WHERE ${keyset.list(place)}${where}
          ORDER BY ${keyset.order(place)} LIMIT ${take}`,
        values,
      );
      found.push(...(await this.withClaims(rows)));
      const last = rows.at(-1)?.id;
      if (rows.length < take || found.length > filter.limit) return found.slice(0, filter.limit + 1);
      if (direction === 'DESC') after = last;
      else before = last;
    }
  }

  /** Those of the redemptions whose claims are rows: hardly any is not, of claims that were removed by a hand. */
  private async withClaims(rows: readonly Row[]): Promise<RedemptionOfClaim[]> {
    const ids = unique(rows.map(({ claim_id: id }) => id));
    const claims = new Map((await claimsById(this.db.read, HOLDER, ids)).map((claim) => [claim.id, claim]));
    return rows.flatMap((row) => {
      const claim = claims.get(row.claim_id);
      return claim ? [{ ...redemptionOf(row), userId: claim.userId, claimedAt: claim.createdAt }] : [];
    });
  }
}

const firstIdAt = (ms: number): string => `rdm_${base32Number(ms, 10)}`;

const redemptionOf = (row: Row): Redemption => ({
  id: row.id,
  claimId: row.claim_id,
  voucherId: row.voucher_id,
  merchantId: row.merchant_id,
  byUser: row.by_user,
  location: row.location,
  at: Number(row.at),
  rolledBackAt: row.rolled_back_at === null ? null : Number(row.rolled_back_at),
  rolledBackBy: row.rolled_back_by,
  reason: row.reason,
});
