import { ref, type Ref } from 'vue';
import type { Reply } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import { usePolling } from './polling.js';

export interface Live<T> {
  /** The last answer that came; it stays while later ones fail. */
  readonly data: Ref<T | undefined>;
  readonly failure: Ref<Failure | undefined>;
  readonly refresh: () => Promise<void>;
}

/** Keeps an answer fresh while the page is seen. Nothing is hidden by a failure: what was known is shown beside it. */
export function useLive<T>(ask: () => Promise<Reply<T>>, everyMs: number): Live<T> {
  const data: Ref<T | undefined> = ref();
  const failure = ref<Failure>();
  let latest = 0;

  const look = async (): Promise<number | undefined> => {
    const mine = ++latest;
    const reply = await ask();
    if (mine !== latest) return undefined; // a later question was asked meanwhile
    if (reply.ok) data.value = reply.body;
    failure.value = reply.ok ? undefined : reply.failure;
    return reply.ok ? undefined : reply.failure.retryAfterMs;
  };
  usePolling(look, everyMs).start();
  return { data, failure, refresh: async () => void (await look()) };
}
