import { expect, it } from '@jest/globals';
import type { EpochMaster } from '../../../../src/claim/domain/epoch-masters.js';
import { GateRecovery } from '../../../../src/claim/epoch/gate-recovery.js';
import type { EpochRow } from '../../../../src/claim/ledger/gate-epochs.js';
import { InstanceId } from '../../../../src/common/instance-id.js';
import { loadConfig } from '../../../../src/config/index.js';
import { Metrics } from '../../../../src/observability/metrics.js';
import { SlotSet } from '../../../../src/redis/slots.js';
import { OPEN_ROW } from '../../../support/epoch-row.js';
import { ManualClock } from '../../../support/manual-clock.js';

const UPPER = SlotSet.parse('8192-16383');
/** It has lost nothing, and another has. */
const whole: EpochMaster = { epoch: 1, history: 'whole', mark: 16_383, slots: UPPER };
const ROW: EpochRow = { ...OPEN_ROW, masters: [whole] };
/** Slots are in an older epoch than the one that was opened last. */
const GROUPED: EpochRow = {
  ...ROW,
  epoch: 2,
  openedEpoch: 2,
  groups: [{ slots: UPPER, epoch: 1, kept: true }],
};

/** A leader, and what the log says of its readers, one answer after another; the last one stands. */
function leader({
  keeps = 'on',
  readers,
  revokes = async () => undefined,
}: {
  keeps?: 'on' | 'off';
  readers: (boolean | Error | undefined)[];
  revokes?: () => Promise<void>;
}) {
  const clock = new ManualClock();
  const raised: (readonly EpochMaster[])[] = [];
  let asked = 0;
  let row = ROW;
  const epochs = {
    raise: async (seen: number, name: string, _ms: number, { kept }: { kept: readonly EpochMaster[] }) => {
      raised.push(kept);
      const groups = kept.map(({ epoch, slots }) => ({ epoch, slots, kept: true }));
      row = { ...row, epoch: seen + 1, state: 'recovering', groups, leader: name };
      return row.epoch;
    },
    current: async () => row,
    setBarrier: async () => true,
    extend: async () => true,
    setOrigin: async () => {
      throw new Error('drained');
    },
  };
  const gate = {
    requireWritable: async () => undefined,
    keptMasters: async (epoch: number) => (epoch === 1 ? [whole] : []),
    revokeBelow: revokes,
    begin: async () => ({ history: '', masters: [] }),
  };
  const log = {
    end: async () => ({}),
    passed: async () => true,
    isReadByOlder: async () => {
      const answer = readers[Math.min(asked, readers.length - 1)];
      asked += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const config = {
    ...loadConfig({
      NODE_ENV: 'test',
      DATABASE_URL: 'mariadb://u:p@127.0.0.1:1/vc',
      REDIS_URL: 'redis+cluster://127.0.0.1:1',
      KAFKA_BROKERS: '127.0.0.1:1',
      GATE_KEEPS_SLOTS: keeps,
    }),
    GATE_LEASE_MS: 0,
  };
  const recovery = new GateRecovery(
    config,
    epochs as never,
    gate as never,
    log as never,
    { drain: async () => 0 } as never,
    { vouchers: async () => [] } as never,
    clock,
    new Metrics(),
    { newestEpoch: async () => 0 } as never,
    new InstanceId(0),
  );
  const run = (seen: EpochRow): Promise<unknown> => {
    row = seen;
    return recovery.run(seen, 'a test says so', {
      above: 0,
      lost: () => SlotSet.NONE,
      raised: () => undefined,
    });
  };
  return { run, raised, clock, now: () => row, times: () => asked };
}

it('keeps slots where nobody of an older version reads the log, and once the log tells who does', async () => {
  const present = leader({ readers: [false] });
  await expect(present.run(ROW)).rejects.toThrow('drained');
  const silent = leader({ readers: [undefined, new Error('no broker answers'), undefined, false] });
  await expect(silent.run(ROW)).rejects.toThrow('drained');
  expect([present.raised, silent.raised, silent.times()]).toEqual([[[whole]], [[whole]], 4]);
});

it('keeps none while somebody of an older version reads it: that one cannot read a row which names slots', async () => {
  const { run, raised, times } = leader({ readers: [true] });
  await expect(run(ROW)).rejects.toThrow('drained');
  expect([raised, times()]).toEqual([[[]], 1]);
});

it('gives up what it keeps for one of an older version that comes after the epoch was raised', async () => {
  const { run, raised } = leader({ readers: [false, undefined, true] });
  await expect(run(ROW)).rejects.toThrow('an older version of this program reads the log');
  await expect(run({ ...ROW, state: 'recovering', epoch: 2, groups: GROUPED.groups })).rejects.toThrow(
    'drained',
  );
  expect(raised).toEqual([[whole], []]);
});

it('keeps what an older epoch has though one of an older version reads the log: a row without it would name it all the same', async () => {
  const { run, raised } = leader({ readers: [true] });
  await expect(run(GROUPED)).rejects.toThrow('drained');
  expect(raised).toEqual([[whole]]);
});

it('asks nobody where slots do not keep their epoch, or there is one server', async () => {
  const off = leader({ keeps: 'off', readers: [true] });
  await expect(off.run(ROW)).rejects.toThrow('drained');
  const single = leader({ readers: [true] });
  await expect(single.run({ ...ROW, masters: [] })).rejects.toThrow('drained');
  expect([off.raised, off.times(), single.raised, single.times()]).toEqual([[[]], 0, [[]], 0]);
});

it('raises the epoch ever more seldom while keys of the old one cannot be removed, and says why meanwhile', async () => {
  let isStuck = true;
  const revokes = async (): Promise<void> => {
    if (isStuck) throw new Error('a slot is half moved');
  };
  const { run, raised, clock, now } = leader({ readers: [false], revokes });
  const pauses: number[] = [];
  await expect(run(ROW)).rejects.toThrow('half moved');
  while (pauses.length < 10) {
    const [before, from] = [raised.length, clock.ms];
    for (;;) {
      await expect(run(now())).rejects.toThrow('half moved');
      if (raised.length > before) break;
      clock.pass(50);
    }
    pauses.push(clock.ms - from);
  }
  expect(pauses).toEqual([0, 0, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  // The epoch of somebody else is another matter.
  await expect(run({ ...now(), epoch: now().epoch + 1 })).rejects.toThrow('half moved');
  expect(raised).toHaveLength(12);
  isStuck = false;
  await expect(run(now())).rejects.toThrow('drained');
});
