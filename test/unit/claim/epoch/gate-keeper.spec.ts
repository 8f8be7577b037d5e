import { afterEach, expect, it } from '@jest/globals';
import { GateKeeper } from '../../../../src/claim/epoch/gate-keeper.js';
import { GateLostError } from '../../../../src/claim/gate/gate-errors.js';
import type { Begun, Loss } from '../../../../src/claim/epoch/gate-recovery.js';
import type { EpochRow } from '../../../../src/claim/ledger/gate-epochs.js';
import { EmbeddedBroadcast } from '../../../../src/broadcast/broadcast.embedded.js';
import { loadConfig } from '../../../../src/config/index.js';
import { Health } from '../../../../src/observability/health.js';
import { Metrics } from '../../../../src/observability/metrics.js';
import { slotOf } from '../../../../src/redis/hash-slot.js';
import { SlotSet } from '../../../../src/redis/slots.js';
import { eventually } from '../../../support/crowd.js';
import { OPEN_ROW } from '../../../support/epoch-row.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Of two masters: the first has the lower half of the slots. */
const [LOWER, UPPER] = [SlotSet.parse('0-8191'), SlotSet.parse('8192-16383')];
const one = (of: SlotSet): string => {
  for (let n = 0; ; n += 1) if (of.has(slotOf(`vch_${n}`))) return `vch_${n}`;
};
const [low, high] = [one(LOWER), one(UPPER)];

/** After a loss of the first master, before it is rebuilt. */
const RAISED: EpochRow = {
  ...OPEN_ROW,
  epoch: 2,
  state: 'recovering',
  groups: [{ slots: UPPER, epoch: 1, kept: true }],
  leader: 'me',
  leaderUntil: Infinity,
};

const takesClaimsOf = (keeper: GateKeeper, voucherId: string): boolean =>
  keeper.epochForClaims(voucherId) !== undefined;
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** A keeper that has opened the first epoch; what it asks of a recovery waits for its answer. */
async function opened(keepsSlots: 'on' | 'off') {
  const asked: { loss: Loss; answer: (begun?: Begun) => void }[] = [];
  let row = OPEN_ROW;
  let read = async (): Promise<EpochRow> => row;
  const gate = {
    trust: () => undefined,
    lossOf: async () => undefined,
    requireWritable: async () => undefined,
    // All are on one server since.
    slotsBeside: (epoch: number, id: string) =>
      epoch > 1 ? SlotSet.ALL : LOWER.has(slotOf(id)) ? LOWER : UPPER,
  };
  const recovery = {
    name: 'me',
    loads: undefined as number | undefined,
    stop: async () => undefined,
    run: (_row: EpochRow, _reason: string, loss: Loss) =>
      new Promise<Begun | undefined>((answer) => asked.push({ loss, answer })),
  };
  const config = loadConfig({
    NODE_ENV: 'test',
    DATABASE_URL: 'mariadb://u:p@127.0.0.1:1/vc',
    REDIS_URL: 'redis://127.0.0.1:1/0',
    KAFKA_BROKERS: '127.0.0.1:1',
    GATE_KEEPS_SLOTS: keepsSlots,
  });
  const keeper = new GateKeeper(
    config,
    gate as never,
    { current: () => read() } as never,
    recovery as never,
    new ManualClock(),
    new Metrics(),
    new EmbeddedBroadcast(),
    new Health(),
  );
  ends.push(async () => {
    const stopped = keeper.beforeApplicationShutdown();
    for (const { answer } of asked) answer();
    await stopped;
  });
  keeper.onApplicationBootstrap();
  await eventually('it is open', async () => keeper.isOpen);
  const recoveryOf = async (nth: number) => {
    await eventually('a recovery is asked for', async () => asked.length > nth);
    return asked[nth] as (typeof asked)[number];
  };
  return {
    keeper,
    recovery,
    recoveryOf,
    asked,
    become: (next: EpochRow) => (row = next),
    readBy: (by: () => Promise<EpochRow>) => (read = by),
  };
}

it('closes the vouchers of the server that has lost something, and no others, where slots keep their epoch', async () => {
  const { keeper, recoveryOf, asked, become } = await opened('on');
  keeper.lostOf(low, 1, new GateLostError('history', 'a test says so'));
  const states = () => [low, high].map((id) => takesClaimsOf(keeper, id));
  expect([states(), keeper.isOpen, keeper.takesClaims]).toEqual([[false, true], false, true]);
  expect([keeper.mayAnswer(1, keeper['clock'].monotonic(), low), keeper.require(high)]).toEqual([false, 1]);
  expect(() => keeper.requireForClaims(low)).toThrow();
  const { loss, answer } = await recoveryOf(0);
  expect(loss.lost(1)).toEqual(LOWER);
  become(RAISED);
  loss.raised(RAISED);
  expect(states()).toEqual([false, true]);
  expect([low, high].map((id) => keeper.epochOf(id))).toEqual([2, 1]);
  const row: EpochRow = { ...RAISED, state: 'open', openedEpoch: 2, leader: undefined, leaderUntil: 0 };
  become(row);
  answer({ row, state: 'open' });
  await eventually('it is open as a whole', async () => keeper.isOpen);
  expect([low, high].map((id) => keeper.require(id))).toEqual([2, 1]);
  // What was asked in the epoch that is over for this voucher tells nothing of the new one.
  keeper.lostOf(low, 1, new GateLostError('history', 'a late answer'));
  // Nor is a master missed to which no slot of the epoch was moved.
  expect(keeper.lostPart(1, { why: 'gone', slots: LOWER })).toBe(false);
  expect([keeper.isOpen, asked.length]).toEqual([true, 1]);
  expect(keeper.lostPart(1, { why: 'gone', slots: SlotSet.ALL })).toBe(true);
  expect([states(), keeper.epochsInUse]).toEqual([
    [true, false],
    [2, 1],
  ]);
  keeper.lost(2, 'the ledger refused a claim');
  expect([states(), keeper.takesClaims]).toEqual([[false, false], false]);
});

it('closes nothing that goes on in an older epoch, on the server where the newest has lost something', async () => {
  const { keeper, become } = await opened('on');
  become({ ...RAISED, state: 'open', openedEpoch: 2, leader: undefined, leaderUntil: 0 });
  await eventually('it is open as a whole', async () => keeper.isOpen && keeper.known === 2);
  keeper.lostOf(low, 2, new GateLostError('history', 'a test says so'));
  expect([low, high].map((id) => takesClaimsOf(keeper, id))).toEqual([false, true]);
});

it('closes what is not proved where that was found at a voucher, and not its server', async () => {
  const { keeper } = await opened('on');
  keeper.lostOf(high, 1, new GateLostError('history', 'its slot came from a server that is gone', LOWER));
  expect([low, high].map((id) => takesClaimsOf(keeper, id))).toEqual([false, true]);
});

it('takes a voucher that is missing for a loss of its server, unless the row has changed since', async () => {
  const still = await opened('on');
  still.keeper.missing(low, 1);
  const { loss } = await still.recoveryOf(0);
  expect(loss.lost(1)).toEqual(LOWER);

  // Whoever has raised the epoch has removed it: its slot was moved from the server that has lost something.
  const slots = UPPER.and(LOWER).without(SlotSet.of([slotOf(low)]));
  const raised = await opened('on');
  raised.become({ ...RAISED, leader: 'another', groups: [{ slots, epoch: 1, kept: true }] });
  raised.keeper.missing(low, 1);
  await eventually('the row is read', async () => raised.keeper.known === 2);
  await eventually('what is kept was looked at', async () => raised.keeper.isOpenFor(high));
  const other = `vch_${[...Array(1_000).keys()].find((n) => slots.within(LOWER).has(slotOf(`vch_${n}`)))}`;
  expect([low, high, other].map((id) => takesClaimsOf(raised.keeper, id))).toEqual([false, true, true]);
  expect(raised.asked).toHaveLength(0);
});

it('does not begin anew what it has loaded while it read the row', async () => {
  const { keeper, recovery, asked, become, readBy } = await opened('on');
  const opening: EpochRow = { ...RAISED, state: 'opening', openedEpoch: 2, groups: [] };
  recovery.loads = 2;
  readBy(async () => {
    recovery.loads = undefined;
    return opening;
  });
  keeper.missing(low, 1);
  await eventually('the row is read', async () => keeper.known === 2);
  become({ ...opening, state: 'open', leader: undefined });
  await eventually('it is open for those that are loaded', async () => takesClaimsOf(keeper, low));
  expect(asked).toHaveLength(0);
});

it('closes all of them where slots do not, and on a row that others have raised at once what is lost', async () => {
  const off = await opened('off');
  off.keeper.lostOf(low, 1, new GateLostError('history', 'a test says so'));
  expect([takesClaimsOf(off.keeper, high), off.keeper.takesClaims]).toEqual([false, false]);
  expect((await off.recoveryOf(0)).loss.lost(1)).toEqual(SlotSet.ALL);
  (await off.recoveryOf(0)).answer();

  // Who does not keep slots itself goes by a row that does.
  const other = await opened('off');
  other.become({ ...RAISED, leader: 'another' });
  await eventually('the row is seen', async () => other.keeper.epochOf(low) === 2);
  expect([low, high].map((id) => takesClaimsOf(other.keeper, id))).toEqual([false, true]);
  await eventually('what is kept was looked at', async () => other.keeper.isOpenFor(high));
  expect([other.keeper.isOpen, other.asked.length]).toEqual([false, 0]);
});
