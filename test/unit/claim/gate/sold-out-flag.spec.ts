import { expect, it } from '@jest/globals';
import { EmbeddedBroadcast } from '../../../../src/broadcast/broadcast.embedded.js';
import { SoldOutFlag } from '../../../../src/claim/gate/sold-out-flag.js';
import type { StockGate } from '../../../../src/claim/gate/stock-gate.js';
import type { Config } from '../../../../src/config/index.js';
import { ManualClock } from '../../../support/manual-clock.js';

const EPOCH = 1;

/** A flag beside a gate whose vouchers have so many holders each; @returns also which vouchers' holders were read to the end. */
function flagOf(holders: Readonly<Record<string, number>>, limits: { users: number; vouchers?: number }) {
  const clock = new ManualClock();
  const loaded: string[] = [];
  async function* idsOf(voucherId: string, count: number): AsyncIterable<string[]> {
    for (let from = 0; from < count; from += 1_000)
      yield Array.from({ length: Math.min(1_000, count - from) }, (_none, n) => `usr_${from + n}`);
    loaded.push(voucherId);
  }
  const gate = {
    holders: async (_epoch: number, id: string) => {
      const count = holders[id] ?? 0;
      return { count, ids: idsOf(id, count) };
    },
  } as unknown as StockGate;
  const config = {
    SOLD_OUT_FLAG_MS: 1_000,
    SOLD_OUT_FLAG_VOUCHERS: limits.vouchers ?? 100,
    SOLD_OUT_FLAG_USERS: limits.users,
  } as Config;
  const flag = new SoldOutFlag(config, gate, clock, new EmbeddedBroadcast());
  const soldOut = async (id: string): Promise<void> => {
    clock.pass(1);
    flag.heard(EPOCH, id, { kind: 'sold-out', stockVersion: 1, closesInMs: 60_000 }, clock.monotonic());
    for (let turn = 0; turn < 100 && !flag.isKnown(id); turn++) await new Promise(setImmediate);
  };
  return { flag, soldOut, loaded };
}

it('refuses strangers of a voucher with as many holders as it may remember, and none of its holders', async () => {
  const { flag, soldOut, loaded } = flagOf({ vch_big: 30_000 }, { users: 30_000 });
  await soldOut('vch_big');
  for (let turn = 0; turn < 10_000 && loaded.length === 0; turn++) await new Promise(setImmediate);
  expect(flag.isKnown('vch_big')).toBe(true);
  for (const holder of [0, 1_000, 29_999])
    expect(flag.refuses(EPOCH, 'vch_big', `usr_${holder}`)).toBe(false);
  const strangers = Array.from({ length: 1_000 }, (_none, n) => `stranger_${n}`);
  const refused = strangers.filter((id) => flag.refuses(EPOCH, 'vch_big', id));
  expect(refused.length).toBeGreaterThan(900);
});

it('bounds the holders of all vouchers together: those asked for longest ago make room', async () => {
  const { flag, soldOut } = flagOf({ vch_1: 600, vch_2: 300, vch_3: 500 }, { users: 1_000 });
  await soldOut('vch_1');
  await soldOut('vch_2');
  expect([flag.isKnown('vch_1'), flag.isKnown('vch_2')]).toEqual([true, true]);
  await soldOut('vch_3');
  expect(['vch_1', 'vch_2', 'vch_3'].map((id) => flag.isKnown(id))).toEqual([false, true, true]);
});

it('asks the gate for a voucher with more holders than it may remember, and keeps the others', async () => {
  const { flag, soldOut } = flagOf({ vch_1: 600, vch_2: 1_001 }, { users: 1_000 });
  await soldOut('vch_1');
  await soldOut('vch_2');
  expect(['vch_1', 'vch_2'].map((id) => flag.isKnown(id))).toEqual([true, false]);
  expect(flag.refuses(EPOCH, 'vch_2', 'stranger')).toBe(false);
});
