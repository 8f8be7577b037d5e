import { expect, it } from '@jest/globals';
import { PersonAccounts } from '../../../src/claim/admission/person-accounts.js';
import type { ProvenAddresses } from '../../../src/auth/index.js';
import { SystemClock } from '../../../src/common/clock.js';
import { newId } from '../../../src/common/ids.js';
import type { Database } from '../../../src/database/database.js';

interface Weaker {
  /** The statement by which whoever comes second changes something. */
  readonly insert?: string;
}

/** One process. What it writes waits for `release`, and `reached` resolves once it is there. */
function stopped(database: Database, { insert }: Weaker) {
  let release = (): void => undefined;
  let arrive = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const db = Object.create(database, {
    write: {
      value: async (work: Parameters<Database['write']>[0]) => {
        arrive();
        await released;
        return database.write(work);
      },
    },
    ...(insert === undefined ? {} : { insertIgnore: { value: insert } }),
  }) as Database;
  return { accounts: new PersonAccounts(db, new SystemClock()), reached, release };
}

/** By which account a person takes part, on every database. */
export function personAccountsContract(database: () => Database): void {
  const proven = (email: string | null, phone: string | null = null): ProvenAddresses =>
    ({ email, phone }) as ProvenAddresses;

  /** Two accounts of one mailbox at two processes that both found nobody. @returns how many of them take part */
  async function twoAtOnce(weaker: Weaker = {}): Promise<number> {
    const [voucherId, name] = [newId('vch', Date.now()), newId('usr', Date.now()).slice(4)];
    const first = stopped(database(), {});
    const second = stopped(database(), weaker);
    const late = second.accounts.settle(voucherId, [
      { userId: 'usr_late', proven: proven(`${name}+2@gmail.com`) },
    ]);
    await second.reached;
    first.release();
    const elsewhere = await first.accounts.settle(voucherId, [
      { userId: 'usr_first', proven: proven(`${name}@googlemail.com`) },
    ]);
    second.release();
    return 2 - elsewhere.size - (await late).size;
  }

  it('of two accounts of one mailbox, whose processes both found nobody, one takes part', async () => {
    expect(await twoAtOnce()).toBe(1);
  });

  it('without the guard, that the first one stays, both would', async () => {
    expect(await twoAtOnce({ insert: 'REPLACE INTO' })).toBe(2);
  });

  it('who has a mailbox and a number takes part by both, and leaves no trace where one of them is taken', async () => {
    const voucherId = newId('vch', Date.now());
    const accounts = new PersonAccounts(database(), new SystemClock());
    const settle = async (userId: string, email: string | null, phone: string | null) =>
      (await accounts.settle(voucherId, [{ userId, proven: proven(email, phone) }])).size === 0;
    expect(await settle('usr_a', 'a@example.com', null)).toBe(true);
    // The number stays free, as the mailbox is another's.
    expect(await settle('usr_b', 'a+b@example.com', '+14155550123')).toBe(false);
    expect(await settle('usr_c', null, '+14155550123')).toBe(true);
    expect(await settle('usr_c', 'c@example.com', '+14155550123')).toBe(true);
    expect(await settle('usr_d', 'c@example.com', null)).toBe(false);
    expect(await settle('usr_a', 'a@example.com', null)).toBe(true);
  });
}
