import { onScopeDispose, type Ref } from 'vue';
import type { StreamPlace } from '../lib/stream-places.js';
import { useFreshness } from './freshness.js';
import { usePolling } from './polling.js';
import { streamPlaces } from './stream-places.js';

/** After a stream broke for good, it is tried again now and then; until then there is polling. */
const STREAM_AGAIN_MS = 30_000;
/** A stream that is silent from its start on is taken for broken: some proxies hold back what they should pass on. */
const FIRST_EVENT_MS = 5_000;

export interface LiveSource {
  /** Address of the server-sent events. */
  readonly url: string;
  readonly event: string;
  readonly onData: (data: string) => void;
  /** Asks once, where there is no stream. */
  readonly poll: () => Promise<Polled>;
  readonly pollMs: number;
  /** The stream has heartbeats: one that falls silent is broken. */
  readonly beats?: boolean;
}

/** What came of asking: whether there was an answer, and a wait that the server asked for, ms. */
export interface Polled {
  readonly renewed: boolean;
  readonly waitMs?: number | undefined;
}

export interface Live {
  /** Whether nothing was heard for so long that what is known may no longer be so. */
  readonly old: Readonly<Ref<boolean>>;
  start(): void;
  stop(): void;
}

/**
 * News by a stream, and by polling while there is none. A hidden tab holds no connection: a browser has six of them for a
 * site, and a crowd's forgotten tabs would be watchers too.
 */
export function useLive({ url, event, onData, poll, pollMs, beats = false }: LiveSource): Live {
  const freshness = useFreshness(() => stream && beats && fallBack());
  const polling = usePolling(async () => {
    const { renewed, waitMs } = await poll();
    if (renewed) freshness.renewed();
    return waitMs;
  }, pollMs);
  let stream: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;

  let place: StreamPlace | undefined;
  /** Counts openings: one that was overtaken while it asked for a place opens nothing. */
  let opening = 0;

  const close = (): void => {
    opening += 1;
    clearTimeout(timer);
    stream?.close();
    stream = undefined;
    place?.leave();
    place = undefined;
  };
  const fallBack = (): void => {
    close();
    if (!running) return;
    polling.start();
    timer = setTimeout(open, STREAM_AGAIN_MS * (0.75 + Math.random() / 2));
  };
  const open = (): void => void openAtOnce();
  const openAtOnce = async (): Promise<void> => {
    close();
    if (!running || document.hidden) return;
    const mine = opening;
    const taken = await streamPlaces().take(fallBack);
    if (mine !== opening) return void taken?.leave();
    if (!taken) return fallBack();
    place = taken;
    stream = new EventSource(url);
    timer = setTimeout(fallBack, FIRST_EVENT_MS);
    stream.addEventListener(event, (message: MessageEvent<string>) => {
      clearTimeout(timer);
      polling.stop();
      freshness.renewed();
      onData(message.data);
    });
    stream.addEventListener('heartbeat', freshness.renewed);
    // The browser would connect again by itself, in step with everybody whose instance went away.
    stream.addEventListener('error', fallBack);
  };
  const onVisible = (): void => (document.hidden ? close() : open());

  const stop = (): void => {
    running = false;
    close();
    polling.stop();
    freshness.stop();
    document.removeEventListener('visibilitychange', onVisible);
    removeEventListener('online', open);
  };
  onScopeDispose(stop);
  return {
    old: freshness.old,
    start: () => {
      if (running) return;
      running = true;
      freshness.start();
      document.addEventListener('visibilitychange', onVisible);
      addEventListener('online', open);
      open();
    },
    stop,
  };
}
