import { onScopeDispose, ref, type Ref } from 'vue';
import { call } from '../api/client.js';
import { pageData } from '../lib/page-data.js';
import { ServerClock } from '../lib/server-clock.js';

/** After such a while in the background the device may have slept, and the monotonic clock with it. */
const ASK_AGAIN_MS = 60_000;
const TICK_MS = 200;

const clock = new ServerClock(
  async () => {
    const reply = await call('get', '/v1/time', { timeoutMs: 5_000 });
    return reply.ok ? Date.parse(reply.body.now) : undefined;
  },
  () => performance.now(),
  () => Date.now(),
);
clock.seed(Date.parse(pageData().now ?? ''));
let measuredAt = -Infinity;
let measuring: Promise<void> | undefined;

async function measure(): Promise<void> {
  measuring ??= clock
    .measure()
    .then((answered) => void (measuredAt = answered ? Date.now() : measuredAt))
    .finally(() => (measuring = undefined));
  await measuring;
}

/** The server's time at this moment, as well as it is known. */
export const serverNow = (): number => clock.now();

/** The server's time, ticking. */
export function useServerTime(): Readonly<Ref<number>> {
  const now = ref(clock.now());
  const timer = setInterval(() => (now.value = clock.now()), TICK_MS);
  const look = (): void => {
    if (!document.hidden && Math.abs(Date.now() - measuredAt) > ASK_AGAIN_MS) {
      void measure().then(() => (now.value = clock.now()));
    }
  };
  document.addEventListener('visibilitychange', look);
  look();
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
  });
  return now;
}
