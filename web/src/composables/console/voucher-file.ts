import { computed, nextTick, ref, shallowRef, useTemplateRef, type ComputedRef, type Ref } from 'vue';
import { upload, type Reply } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';
import { useOwnVoucher } from './voucher.js';

/** What a merchant brings along for a voucher as a CSV file: a list of people, or codes. */
interface VoucherFileOptions<State> {
  readonly method: 'post' | 'put';
  readonly url: (voucherId: string) => string;
  readonly read: (voucherId: string) => Promise<Reply<State>>;
  readonly remove: (voucherId: string) => Promise<Reply<State>>;
  readonly saved: (state: State) => string;
  readonly removed: () => string;
  /** Whether there is one, to which a voucher that runs takes another. */
  readonly isThere: (state: State) => boolean;
  /** Faults of a file as a whole. */
  readonly faults: readonly string[];
}

interface VoucherFile<State> {
  readonly state: Readonly<Ref<State | undefined>>;
  readonly failure: Readonly<Ref<Failure | undefined>>;
  /** What was done last. */
  readonly said: Ref<string>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly isDraft: ComputedRef<boolean>;
  readonly mayUpload: ComputedRef<boolean>;
  /** Which of the faults the file has. */
  readonly wrongFile: ComputedRef<string | undefined>;
  readonly load: () => Promise<void>;
  readonly send: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Stored at once, apart from the form. The state is loaded by itself; the file is chosen with the part's `ref="file"`. */
export function useVoucherFile<State>(options: VoucherFileOptions<State>): VoucherFile<State> {
  const own = useOwnVoucher();
  const state = shallowRef<State>();
  const failure = ref<Failure>();
  const said = ref('');
  const busy = ref(false);
  const file = useTemplateRef<HTMLInputElement>('file');
  const id = computed(() => own.voucher.value?.id ?? '');
  const status = computed(() => own.voucher.value?.status ?? 'archived');
  const isDraft = computed(() => status.value === 'draft');
  const isOver = computed(() => ['ended', 'archived'].includes(status.value));
  const mayUpload = computed(
    () => isDraft.value || (state.value !== undefined && options.isThere(state.value) && !isOver.value),
  );
  const wrongFile = computed(
    () => failure.value?.errors.find(({ code }) => options.faults.includes(code))?.code,
  );

  async function load(): Promise<void> {
    const reply = await options.read(id.value);
    if (reply.ok) state.value = reply.body;
    else failure.value = reply.failure;
  }

  async function store(work: () => Promise<Reply<State>>, words: (next: State) => string): Promise<void> {
    [said.value, failure.value, busy.value] = ['', undefined, true];
    const reply = await work();
    if (reply.ok) {
      state.value = reply.body;
      said.value = words(reply.body);
      // The version of the voucher has changed with it: what is typed in the form is saved against the new one.
      await own.load();
    } else failure.value = reply.failure;
    busy.value = false;
  }

  async function send(): Promise<void> {
    const chosen = file.value?.files?.[0];
    if (!chosen || busy.value) return;
    // Some systems call a CSV file a spreadsheet.
    const csv = new Blob([chosen], { type: 'text/csv' });
    await store(() => upload<State>(options.method, options.url(id.value), csv), options.saved);
    if (file.value) file.value.value = '';
  }

  async function remove(): Promise<void> {
    if (busy.value) return;
    await store(() => options.remove(id.value), options.removed);
    await nextTick();
    file.value?.focus();
  }

  void load();
  return { state, failure, said, busy, isDraft, mayUpload, wrongFile, load, send, remove };
}
