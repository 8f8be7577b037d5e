import { reactive } from 'vue';
import { call } from '../api/client.js';
import type { Voucher } from '../api/types.js';

const known = reactive(new Map<string, Voucher>());
const asked = new Map<string, Promise<void>>();

/** The vouchers that claims are of, each asked for once while the page is open. One that is gone has no terms to show. */
export function useVouchers(): {
  of(id: string): Voucher | undefined;
  load(ids: readonly string[]): Promise<void>;
} {
  return {
    of: (id) => known.get(id),
    async load(ids) {
      await Promise.all(
        [...new Set(ids)].map((id) => {
          const asking = asked.get(id) ?? fetchOne(id);
          asked.set(id, asking);
          return asking;
        }),
      );
    },
  };
}

async function fetchOne(id: string): Promise<void> {
  const reply = await call('get', '/v1/vouchers/{id}', { params: { id } });
  if (reply.ok) known.set(id, reply.body);
  else if (reply.failure.status !== 404) asked.delete(id);
}
