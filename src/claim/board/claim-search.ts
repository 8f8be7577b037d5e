import { Injectable } from '@nestjs/common';
import { Customers } from '../../auth/index.js';
import { Database, inList } from '../../platform/database/database.js';
import { Problem } from '../../shared/problems.js';

/** Claims of one search; with more it looks for nothing in particular. */
const MAX_FOUND = 1_000;
/** Sorts behind every character of an id. */
const LAST = '~';

const CLAIM_ID = /^clm_[0-9a-z]+$/;
const USER_ID = /^usr_[0-9a-z]+$/;
const CODE = /^[0-9A-Z]{4}(-?[0-9A-Z]{4}){3}$/;

/** Finds claims on a voucher by what a merchant may have in hand. Every way of it goes by an index and ends at a bound. */
@Injectable()
export class ClaimSearch {
  constructor(
    private readonly db: Database,
    private readonly customers: Customers,
  ) {}

  /**
   * @param text how the id of a claim or of a user begins, a code, or what `Customers.search` takes
   * @returns ids of claims, in no order
   * @throws Problem validation_failed where too much fits
   */
  async find(voucherId: string, text: string): Promise<readonly string[]> {
    const lower = text.toLowerCase();
    if (CLAIM_ID.test(lower)) return this.by(voucherId, 'id >= ? AND id < ?', [lower, lower + LAST]);
    if (USER_ID.test(lower)) return this.by(voucherId, 'user_id >= ? AND user_id < ?', [lower, lower + LAST]);
    const code = codeOf(text);
    if (code !== undefined) return this.by(voucherId, 'code = ?', [code]);
    const found = await this.customers.search(text);
    if (found.kind === 'too-many') throw tooMany();
    if (found.ids.length === 0) return [];
    return this.by(voucherId, `user_id IN (${inList(found.ids.length)})`, found.ids);
  }

  private async by(voucherId: string, condition: string, values: readonly string[]): Promise<string[]> {
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT id FROM claims WHERE voucher_id = ? AND ${condition} LIMIT ${MAX_FOUND + 1}`,
      [voucherId, ...values],
    );
    if (rows.length > MAX_FOUND) throw tooMany();
    return rows.map(({ id }) => id);
  }
}

/** As it is stored, from what somebody typed: with or without dashes, O for 0, I or L for 1 (Crockford's base 32). */
function codeOf(text: string): string | undefined {
  const typed = text.toUpperCase().replaceAll(' ', '');
  if (!CODE.test(typed) || !/[0-9-]/.test(typed)) return undefined;
  const plain = typed.replaceAll('-', '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return plain.replace(/(.{4})(?=.)/g, '$1-');
}

const tooMany = (): Problem =>
  new Problem('validation_failed', {
    errors: [{ pointer: '/q', code: 'too_many_matches', detail: 'fits too many; write more of it' }],
  });
