import { expect, it } from '@jest/globals';
import { newId } from '../../../src/common/ids.js';
import { modeOf } from '../../../src/common/mode.js';
import { Problem } from '../../../src/common/problems.js';
import { SimulatedCrowd } from '../../../src/rehearsal/simulated-crowd.js';
import { LeapingClock } from '../../support/manual-clock.js';

type Parts = ConstructorParameters<typeof SimulatedCrowd>;
type Decide = Parts[1]['decide'];

const stage = {
  shadowId: newId('vch', Date.now(), 'test'),
  merchantId: newId('mer', Date.now(), 'test'),
  rate: 1_000,
  seconds: 1,
  from: 0,
};

/** A crowd before an installation that answers by `decide`, with so many requests of others under way. */
function crowdBefore(decide: Decide, others = 0): SimulatedCrowd {
  const config = { MAX_IN_FLIGHT_REQUESTS: 100, IN_FLIGHT_BURST_MS: 0, REHEARSAL_LAG_MS: 1_000 };
  const parts = [
    config,
    { decide },
    { protectionOf: () => Promise.resolve(undefined) },
    { now: others },
    { pendingSize: () => Promise.resolve({ size: 0 }), now: () => Promise.resolve(Date.now()) },
    { known: 1 },
    { read: { query: () => Promise.resolve([{ issued: 0 }]) } },
    new LeapingClock(),
  ];
  return new SimulatedCrowd(...(parts as unknown as Parts));
}

it('everybody comes once, in test mode, and every claim is counted once', async () => {
  const people: string[] = [];
  const crowd = crowdBefore(({ actor }, done) => {
    people.push(actor.userId);
    done(people.length % 10 === 0 ? new Problem('sold_out') : ({} as never));
  });
  const counts = await crowd.offer(stage, new AbortController().signal);
  expect(counts).toMatchObject({ offered: 1_000, accepted: 900, shed: 0, refused: { sold_out: 100 } });
  expect(new Set(people).size).toBe(1_000);
  expect(new Set(people.map(modeOf))).toEqual(new Set(['test']));
});

it('the first claim that load shedding refuses ends the step, and real requests are not counted with it', async () => {
  const crowd = crowdBefore(() => {
    throw new Error('nothing is let through');
  }, 100);
  const counts = await crowd.offer(stage, new AbortController().signal);
  expect(counts).toMatchObject({ offered: 1, accepted: 0, shed: 1, refused: {} });
});

it('a crowd that is told to stop claims nothing', async () => {
  const crowd = crowdBefore(() => {
    throw new Error('it was stopped');
  });
  expect(await crowd.offer(stage, AbortSignal.abort())).toMatchObject({ offered: 0, p99Ms: null });
});
