import { onScopeDispose } from 'vue';
import { jittered } from '../lib/backoff.js';

/** What has not answered by then is asked again. */
export const ANSWER_WITHIN_MS = 5_000;

export interface Polling {
  start(): void;
  stop(): void;
}

/**
 * Asks again and again while the page is seen, each time a little earlier or later, so that a crowd does not ask in step.
 * @param firstInMs when to look for the first time
 * @param look resolves to how long to wait before the next look where it knows better (a `Retry-After`), in milliseconds
 */
export function usePolling(look: () => Promise<number | undefined>, everyMs: number, firstInMs = 0): Polling {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;

  const next = (waitMs: number): void => {
    clearTimeout(timer);
    if (running && !document.hidden) timer = setTimeout(() => void ask(), waitMs);
  };
  const ask = async (): Promise<void> => {
    const asked = await look().catch(() => undefined);
    next(jittered(Math.max(everyMs, asked ?? 0), Math.random));
  };
  const onVisible = (): void => {
    clearTimeout(timer);
    if (running && !document.hidden) void ask();
  };

  const stop = (): void => {
    running = false;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
    removeEventListener('online', onVisible);
  };
  onScopeDispose(stop);
  return {
    start: () => {
      if (running) return;
      running = true;
      document.addEventListener('visibilitychange', onVisible);
      // The connection is back: no reason to wait any longer.
      addEventListener('online', onVisible);
      if (firstInMs > 0) next(firstInMs);
      else onVisible();
    },
    stop,
  };
}
