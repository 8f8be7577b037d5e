import { ref, type Ref } from 'vue';
import { call } from '../api/client.js';
import type { ClaimMerchant } from '../api/types.js';

/** Place, terms and contact of a merchant. */
export type MerchantFacts = Pick<ClaimMerchant, 'address' | 'terms' | 'contact'>;

interface MerchantFactsState {
  readonly merchant: Ref<MerchantFacts | undefined>;
  readonly load: (id: string) => Promise<void>;
}

/**
 * What a merchant tells everybody. A page is complete without it: nothing is said where it cannot be read.
 * @param known what the page came with
 */
export function useMerchantFacts(known?: MerchantFacts): MerchantFactsState {
  const merchant = ref(known);
  async function load(id: string): Promise<void> {
    const reply = await call('get', '/v1/merchants/{id}', { params: { id } });
    if (reply.ok) merchant.value = reply.body;
  }
  return { merchant, load };
}
