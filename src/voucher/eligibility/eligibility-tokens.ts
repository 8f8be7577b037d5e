import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '../../auth/index.js';
import { Clock } from '../../common/clock.js';
import { invalidField, Problem } from '../../common/problems.js';
import { resealAll, type Resealed, type Seal } from '../../common/sealed-text.js';
import { CONFIG } from '../../config/index.js';
import { sealFor, sealingSecrets, type SealingSecrets } from '../../config/secrets.js';
import { affectedRows, Database, inList } from '../../database/database.js';
import {
  readEligibilityToken,
  satisfies,
  type TokenFault,
  type TokenRule,
} from '../domain/eligibility-token.js';
import { EligibilityChanges } from './eligibility-changes.js';
import { removeList } from './list-rows.js';

/** What a voucher asks of a token, and its secret, which is told once. */
export interface NewTokenRule extends TokenRule {
  readonly secret: string;
}

interface RuleRow {
  readonly attribute: string;
  readonly accepted: string;
  readonly secret: string;
}

const PREFIX = 'vce_';
const SECRET_BYTES = 32;

const FAULTS: Readonly<Record<TokenFault, string>> = {
  malformed: 'is no JSON Web Token by HS256 with sub, aud and exp',
  wrong_signature: 'is not signed with the secret of this voucher',
  wrong_audience: 'is for another voucher: aud must be its id',
  expired: 'has expired',
  lives_too_long: 'lives too long: exp must be at most 24 hours ahead',
  not_yet_valid: 'is not valid yet: nbf is ahead',
};

/**
 * Who may claim by an attribute that the merchant vouches for in a signed token (docs/adr/0103). A token is brought once and before the
 * claim; from then on its bearer is known by the account.
 */
@Injectable()
export class EligibilityTokens {
  private readonly sealed: Seal;

  constructor(
    private readonly changes: EligibilityChanges,
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(CONFIG) config: SealingSecrets,
  ) {
    this.sealed = sealFor(sealingSecrets(config), 'eligibility secret');
  }

  /** @returns what a token has to say, where the voucher asks for one */
  async rule(voucherId: string): Promise<TokenRule | undefined> {
    const row = await this.row(voucherId);
    return row && ruleOf(row);
  }

  /**
   * Asks for a token, with a new secret: of a draft, or another one in its place until the voucher is over. Who was let in stays.
   * @throws Problem not_found, not_editable, overloaded
   */
  async put(
    actor: MerchantActor,
    voucherId: string,
    { attribute, values }: TokenRule,
  ): Promise<NewTokenRule> {
    const secret = PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
    // Bound to the merchant, so that a copy of the voucher can have it.
    const sealed = this.sealed.seal(actor.merchantId, secret);
    const row = [voucherId, attribute, JSON.stringify(values), sealed, this.clock.now()];
    await this.changes.change(actor, voucherId, 'token', { attribute, values }, async (tx) => {
      await removeList(tx, voucherId);
      await tx.query(
        'INSERT INTO eligibility_tokens (voucher_id, attribute, accepted, secret, updated_at) VALUES (?, ?, ?, ?, ?)',
        row,
      );
    });
    return { attribute, values, secret };
  }

  /**
   * Lets somebody in by a token. A customer of the merchant, as `sub` names one, is one account: whoever brings the same customer's
   * token with another is refused. With the same account it may be brought again.
   * @throws Problem not_found where the voucher asks for none; validation_failed, not_eligible, one_per_person; overloaded
   */
  async admit(merchantId: string, voucherId: string, userId: string, token: string): Promise<void> {
    const row = await this.row(voucherId);
    if (!row) throw new Problem('not_found', { detail: 'This voucher does not require a token' });
    const now = this.clock.now();
    const secret = this.sealed.open(merchantId, row.secret);
    if (secret === undefined)
      throw new Error(
        `the eligibility secret of ${voucherId} does not open with SECRETS_KEY or SECRETS_KEY_PREVIOUS`,
      );
    const read = readEligibilityToken(token, secret, voucherId, now);
    if (typeof read === 'string') throw invalidField('/token', read, FAULTS[read]);
    const rule = ruleOf(row);
    if (!satisfies(read, rule))
      throw new Problem('not_eligible', {
        detail: `This voucher is for customers whose ${rule.attribute} is another`,
        extensions: { email_unverified: false },
      });
    const member = createHash('sha256').update(`${voucherId}\n${read.subject}`).digest('hex');
    await this.database.write((tx) =>
      tx.query(
        `${this.database.insertIgnore} eligible_members (voucher_id, member, user_id, created_at) VALUES (?, ?, ?, ?)`,
        [voucherId, member, userId, now],
      ),
    );
    if (!(await this.admitted(voucherId, [userId])).has(userId))
      throw new Problem('one_per_person', {
        detail: 'This customer already takes part with another account',
      });
  }

  /** @returns which of the users were let in */
  async admitted(voucherId: string, userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows: { user_id: string }[] = await this.database.read.query(
      `SELECT user_id FROM eligible_members WHERE voucher_id = ? AND user_id IN (${inList(userIds.length)})`,
      [voucherId, ...userIds],
    );
    return new Set(rows.map(({ user_id }) => user_id));
  }

  /** Seals anew what was sealed with an earlier key. */
  reseal(): Promise<Resealed> {
    return resealAll<{ id: string; merchant_id: string; secret: string }>({
      page: (after, limit) =>
        this.database.read.query(
          `SELECT t.voucher_id AS id, v.merchant_id, t.secret FROM eligibility_tokens t
             JOIN vouchers v ON v.id = t.voucher_id
            WHERE t.voucher_id > ? ORDER BY t.voucher_id LIMIT ${limit}`,
          [after],
        ),
      isReadable: ({ merchant_id: owner, secret }) => this.sealed.open(owner, secret) !== undefined,
      renew: async ({ id, merchant_id: owner, secret }) => {
        const next = this.sealed.renewed(owner, secret);
        if (next === undefined) return 0;
        return this.database.write((tx) =>
          affectedRows(tx, 'UPDATE eligibility_tokens SET secret = ? WHERE voucher_id = ? AND secret = ?', [
            next,
            id,
            secret,
          ]),
        );
      },
    });
  }

  private async row(voucherId: string): Promise<RuleRow | undefined> {
    const rows: RuleRow[] = await this.database.read.query(
      'SELECT attribute, accepted, secret FROM eligibility_tokens WHERE voucher_id = ?',
      [voucherId],
    );
    return rows[0];
  }
}

const ruleOf = ({ attribute, accepted }: RuleRow): TokenRule => ({
  attribute,
  values: JSON.parse(accepted) as string[],
});
