import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { chain, type MaybePromise } from '../common/maybe-promise.js';
import { Database, numberOrNull } from '../database/database.js';
import type { Voucher } from './voucher.entity.js';
import type { VoucherView } from './voucher.view.js';

/** What a voucher promises those who hold it. Times in ms since 1970. */
export interface PromisedTerms {
  readonly title: string;
  readonly description: string | null;
  readonly faceAmount: number | null;
  readonly faceCurrency: string | null;
  readonly redeemFrom: number | null;
  readonly redeemUntil: number | null;
  readonly timeZone: string;
}

export interface TermsVersion extends PromisedTerms {
  /** The voucher's version that they came with. */
  readonly version: number;
  /** By the gate's clock, which is the one that claims are numbered by. */
  readonly fromAt: number;
}

const FIELDS = [
  'title',
  'description',
  'faceAmount',
  'faceCurrency',
  'redeemFrom',
  'redeemUntil',
  'timeZone',
] as const satisfies readonly (keyof PromisedTerms)[];

/** Whether a change of the voucher changes what its holders were promised. */
export const changesTerms = (voucher: Voucher, changes: Partial<Voucher>): boolean =>
  FIELDS.some((field) => changes[field] !== undefined && changes[field] !== voucher[field]);

const COLUMNS =
  'voucher_id, version, from_at, title, description, face_amount, face_currency, redeem_from, redeem_until, time_zone';

/** Writes what the voucher promises from `fromAt` on, in the transaction that changes it. */
export async function insertTerms(tx: EntityManager, voucher: Voucher, fromAt: number): Promise<void> {
  await tx.query(`INSERT INTO voucher_terms (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)`, [
    voucher.id,
    voucher.version,
    fromAt,
    voucher.title,
    voucher.description,
    voucher.faceAmount,
    voucher.faceCurrency,
    voucher.redeemFrom,
    voucher.redeemUntil,
    voucher.timeZone,
  ]);
}

interface Row {
  readonly version: number | string;
  readonly from_at: number | string;
  readonly title: string;
  readonly description: string | null;
  readonly face_amount: number | string | null;
  readonly face_currency: string | null;
  readonly redeem_from: number | string | null;
  readonly redeem_until: number | string | null;
  readonly time_zone: string;
}

const CACHED = 5_000;

/**
 * The terms of vouchers as they were. A claim keeps no copy and no number of them: the time at which the gate took it says which
 * were in force (docs/adr/0043).
 */
@Injectable()
export class VoucherTerms {
  /** By id and version of the voucher: a version's terms never change. */
  private readonly cached = new LRUCache<string, readonly TermsVersion[]>({ max: CACHED });

  constructor(private readonly db: Database) {}

  /** The terms that were in force when a claim was taken. @param at the claim's `created_at`, ms since 1970 */
  inForce(voucher: VoucherView, at: number): MaybePromise<PromisedTerms> {
    const { id, version } = voucher;
    const known = this.cached.get(`${id}/${version}`);
    return chain(
      known ?? this.read(voucher),
      (versions) => versions.findLast(({ fromAt }) => fromAt <= at) ?? versions[0] ?? voucher,
    );
  }

  /** Oldest first. */
  private async read({ id, version }: VoucherView): Promise<readonly TermsVersion[]> {
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM voucher_terms WHERE voucher_id = ? ORDER BY version`,
      [id],
    );
    const versions = rows.map(versionOf);
    this.cached.set(`${id}/${version}`, versions);
    return versions;
  }
}

const versionOf = (row: Row): TermsVersion => ({
  version: Number(row.version),
  fromAt: Number(row.from_at),
  title: row.title,
  description: row.description,
  faceAmount: numberOrNull(row.face_amount),
  faceCurrency: row.face_currency,
  redeemFrom: numberOrNull(row.redeem_from),
  redeemUntil: numberOrNull(row.redeem_until),
  timeZone: row.time_zone,
});
