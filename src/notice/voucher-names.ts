import type { EntityManager } from 'typeorm';
import { inList } from '../database/database.js';

/** What mails say of a voucher. */
export interface NamedVoucher {
  readonly id: string;
  readonly title: string;
  readonly merchantId: string;
  readonly merchant: string;
  /** Of the voucher's times, and of its merchant; IANA names. */
  readonly zone: string;
  readonly merchantZone: string;
  /** Where it is redeemed, and whom to ask: what the merchant says of either. */
  readonly place: string | null;
  readonly contact: readonly string[];
  /** What holds for all of its vouchers. */
  readonly terms: string | null;
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly time_zone: string;
  readonly merchant_id: string;
  readonly merchant: string;
  readonly merchant_zone: string;
  readonly address: string | null;
  readonly contact_phone: string | null;
  readonly contact_email: string | null;
  readonly contact_website: string | null;
  readonly terms: string | null;
}

/** By id. */
export async function namedVouchers(
  on: EntityManager,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NamedVoucher>> {
  const rows: Row[] = await on.query(
    `SELECT v.id, v.title, v.time_zone, v.merchant_id, m.name AS merchant, m.time_zone AS merchant_zone, m.address,
        m.contact_phone, m.contact_email, m.contact_website, m.terms
      FROM vouchers v JOIN merchants m ON m.id = v.merchant_id WHERE v.id IN (${inList(ids.length)})`,
    [...ids],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        title: row.title,
        merchantId: row.merchant_id,
        merchant: row.merchant,
        zone: row.time_zone,
        merchantZone: row.merchant_zone,
        place: row.address,
        contact: [row.contact_phone, row.contact_email, row.contact_website].filter((way) => way !== null),
        terms: row.terms,
      },
    ]),
  );
}
