import { expect, it } from '@jest/globals';
import { ClaimLookup } from '../../../../src/claim/read/claim-lookup.js';
import { ClaimIds, newId } from '../../../../src/common/ids.js';
import type { Mode } from '../../../../src/common/mode.js';
import { ManualClock } from '../../../support/manual-clock.js';

const row = (id: string) => ({
  id,
  voucher_id: 'vch_1',
  user_id: 'usr_1',
  ordinal: 1,
  sequence: '9007199254740991',
  status: 'issued',
  code: 'CODE',
  reject_reason: null,
  created_at: '1700000000001',
  issued_at: '1700000000002',
  confirm_until: null,
  moved_at: null,
  moved_by: null,
  cancel_reason: null,
});

const DAY_MS = 86_400_000;
const ids = new ClaimIds('a secret of the tests, 32 characters or more');

/** A claim on a voucher that was made so many days ago. */
const claimOf = (days: number, ordinal: number, mode: Mode = 'live'): string =>
  ids.id(newId('vch', new ManualClock().now() - days * DAY_MS, mode), 'usr_1', ordinal);

/** A ledger of some claims, and the ids that each statement asked for. */
function ledgerOf(...ids: string[]) {
  const statements: string[][] = [];
  const db = {
    read: {
      query: async (_sql: string, asked: readonly string[]) => {
        statements.push([...asked]);
        return asked.filter((id) => ids.includes(id)).map(row);
      },
    },
  };
  return { statements, lookup: new ClaimLookup(db as never, new ManualClock()), db };
}

it('answers those who ask together by one statement, each with their claim', async () => {
  const [a, b, c] = [claimOf(0, 1), claimOf(0, 2), claimOf(0, 3)];
  const { statements, lookup } = ledgerOf(a, b);
  const found = await Promise.all([a, b, c, a].map((id) => lookup.find(id)));
  expect(statements).toEqual([[a, b, c]]);
  expect(found.map((claim) => claim?.id)).toEqual([a, b, undefined, a]);
  expect(found[0]).toMatchObject({
    sequence: 9_007_199_254_740_991,
    createdAt: 1_700_000_000_001,
    issuedAt: 1_700_000_000_002,
    movedAt: null,
  });
});

it('looks in the archive for what is not found, where the voucher is old enough, live or test', async () => {
  const [old, test, young] = [claimOf(31, 1), claimOf(31, 1, 'test'), claimOf(29, 1)];
  const { statements, lookup } = ledgerOf();
  await Promise.all([old, test, young].map((id) => lookup.find(id)));
  expect(statements).toEqual([
    [old, test, young],
    [old, test],
  ]);
});

it('asks anew for a question that comes after the statement', async () => {
  const { statements, lookup } = ledgerOf('a');
  await lookup.find('a');
  await lookup.find('a');
  expect(statements).toHaveLength(2);
});

it('bounds a statement: a crowd of 500 is answered by three', async () => {
  const ids = Array.from({ length: 500 }, (_none, index) => `c${index}`);
  const { statements, lookup } = ledgerOf(...ids);
  const found = await Promise.all(ids.map((id) => lookup.find(id)));
  expect(found.map((claim) => claim?.id)).toEqual(ids);
  expect(statements.map(({ length }) => length)).toEqual([200, 200, 100]);
});

it('tells everybody of a statement that it failed, and asks again for the next', async () => {
  const { lookup, db } = ledgerOf('a');
  const { query } = db.read;
  db.read.query = async () => Promise.reject(new Error('away'));
  const asked = await Promise.allSettled([lookup.find('a'), lookup.find('b')]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  db.read.query = query;
  await expect(lookup.find('a')).resolves.toMatchObject({ id: 'a' });
});
