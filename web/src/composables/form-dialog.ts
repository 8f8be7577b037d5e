import { nextTick, ref, type ComputedRef, type Ref } from 'vue';
import type { Done, Reply } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import { useFieldWords } from './field-words.js';

export interface FormDialog {
  /** Of `FormDialog.vue`, which shows all this. */
  readonly dialog: Ref<HTMLDialogElement | undefined>;
  readonly busy: Readonly<Ref<boolean>>;
  /** Why the last try was refused, with the words of this language at the fields. */
  readonly failure: ComputedRef<Failure | undefined>;
  open(): void;
  /** Shows what the page itself finds wrong. */
  refuse(why: Failure): Promise<void>;
  /**
   * Sends what was filled in, and closes the dialog if that is done.
   * @returns the answer if it is a yes, and whether the dialog was opened again before it came; nothing if it was refused
   */
  send<T>(ask: () => Promise<Reply<T>>): Promise<(Done<T> & { readonly late: boolean }) | undefined>;
}

/**
 * A form in a dialog. It can be given up and opened again while a request is on its way: an answer belongs to the opening that sent the
 * request, and one that comes late neither closes the next one nor says anything in it.
 */
export function useFormDialog(): FormDialog {
  const dialog = ref<HTMLDialogElement>();
  const busy = ref(false);
  const refused = ref<Failure>();
  let opening = 0;

  async function refuse(why: Failure): Promise<void> {
    refused.value = why;
    await nextTick();
    dialog.value?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }
  return {
    dialog,
    busy,
    failure: useFieldWords(refused),
    open: () => {
      opening += 1;
      [busy.value, refused.value] = [false, undefined];
      dialog.value?.showModal();
    },
    refuse,
    send: async (ask) => {
      const asking = opening;
      [busy.value, refused.value] = [true, undefined];
      const reply = await ask();
      const late = asking !== opening;
      if (!late) {
        busy.value = false;
        if (reply.ok) dialog.value?.close();
        else await refuse(reply.failure);
      }
      return reply.ok ? { ...reply, late } : undefined;
    },
  };
}
