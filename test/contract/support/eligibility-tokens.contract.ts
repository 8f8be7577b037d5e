import { expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { SystemClock } from '../../../src/common/clock.js';
import { newId } from '../../../src/common/ids.js';
import { Problem } from '../../../src/common/problems.js';
import type { SealingSecrets } from '../../../src/config/secrets.js';
import type { Database } from '../../../src/database/database.js';
import type { EligibilityChanges } from '../../../src/voucher/eligibility/eligibility-changes.js';
import { EligibilityTokens } from '../../../src/voucher/eligibility/eligibility-tokens.js';

const MERCHANT = 'mer_0000000000000001';
const CONFIG = { JWT_SECRET: 'x'.repeat(32) };

/** Who was let in by a token, on every database. */
export function eligibilityTokensContract(database: () => Database): void {
  async function asking(config: SealingSecrets = CONFIG): Promise<{
    readonly tokens: EligibilityTokens;
    readonly voucherId: string;
    readonly admitted: () => Promise<ReadonlySet<string>>;
    /** @returns the code of the refusal, or nothing */
    readonly bring: (userId: string, customer: string) => Promise<string | undefined>;
  }> {
    const voucherId = newId('vch', Date.now());
    // What is changed with the voucher is another test's matter.
    const changes = {
      change: (_actor: unknown, _id: unknown, _kind: unknown, _details: unknown, write: never) =>
        database().write(write),
    } as unknown as EligibilityChanges;
    const tokens = new EligibilityTokens(changes, database(), new SystemClock(), config);
    const actor = { merchantId: MERCHANT, userId: 'usr_owner' } as Parameters<EligibilityTokens['put']>[0];
    const { secret } = await tokens.put(actor, voucherId, { attribute: 'tier', values: ['gold'] });
    const sign = (customer: string): string =>
      new JwtService().sign(
        { tier: 'gold' },
        { secret, subject: customer, audience: voucherId, expiresIn: 600 },
      );
    return {
      tokens,
      voucherId,
      admitted: () => tokens.admitted(voucherId, ['usr_a', 'usr_b', 'usr_c']),
      bring: (userId, customer) =>
        tokens.admit(MERCHANT, voucherId, userId, sign(customer)).then(
          () => undefined,
          (error: unknown) => {
            if (error instanceof Problem) return error.code;
            throw error;
          },
        ),
    };
  }

  it('of accounts that bring the token of one customer at once, one is let in', async () => {
    const { bring, admitted } = await asking();
    const answers = await Promise.all(['usr_a', 'usr_b', 'usr_c'].map((user) => bring(user, 'c-1')));
    expect(answers.filter((code) => code === undefined)).toHaveLength(1);
    expect(answers.filter((code) => code === 'one_per_person')).toHaveLength(2);
    expect((await admitted()).size).toBe(1);
  });

  it('who was let in stays so, however often and by whichever token it is brought again', async () => {
    const { bring, admitted } = await asking();
    for (const customer of ['c-1', 'c-1', 'c-2']) expect(await bring('usr_a', customer)).toBeUndefined();
    // The second customer is nobody's account yet.
    expect(await bring('usr_b', 'c-2')).toBeUndefined();
    expect(await bring('usr_c', 'c-1')).toBe('one_per_person');
    expect(await admitted()).toEqual(new Set(['usr_a', 'usr_b']));
  });

  it('the secret of a voucher is sealed anew once the key is another, and opens no longer with the old one', async () => {
    const { voucherId } = await asking();
    await database().write((tx) =>
      tx.query(
        `INSERT INTO vouchers (id, merchant_id, title, description, status, total_stock, per_user_limit, time_zone, protection,
          opens_at, closes_at, version, created_at, updated_at) VALUES (?, ?, 'Tea', '', 'draft', 1, 1, 'UTC', '{}', 0, 1, 1, 0, 0)`,
        [voucherId, MERCHANT],
      ),
    );
    const { tokens } = await asking({ JWT_SECRET: 'y'.repeat(32), SECRETS_KEY_PREVIOUS: CONFIG.JWT_SECRET });
    expect(await tokens.reseal()).toEqual({ renewed: 1, unreadable: 0 });
    expect(await tokens.reseal()).toEqual({ renewed: 0, unreadable: 0 });
    const { tokens: old } = await asking();
    expect(await old.reseal()).toEqual({ renewed: 0, unreadable: 1 });
  });
}
