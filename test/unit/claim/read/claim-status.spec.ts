import { expect, it } from '@jest/globals';
import { ClaimLookup } from '../../../../src/claim/read/claim-lookup.js';
import { ClaimStatusService } from '../../../../src/claim/read/claim-status.service.js';
import { UNKNOWN_VOUCHER, type GateLoss } from '../../../../src/claim/gate/stock-gate.js';
import { EmbeddedBroadcast } from '../../../../src/broadcast/broadcast.embedded.js';
import { ClaimIds } from '../../../../src/common/ids.js';
import { SlotSet } from '../../../../src/redis/slots.js';
import { ManualClock } from '../../../support/manual-clock.js';

const VOUCHER = 'vch_0000000000000000';

it('a status query that an old epoch cannot answer does not close the epoch that opened meanwhile', async () => {
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  const keeper = {
    known: 1,
    epochOf: () => keeper.known,
    isOpenFor: () => true,
    blamed: [] as number[],
    missing: (_id: string, epoch: number) => keeper.blamed.push(epoch),
  };
  const gate = { status: async () => UNKNOWN_VOUCHER };
  const db = { read: { query: async () => [] } };
  const vouchers = {
    find: async () => {
      keeper.known = 2; // the rebuild ends while the voucher is looked up
      return { status: 'live' };
    },
  };
  const service = new ClaimStatusService(
    gate as never,
    keeper as never,
    db as never,
    new ClaimLookup(db as never, new ManualClock()),
    vouchers as never,
    ids,
    new ManualClock(),
    new EmbeddedBroadcast(),
  );
  await expect(service.get('usr_1', ids.id(VOUCHER, 'usr_1', 1))).rejects.toMatchObject({
    code: 'gate_recovering',
  });
  expect(keeper.blamed).toEqual([1]);
});

it('only a gate that still holds its epoch may say that a claim is rejected', async () => {
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  const blamed: string[] = [];
  const keeper = {
    epochOf: () => 1,
    isOpenFor: () => true,
    lostPart: (_epoch: number, loss: GateLoss) => blamed.push(loss.why) > 0,
  };
  let why: string | undefined = 'the server was demoted and promoted again';
  const gate = {
    status: async () => undefined,
    lossOf: async () => (why === undefined ? undefined : { why, slots: SlotSet.ALL }),
  };
  const db = { read: { query: async () => [] } };
  const service = new ClaimStatusService(
    gate as never,
    keeper as never,
    db as never,
    new ClaimLookup(db as never, new ManualClock()),
    {} as never,
    ids,
    new ManualClock(),
    new EmbeddedBroadcast(),
  );
  const asked = () => service.get('usr_1', ids.id(VOUCHER, 'usr_1', 1));
  await expect(asked()).rejects.toMatchObject({ code: 'gate_recovering' });
  expect(blamed).toEqual([why]);
  why = undefined;
  await expect(asked()).resolves.toMatchObject({ status: 'rejected', reject_reason: 'gate_recovered' });
});

it('a claim whose row was seen is read from the ledger alone, and from the gate again where the row is gone', async () => {
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  const id = ids.id(VOUCHER, 'usr_1', 1);
  const keeper = { epochOf: () => 1, isOpenFor: () => true };
  let asked = 0;
  const gate = {
    status: async () => {
      asked += 1;
      return { status: 'pending', sequence: 1, at: 0, reason: null, endedAt: null };
    },
  };
  const row = {
    id,
    voucher_id: VOUCHER,
    user_id: 'usr_1',
    ordinal: 1,
    sequence: 1,
    status: 'issued',
    code: 'C',
  };
  let rows = [
    { ...row, reject_reason: null, created_at: 0, issued_at: 0, confirm_until: null, moved_at: null },
  ];
  const db = { read: { query: async () => rows } };
  const lookup = new ClaimLookup(db as never, new ManualClock());
  const service = new ClaimStatusService(
    gate as never,
    keeper as never,
    db as never,
    lookup,
    {} as never,
    ids,
    new ManualClock(),
    new EmbeddedBroadcast(),
  );
  await lookup.find(id);
  await expect(service.get('usr_1', id)).resolves.toMatchObject({ status: 'issued' });
  expect(asked).toBe(0);
  rows = [];
  await expect(service.get('usr_1', id)).resolves.toMatchObject({ status: 'pending' });
  expect(asked).toBe(1);
});
