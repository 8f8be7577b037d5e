import { computed, reactive, ref, type ComputedRef, type Ref } from 'vue';
import { call } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import type { Voucher, VoucherList } from '../api/types.js';
import { pageData } from '../lib/page-data.js';
import { usePolling } from './polling.js';
import { useStock, type StockView } from './stock.js';

const STATUSES = ['live', 'paused', 'scheduled', 'ended'] as const;
export type ListedStatus = (typeof STATUSES)[number];
const REFRESH_MS = 15_000;
const PAGE = 20;

export interface DropLists extends Omit<StockView, 'look'> {
  readonly lists: Readonly<Partial<Record<ListedStatus, VoucherList>>>;
  readonly loaded: ComputedRef<boolean>;
  readonly failure: Ref<Failure | undefined>;
  readonly load: () => Promise<number | undefined>;
  readonly more: (status: ListedStatus) => Promise<void>;
}

/** The first pages of drops by status, looked at again now and then; more of each on demand. */
export function useDropLists(): DropLists {
  const lists = reactive<Partial<Record<ListedStatus, VoucherList>>>({ ...pageData().drops });
  const failure = ref<Failure>();
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

  // What came with the page is seconds old at most.
  usePolling(load, REFRESH_MS, loaded.value ? REFRESH_MS : 0).start();
  /** All that can still be claimed, and once what is over: that no longer changes. */
  const watched = (): readonly Voucher[] => [
    ...(['live', 'paused', 'scheduled'] as const).flatMap((status) => lists[status]?.data ?? []),
    ...(lists.ended?.data ?? []).filter(({ id }) => stockOf(id)?.status !== 'ended'),
  ];
  const { stockOf, old } = useStock(watched, pageData().availabilities?.data ?? [], load);
  return { lists, stockOf, old, loaded, failure, load, more };
}
