import { describe, expect, it } from '@jest/globals';
import { EmbeddedStockGate } from '../../src/claim/gate/embedded/stock-gate.embedded.js';
import { GateLostError } from '../../src/claim/gate/gate-errors.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  beginAndFinish,
  decide,
  kinds,
  openVoucher,
  OPTIONS,
  stockGateContract,
  wish,
} from './support/stock-gate.contract.js';

describe('stock gate, embedded', () => {
  let epochs = 0;
  stockGateContract({
    create: (options) => new EmbeddedStockGate(new ManualClock(), options),
    epoch: () => (epochs += 1),
  });

  it('opens and closes a window to the millisecond of its clock', async () => {
    const clock = new ManualClock();
    const gate = new EmbeddedStockGate(clock, OPTIONS);
    await beginAndFinish(gate, 1);
    const voucher = await openVoucher(gate, { opensAt: clock.ms + 1_000, closesAt: clock.ms + 2_000 });
    await gate.prepare(1, voucher);
    clock.pass(999);
    expect(kinds(await decide(gate, 1, voucher.id, wish('a')))).toEqual(['not-started']);
    clock.pass(1);
    expect(kinds(await decide(gate, 1, voucher.id, wish('a')))).toEqual(['accepted']);
    clock.pass(999);
    expect(kinds(await decide(gate, 1, voucher.id, wish('b')))).toEqual(['accepted']);
    clock.pass(1);
    expect(kinds(await decide(gate, 1, voucher.id, wish('c')))).toEqual(['ended']);
  });

  it('remembers an Idempotency-Key to the millisecond', async () => {
    const clock = new ManualClock();
    const gate = new EmbeddedStockGate(clock, { ...OPTIONS, keyTtlMs: 1_000 });
    await beginAndFinish(gate, 1);
    const voucher = await openVoucher(gate, { perUserLimit: 2 });
    await gate.prepare(1, voucher);
    await decide(gate, 1, voucher.id, wish('a', 'k'));
    clock.pass(999);
    expect(kinds(await decide(gate, 1, voucher.id, wish('a', 'k')))).toEqual(['replayed']);
    clock.pass(1);
    expect(kinds(await decide(gate, 1, voucher.id, wish('a', 'k')))).toEqual(['accepted']);
  });

  it('finishes no epoch but the one that was begun', async () => {
    const gate = new EmbeddedStockGate(new ManualClock(), OPTIONS);
    await gate.begin(1);
    await expect(gate.finish(2)).rejects.toBeInstanceOf(GateLostError);
  });
});
