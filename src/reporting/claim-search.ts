import { Injectable } from '@nestjs/common';
import { foldImportedCode } from '../common/imported-code.js';
import { Customers } from '../auth/index.js';
import { Database } from '../database/database.js';
import { modeOf } from '../common/mode.js';
import { invalidField, type Problem } from '../common/problems.js';
import { normalizeCode, searchClaims, type ClaimSought } from '../claim/index.js';

/** Claims of one search; with more it looks for nothing in particular. */
const MAX_FOUND = 1_000;

const CLAIM_ID = /^clm_[0-9a-z]+$/;
const USER_ID = /^usr_[0-9a-z]+$/;

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
    if (CLAIM_ID.test(lower)) {
      // All ids of a voucher's claims begin alike: the range holds claims on this voucher alone.
      const all = `clm_${voucherId.slice('vch_'.length)}`;
      if (!all.startsWith(lower) && !lower.startsWith(all)) return [];
      const begin = lower.length > all.length ? lower : all;
      return this.by(voucherId, { by: 'id', begin });
    }
    if (USER_ID.test(lower)) return this.by(voucherId, { by: 'user', begin: lower });
    // A name of sixteen letters is no code: codes have digits, or are typed in groups.
    const code = /[\p{N}\p{Pd}]/u.test(text) ? normalizeCode(text) : undefined;
    const claims = code === undefined ? [] : await this.by(voucherId, { by: 'code', code });
    if (claims.length > 0) return claims;
    const imported = await this.imported(voucherId, text);
    if (imported !== undefined) return this.by(voucherId, { by: 'code', code: imported });
    if (code !== undefined) return [];
    const found = await this.customers.search(text, modeOf(voucherId));
    if (found.kind === 'too-many') throw tooMany();
    if (found.ids.length === 0) return [];
    return this.by(voucherId, { by: 'users', userIds: found.ids });
  }

  /** The merchant's own code that a text is, as it is written on the claim. */
  private async imported(voucherId: string, text: string): Promise<string | undefined> {
    const folded = foldImportedCode(text);
    if (folded === undefined) return undefined;
    const rows: { code: string }[] = await this.db.read.query(
      `SELECT k.code FROM vouchers v JOIN voucher_codes k ON k.merchant_id = v.merchant_id AND k.folded = ?
        WHERE v.id = ? AND k.voucher_id = v.id`,
      [folded, voucherId],
    );
    return rows[0]?.code;
  }

  private async by(voucherId: string, sought: ClaimSought): Promise<readonly string[]> {
    const found = await searchClaims(this.db.read, voucherId, sought, MAX_FOUND);
    if (found.length > MAX_FOUND) throw tooMany();
    return found;
  }
}

const tooMany = (): Problem => invalidField('/q', 'too_many_matches', 'matches too many; enter more of it');
