import { computed, reactive, ref, type ComputedRef, type Ref } from 'vue';
import { call } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import type { Availability, Voucher, VoucherList } from '../api/types.js';
import { hasMore } from '../lib/drop.js';
import { pageData } from '../lib/page-data.js';
import { useFreshness } from './freshness.js';
import { usePolling } from './polling.js';

const STATUSES = ['live', 'paused', 'scheduled', 'ended'] as const;
export type ListedStatus = (typeof STATUSES)[number];
const REFRESH_MS = 15_000;
const STOCK_MS = 2_500;
/** What has not answered by then is asked again. */
const STOCK_TIMEOUT_MS = 5_000;
/** As many as one question may name. */
const STOCK_MAX = 100;
const PAGE = 20;

export interface DropLists {
  readonly lists: Readonly<Partial<Record<ListedStatus, VoucherList>>>;
  /** What is left of a voucher, where that is known. */
  readonly stockOf: (id: string) => Availability | undefined;
  /** The numbers were not renewed for a while: the server may be away. */
  readonly old: Readonly<Ref<boolean>>;
  readonly loaded: ComputedRef<boolean>;
  readonly failure: Ref<Failure | undefined>;
  readonly load: () => Promise<number | undefined>;
  readonly more: (status: ListedStatus) => Promise<void>;
}

/** The first pages of drops by status, looked at again now and then; more of each on demand. */
export function useDropLists(): DropLists {
  const lists = reactive<Partial<Record<ListedStatus, VoucherList>>>({ ...pageData().drops });
  const failure = ref<Failure>();
  const stock = reactive(
    new Map((pageData().availabilities?.data ?? []).map((one) => [one.voucher_id, one])),
  );
  const freshness = useFreshness();
  const loaded = computed(() => STATUSES.every((status) => lists[status] !== undefined));

  async function load(): Promise<number | undefined> {
    const replies = await Promise.all(
      STATUSES.map((status) => call('get', '/v1/vouchers', { query: { status, limit: PAGE } })),
    );
    let waitMs: number | undefined;
    failure.value = undefined;
    replies.forEach((reply, index) => {
      const status = STATUSES[index];
      if (status === undefined) return;
      if (reply.ok) {
        // Pages that were asked for beyond the first stay as they are.
        if ((lists[status]?.data.length ?? 0) <= PAGE) lists[status] = reply.body;
      } else {
        failure.value = reply.failure;
        waitMs = Math.max(waitMs ?? 0, reply.failure.retryAfterMs ?? 0);
      }
    });
    return waitMs;
  }

  async function more(status: ListedStatus): Promise<void> {
    const have = lists[status]?.data ?? [];
    const last: Voucher | undefined = have.at(-1);
    const query = { status, limit: PAGE, ...(last ? { starting_after: last.id } : {}) };
    const reply = await call('get', '/v1/vouchers', { query });
    if (reply.ok) lists[status] = { ...reply.body, data: [...have, ...reply.body.data] };
    else failure.value = reply.failure;
  }

  /** Of all that can still be claimed. */
  async function lookAtStock(): Promise<number | undefined> {
    const shown = (['live', 'paused', 'scheduled'] as const).flatMap((status) => lists[status]?.data ?? []);
    const asked = shown.slice(0, STOCK_MAX);
    if (asked.length === 0) {
      freshness.stop();
      return undefined;
    }
    const query = { voucher_ids: asked.map(({ id }) => id).join(',') };
    const reply = await call('get', '/v1/availabilities', { query, timeoutMs: STOCK_TIMEOUT_MS });
    if (!reply.ok) return reply.failure.retryAfterMs;
    freshness.renewed();
    const found = new Map(reply.body.data.map((one) => [one.voucher_id, one]));
    // It has opened, was paused, or is over, and belongs elsewhere on the page now; or units were added.
    const changed = asked.some(
      ({ id, status, total_stock: total }) =>
        found.get(id)?.status !== status || hasMore(stock.get(id), found.get(id), total),
    );
    for (const [id, one] of found) stock.set(id, one);
    if (changed) await load();
    return undefined;
  }

  // What came with the page is seconds old at most.
  usePolling(load, REFRESH_MS, loaded.value ? REFRESH_MS : 0).start();
  usePolling(lookAtStock, STOCK_MS, STOCK_MS).start();
  freshness.start();
  return { lists, stockOf: (id) => stock.get(id), old: freshness.old, loaded, failure, load, more };
}
