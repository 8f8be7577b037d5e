import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Auditor, Equation } from '../../../src/audit/auditor.js';
import type { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import { LONG_AUDIT_MS, Reconcile } from '../../../src/audit/reconcile.js';
import type { ClaimLog } from '../../../src/claim/log/claim-log.js';
import type { StockGate } from '../../../src/claim/gate/stock-gate.js';
import type { Database } from '../../../src/database/database.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { ManualClock } from '../../support/manual-clock.js';

const EPOCH = 3;
const FULL_AUDIT_EVERY_RUNS = 20;
const AUDIT_BUDGET_MAX_MS = 500;
const INTERVAL_MS = 5_000;
/** 2 % of the interval. */
const SHARE_MS = 100;
const ROWS = 'issued = rows live';
const STOCK = 'stock ledger = total';

const KEPT_HOURS = 24;

/** How a voucher looks, and how far the sides of its equations are apart. */
interface Shown {
  fingerprint: string | undefined;
  rowsOff: number;
  stockOff: number;
}

const equation = (name: string, distance: number): Equation => ({
  name,
  left: 10,
  right: 10 + distance,
  holds: distance === 0,
});

describe('the comparison of gate and ledger', () => {
  let clock: ManualClock;
  let metrics: Metrics;
  let vouchers: Map<string, Shown>;
  let keeper: { isOpen: boolean; epochsInUse: readonly number[]; epochOf: () => number };
  let auditMs: number;
  let audited: string[];
  let pictured: string[];
  /** When those ended that did, hours ago. */
  let ended: Readonly<Record<string, number>>;
  let pending: number;
  let asking: () => void;
  let forgotten: string[];
  let errors: jest.SpiedFunction<Logger['error']>;
  let reconcile: Reconcile;

  beforeEach(() => {
    Logger.overrideLogger(false);
    errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    clock = new ManualClock();
    metrics = new Metrics();
    vouchers = new Map();
    keeper = { isOpen: true, epochsInUse: [EPOCH], epochOf: () => EPOCH };
    auditMs = 0;
    audited = [];
    pictured = [];
    ended = {};
    pending = 0;
    asking = () => undefined;
    forgotten = [];
    const auditor = {
      fingerprint: async (id: string) => {
        pictured.push(id);
        asking();
        return shown(id).fingerprint;
      },
      audit: async (id: string) => {
        audited.push(id);
        clock.pass(auditMs);
        return [equation(ROWS, shown(id).rowsOff), equation(STOCK, shown(id).stockOff)];
      },
    } as unknown as Auditor;
    const gate = {
      vouchers: async (epoch: number) => (epoch === EPOCH ? [...vouchers.keys()] : []),
      now: async () => clock.now(),
      pendingSizes: async (_epoch: number, ids: string[]) => ids.map(() => ({ size: pending })),
      forget: async (_epoch: number, id: string) => {
        forgotten.push(id);
        vouchers.delete(id);
      },
    } as unknown as StockGate;
    const log = { lag: async () => 7 } as unknown as ClaimLog;
    const db = {
      read: {
        query: async (_sql: string, values: unknown[]) =>
          Object.entries(ended)
            .filter(
              ([id, hours]) => values.includes(id) && clock.now() - hours * 3_600_000 < Number(values.at(-1)),
            )
            .map(([id]) => ({ id })),
      },
    } as unknown as Database;
    reconcile = new Reconcile(
      { RECONCILE_INTERVAL_MS: INTERVAL_MS, RETENTION_GATE_STATE_HOURS: KEPT_HOURS },
      auditor,
      gate,
      keeper as unknown as GateKeeper,
      log,
      db,
      clock,
      metrics,
    );
  });

  afterEach(() => errors.mockRestore());

  const know = (...ids: string[]): void => {
    for (const id of ids) vouchers.set(id, { fingerprint: 'at first', rowsOff: 0, stockOff: 0 });
  };
  const shown = (id: string): Shown => {
    const voucher = vouchers.get(id);
    if (!voucher) throw new Error(`no voucher ${id}`);
    return voucher;
  };
  const show = (id: string, change: Partial<Shown>): void => {
    Object.assign(shown(id), change);
  };
  /** @returns what was audited, in order */
  const run = async (times = 1): Promise<string[]> => {
    audited = [];
    for (let i = 0; i < times; i += 1) await reconcile.run();
    return audited;
  };
  const valueOf = async (gauge: Metrics['drift'], name: string): Promise<number | undefined> =>
    (await gauge.get()).values.find(({ labels }) => labels.equation === name)?.value;
  const drift = (name: string) => valueOf(metrics.drift, name);
  const broken = (name: string) => valueOf(metrics.auditBroken, name);

  describe('audits', () => {
    it('every voucher at first, and a new one as soon as the gate knows it', async () => {
      know('a', 'b', 'c');
      expect(await run()).toEqual(['a', 'b', 'c']);
      know('d');
      expect(await run()).toEqual(['d']);
    });

    it('what is in order and looks the same only rarely', async () => {
      know('a', 'b');
      await run();
      expect(await run(FULL_AUDIT_EVERY_RUNS)).toEqual([]);
      expect(await run()).toEqual(['a', 'b']);
      expect(await run(FULL_AUDIT_EVERY_RUNS)).toEqual([]);
      expect(await run()).toEqual(['a', 'b']);
    });

    it('what looks otherwise than at its last audit, once for each change, and counts its quiet runs anew', async () => {
      know('a', 'b');
      await run(1 + FULL_AUDIT_EVERY_RUNS / 2);
      show('b', { fingerprint: 'claimed' });
      expect(await run()).toEqual(['b']);
      expect(await run(FULL_AUDIT_EVERY_RUNS / 2 - 1)).toEqual([]);
      expect(await run()).toEqual(['a']);
      expect(await run(FULL_AUDIT_EVERY_RUNS / 2)).toEqual([]);
      expect(await run()).toEqual(['b']);
    });

    it('what has no fingerprint, every time, until it was audited with one', async () => {
      know('a', 'b');
      show('a', { fingerprint: undefined });
      expect(await run()).toEqual(['a', 'b']);
      expect(await run(3)).toEqual(['a', 'a', 'a']);
      show('a', { fingerprint: 'settled' });
      expect(await run()).toEqual(['a']);
      expect(await run()).toEqual([]);
    });

    it('what failed, every time, though it looks the same, until it was found in order', async () => {
      know('a', 'b');
      show('a', { rowsOff: 1 });
      await run();
      expect(await run(4)).toEqual(['a', 'a', 'a', 'a']);
      show('a', { rowsOff: 0 });
      expect(await run()).toEqual(['a']);
      expect(await run()).toEqual([]);
    });

    it('nothing while the gate is closed, and tells the lag of the log all the same', async () => {
      know('a');
      ended = { a: KEPT_HOURS + 1 };
      keeper.isOpen = false;
      expect(await run(3)).toEqual([]);
      expect(pictured).toEqual([]);
      expect(forgotten).toEqual([]);
      expect((await metrics.logLag.get()).values[0]?.value).toBe(7);
      expect(await broken(ROWS)).toBeUndefined();
      keeper.isOpen = true;
      expect(await run()).toEqual(['a']);
    });
  });

  describe('takes its time, and', () => {
    const move = (...ids: string[]): void => {
      for (const id of ids) show(id, { fingerprint: undefined });
    };

    it('makes the next audit wait until the share of the runs has made up for a long one', async () => {
      know('a', 'b', 'c');
      move('a', 'b', 'c');
      auditMs = AUDIT_BUDGET_MAX_MS + 2.5 * SHARE_MS;
      expect(await run()).toEqual(['a']);
      expect(await run(2)).toEqual([]);
      expect(await run()).toEqual(['b']);
      // Half a share was left then, so that seven make up for it and the eighth is to spend.
      expect(await run(7)).toEqual([]);
      expect(await run()).toEqual(['c']);
    });

    it('spends no more than its share in the long run, on each voucher in turn', async () => {
      know('a', 'b', 'c');
      move('a', 'b', 'c');
      auditMs = 4 * SHARE_MS;
      const order = await run(200);
      expect(order).toEqual(order.map((_, i) => ['a', 'b', 'c'][i % 3]));
      const share = 200 * SHARE_MS;
      expect(order.length * auditMs).toBeGreaterThan(share - auditMs);
      expect(order.length * auditMs).toBeLessThan(share + AUDIT_BUDGET_MAX_MS + auditMs);
    });

    it('saves up what was not used, to an end', async () => {
      const ids = Array.from({ length: 10 }, (_, i) => `v${i}`);
      know(...ids);
      await run(FULL_AUDIT_EVERY_RUNS);
      move(...ids);
      auditMs = 200;
      // 500, 300, 100: then it is used up, however long nothing was to be done.
      expect(await run()).toEqual(['v0', 'v1', 'v2']);
    });

    it('lets small vouchers go on soon after the audit of a very large one', async () => {
      know('large', 'small');
      move('large', 'small');
      auditMs = 180_000;
      expect(await run()).toEqual(['large']);
      auditMs = 1;
      const soon = Math.ceil(AUDIT_BUDGET_MAX_MS / SHARE_MS) + 2;
      const order = await run(soon);
      expect(order).toContain('small');
      expect(order).not.toContain('large');
    });

    it('pays for a gate that does not answer, and asks it for one voucher only', async () => {
      know('a', 'b');
      await run();
      asking = () => {
        clock.pass(LONG_AUDIT_MS);
        throw new Error('the gate does not answer');
      };
      pictured = [];
      await expect(run()).rejects.toThrow('does not answer');
      expect(pictured).toEqual(['a']);
    });

    it('costs nothing of it to audit small vouchers', async () => {
      const ids = Array.from({ length: 100 }, (_, i) => `v${i}`);
      know(...ids);
      move(...ids);
      expect(await run()).toEqual(ids);
      expect(await run()).toEqual(ids);
    });

    it('begins with the one that was audited longest ago', async () => {
      know('a', 'b', 'c');
      await run();
      show('a', { fingerprint: 'claimed' });
      expect(await run()).toEqual(['a']);
      show('c', { fingerprint: 'claimed' });
      expect(await run()).toEqual(['c']);
      move('a', 'b', 'c');
      auditMs = AUDIT_BUDGET_MAX_MS + SHARE_MS / 2;
      expect(await run(20)).toEqual(['b', 'a', 'c', 'b', 'a']);
    });

    it('puts what was never audited before all others', async () => {
      know('a', 'b');
      move('a', 'b');
      auditMs = AUDIT_BUDGET_MAX_MS + SHARE_MS / 2;
      expect(await run()).toEqual(['a']);
      know('new');
      expect((await run(20)).slice(0, 3)).toEqual(['b', 'new', 'a']);
    });
  });

  describe('reports', () => {
    it('how far all vouchers are apart, by equation', async () => {
      know('a', 'b', 'c');
      await run();
      expect(await drift(ROWS)).toBe(0);
      expect(await broken(ROWS)).toBe(0);
      show('a', { fingerprint: 'claimed', rowsOff: 2 });
      show('b', { fingerprint: 'claimed', rowsOff: -3, stockOff: 4 });
      await run();
      expect(await drift(ROWS)).toBe(5);
      expect(await drift(STOCK)).toBe(4);
    });

    it('goes on to count a voucher whose turn did not come', async () => {
      know('a', 'b');
      show('a', { rowsOff: 2 });
      show('b', { rowsOff: 3 });
      await run(2);
      auditMs = AUDIT_BUDGET_MAX_MS + 5 * SHARE_MS;
      expect(await run()).toEqual(['a']);
      expect(await run()).toEqual([]);
      expect(await drift(ROWS)).toBe(5);
      expect(await broken(ROWS)).toBe(2);
    });

    it('an equation as broken from the second audit in a row on, with one line of the log', async () => {
      know('a', 'b', 'c');
      show('a', { rowsOff: 2 });
      show('b', { rowsOff: 1, stockOff: 1 });
      await run();
      expect(await broken(ROWS)).toBe(0);
      expect(errors).not.toHaveBeenCalled();
      await run();
      expect(await broken(ROWS)).toBe(2);
      expect(await broken(STOCK)).toBe(1);
      expect(errors.mock.calls).toEqual([
        [{ voucher: 'a', equation: ROWS, left: 10, right: 12 }, 'an equation does not hold'],
        [{ voucher: 'b', equation: ROWS, left: 10, right: 11 }, 'an equation does not hold'],
        [{ voucher: 'b', equation: STOCK, left: 10, right: 11 }, 'an equation does not hold'],
      ]);
      await run(5);
      expect(await broken(ROWS)).toBe(2);
      expect(errors).toHaveBeenCalledTimes(3);
    });

    it('nothing as broken that held in between', async () => {
      know('a');
      for (let i = 0; i < 4; i += 1) {
        show('a', { fingerprint: `torn ${i}`, rowsOff: 1 });
        await run();
        show('a', { fingerprint: `whole ${i}`, rowsOff: 0 });
        await run();
      }
      show('a', { rowsOff: 0, stockOff: 1, fingerprint: 'one' });
      await run();
      show('a', { rowsOff: 1, stockOff: 0, fingerprint: 'another' });
      await run();
      expect(await broken(ROWS)).toBe(0);
      expect(await broken(STOCK)).toBe(0);
      expect(errors).not.toHaveBeenCalled();
    });

    it('an equation as whole once it holds, and again when it breaks again', async () => {
      know('a');
      show('a', { rowsOff: 2 });
      await run(2);
      expect(await broken(ROWS)).toBe(1);
      show('a', { rowsOff: 0 });
      await run();
      expect(await broken(ROWS)).toBe(0);
      expect(await drift(ROWS)).toBe(0);
      show('a', { fingerprint: 'claimed', rowsOff: 2 });
      await run();
      expect(await broken(ROWS)).toBe(0);
      expect(errors).toHaveBeenCalledTimes(1);
      await run();
      expect(await broken(ROWS)).toBe(1);
      expect(errors).toHaveBeenCalledTimes(2);
    });

    it('no longer what the gate does not know any more', async () => {
      know('a', 'b');
      show('a', { rowsOff: 2 });
      show('b', { rowsOff: 3 });
      await run(2);
      vouchers.delete('a');
      await run();
      expect(await drift(ROWS)).toBe(3);
      expect(await broken(ROWS)).toBe(1);
      know('a');
      show('a', { rowsOff: 2 });
      await run();
      expect(await drift(ROWS)).toBe(5);
      expect(await broken(ROWS)).toBe(1); // as if for the first time
    });

    it('no longer the last one that the gate knew', async () => {
      know('a');
      show('a', { rowsOff: 2 });
      await run(2);
      vouchers.delete('a');
      await run();
      expect(await drift(ROWS)).toBe(0);
      expect(await broken(ROWS)).toBe(0);
    });
  });

  it('puts away an ended voucher of which nothing is pending, which counts no longer then', async () => {
    know('a', 'b', 'kept');
    show('a', { rowsOff: 2 });
    await run(2);
    ended = { a: KEPT_HOURS + 1, unknown: KEPT_HOURS + 1, kept: KEPT_HOURS - 1 };
    pending = 1;
    await run();
    expect(forgotten).toEqual([]);
    pending = 0;
    await run();
    expect(forgotten).toEqual(['a']);
    await run();
    expect(await broken(ROWS)).toBe(0);
  });
});
