import { expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { SystemClock } from '../../../src/common/clock.js';
import { newId } from '../../../src/common/ids.js';
import { Problem } from '../../../src/common/problems.js';
import type { Database } from '../../../src/database/database.js';
import type { EligibilityChanges } from '../../../src/voucher/eligibility/eligibility-changes.js';
import { EligibilityTokens } from '../../../src/voucher/eligibility/eligibility-tokens.js';

const MERCHANT = 'mer_0000000000000001';

/** Who was let in by a token, on every database. */
export function eligibilityTokensContract(database: () => Database): void {
  async function asking(): Promise<{
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
    const tokens = new EligibilityTokens(changes, database(), new SystemClock(), {
      JWT_SECRET: 'x'.repeat(32),
    });
    const actor = { merchantId: MERCHANT, userId: 'usr_owner' } as Parameters<EligibilityTokens['put']>[0];
    const { secret } = await tokens.put(actor, voucherId, { attribute: 'tier', values: ['gold'] });
    const sign = (customer: string): string =>
      new JwtService().sign(
        { tier: 'gold' },
        { secret, subject: customer, audience: voucherId, expiresIn: 600 },
      );
    return {
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
}
