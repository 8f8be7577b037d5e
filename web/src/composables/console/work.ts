import { ref, type Ref } from 'vue';
import type { Reply } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';

interface Work {
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Ref<Failure | undefined>;
  /** @returns what was answered, or nothing where it was refused, or something else is being done */
  readonly run: <T>(ask: () => Promise<Reply<T>>) => Promise<T | undefined>;
}

/** One thing after the other, and why the last one was refused. */
export function useWork(): Work {
  const busy = ref(false);
  const failure = ref<Failure>();
  async function run<T>(ask: () => Promise<Reply<T>>): Promise<T | undefined> {
    if (busy.value) return undefined;
    [busy.value, failure.value] = [true, undefined];
    const reply = await ask();
    busy.value = false;
    if (reply.ok) return reply.body;
    failure.value = reply.failure;
    return undefined;
  }
  return { busy, failure, run };
}
