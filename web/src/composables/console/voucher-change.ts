import { ref, type ComputedRef, type Ref } from 'vue';
import { call } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';
import type { UpdateVoucher } from '../../api/types.js';
import { useFieldWords } from '../field-words.js';
import { useOwnVoucher } from './voucher.js';

interface VoucherChange {
  readonly busy: Readonly<Ref<boolean>>;
  /** What was done last. */
  readonly said: Ref<string>;
  readonly refused: Ref<Failure | undefined>;
  /** With what is wrong in the chosen language. */
  readonly failure: ComputedRef<Failure | undefined>;
  /** @param words what is said when it is stored @returns whether it is */
  readonly save: (change: UpdateVoucher, words: string) => Promise<boolean>;
}

/** One term of the voucher that is stored at once, apart from the form. */
export function useVoucherChange(): VoucherChange {
  const own = useOwnVoucher();
  const busy = ref(false);
  const said = ref('');
  const refused = ref<Failure>();
  const failure = useFieldWords(refused);

  async function save(change: UpdateVoucher, words: string): Promise<boolean> {
    const voucher = own.voucher.value;
    if (busy.value || !voucher) return false;
    [said.value, refused.value, busy.value] = ['', undefined, true];
    const reply = await call('patch', '/v1/vouchers/{id}', {
      params: { id: voucher.id },
      headers: { 'if-match': own.etag.value },
      body: change,
    });
    busy.value = false;
    if (reply.ok) {
      own.show(reply.body, reply.headers);
      said.value = words;
      return true;
    }
    refused.value = reply.failure;
    // Somebody else, or time, has changed it: what is shown is no longer what is there.
    if (reply.failure.code === 'precondition_failed') await own.load();
    return false;
  }
  return { busy, said, refused, failure, save };
}
