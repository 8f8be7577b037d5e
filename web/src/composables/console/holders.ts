import { ref, type Ref } from 'vue';
import { call } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';
import type { MerchantClaimList } from '../../api/types.js';

export type Holder = MerchantClaimList['data'][number];

/** Some 60 sheets of paper; whoever expects more people has a scanner at the door. */
export const HOLDERS_MAX = 2_000;
const PAGE = 100;

interface Holders {
  readonly holders: Ref<readonly Holder[]>;
  /** There are more of them than fit the list. */
  readonly cut: Ref<boolean>;
  readonly busy: Ref<boolean>;
  readonly failure: Ref<Failure | undefined>;
  readonly load: () => Promise<void>;
}

/** Everybody who holds a claim on a voucher that can be redeemed, page by page. */
export function useHolders(voucherId: string): Holders {
  const [holders, cut, busy] = [ref<readonly Holder[]>([]), ref(false), ref(false)];
  const failure = ref<Failure>();

  async function load(): Promise<void> {
    busy.value = true;
    failure.value = undefined;
    const all: Holder[] = [];
    let more = true;
    while (more && all.length < HOLDERS_MAX) {
      const after = all.at(-1)?.id;
      const reply = await call('get', '/v1/vouchers/{id}/claims', {
        params: { id: voucherId },
        query: { status: 'issued', limit: PAGE, ...(after === undefined ? {} : { starting_after: after }) },
      });
      if (!reply.ok) {
        failure.value = reply.failure;
        break;
      }
      all.push(...reply.body.data);
      more = reply.body.has_more;
    }
    busy.value = false;
    if (failure.value) return;
    holders.value = all;
    cut.value = more;
  }
  return { holders, cut, busy, failure, load };
}
