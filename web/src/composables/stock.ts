import { reactive, type Ref } from 'vue';
import { call } from '../api/client.js';
import type { Availability, Voucher } from '../api/types.js';
import { hasMore } from '../lib/drop.js';
import { useFreshness } from './freshness.js';
import { ANSWER_WITHIN_MS, usePolling } from './polling.js';

const EVERY_MS = 2_500;
/** As many as one question may name. */
const MAX = 100;

export interface StockView {
  /** What is left of a voucher, where that is known. */
  readonly stockOf: (id: string) => Availability | undefined;
  /** The numbers were not renewed for a while: the server may be away. */
  readonly old: Readonly<Ref<boolean>>;
  /** Asks now: the list is another one. */
  readonly look: () => Promise<unknown>;
}

/**
 * What is left of the vouchers of a list, asked for all at once, again and again.
 * @param shown those that shoppers may see
 * @param first what came with the page
 * @param changed called when the list itself is no longer right: one of them has opened, was paused, is over, or got more units
 */
export function useStock(
  shown: () => readonly Voucher[],
  first: readonly Availability[],
  changed: () => Promise<unknown>,
): StockView {
  const stock = reactive(new Map(first.map((one) => [one.voucher_id, one])));
  const freshness = useFreshness();

  async function look(): Promise<number | undefined> {
    const asked = shown().slice(0, MAX);
    if (asked.length === 0) {
      freshness.stop();
      return undefined;
    }
    const query = { voucher_ids: asked.map(({ id }) => id).join(',') };
    const reply = await call('get', '/v1/availabilities', { query, timeoutMs: ANSWER_WITHIN_MS });
    if (!reply.ok) return reply.failure.retryAfterMs;
    freshness.renewed();
    const found = new Map(reply.body.data.map((one) => [one.voucher_id, one]));
    const moved = asked.some(
      ({ id, status, total_stock: total }) =>
        found.get(id)?.status !== status || hasMore(stock.get(id), found.get(id), total),
    );
    for (const [id, one] of found) stock.set(id, one);
    if (moved) await changed();
    return undefined;
  }

  usePolling(look, EVERY_MS, first.length > 0 ? EVERY_MS : 0).start();
  freshness.start();
  return { stockOf: (id) => stock.get(id), old: freshness.old, look };
}
