import { nextTick, ref, type Ref } from 'vue';
import type { Reply } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';

export interface AskedReason {
  readonly reason: Ref<string>;
  /** Why the last try was refused. */
  readonly refused: Ref<Failure | undefined>;
  /** @returns the answer; nothing where it was given up */
  readonly send: <T>(post: (reason: string) => Promise<Reply<T>>) => Promise<Reply<T> | undefined>;
}

/**
 * Asks for the reason of what an administrator does.
 * @param dialog the `ConfirmDialog` with the field
 */
export function useReason(
  dialog: Readonly<Ref<{ ask(): Promise<boolean> } | null | undefined>>,
): AskedReason {
  const reason = ref('');
  const refused = ref<Failure>();
  return {
    reason,
    refused,
    send: async (post) => {
      reason.value = '';
      refused.value = undefined;
      await nextTick();
      while (await dialog.value?.ask()) {
        const reply = await post(reason.value);
        refused.value = reply.ok ? undefined : reply.failure;
        // A reason that is missing is asked for again, with the error at its field.
        if (reply.ok || reply.failure.code !== 'validation_failed') return reply;
      }
      refused.value = undefined;
      return undefined;
    },
  };
}
