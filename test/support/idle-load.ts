import { EmbeddedBroadcast } from '../../src/broadcast/broadcast.embedded.js';
import { BackgroundPace } from '../../src/claim/issue/background-pace.js';
import { ClaimLoad } from '../../src/claim/issue/claim-load.js';
import type { Clock } from '../../src/common/clock.js';
import { Metrics } from '../../src/observability/metrics.js';

const IDLE = { now: 0 };

/** Of a process without requests. */
export const idleLoad = (clock: Clock): ClaimLoad =>
  new ClaimLoad({ MAX_IN_FLIGHT_REQUESTS: 1_000 }, IDLE, clock, new EmbeddedBroadcast());

/** Nothing waits. */
export const idlePace = (clock: Clock): BackgroundPace =>
  new BackgroundPace(idleLoad(clock), clock, new Metrics());
