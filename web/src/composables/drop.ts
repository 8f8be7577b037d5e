import { computed, ref, watch, type ComputedRef, type Ref } from 'vue';
import { call } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import type { Availability, Voucher } from '../api/types.js';
import { dropView, hasMore, stockNews, type DropView, type StockNews } from '../lib/drop.js';
import { pageData } from '../lib/page-data.js';
import { useServerTime } from './clock.js';
import { useLive } from './event-stream.js';
import { useMerchantFacts, type MerchantFacts } from './merchant-facts.js';
import { ANSWER_WITHIN_MS } from './polling.js';

const POLL_MS = 2_500;

export interface DropState {
  readonly voucher: Ref<Voucher | undefined>;
  readonly view: ComputedRef<DropView | undefined>;
  /** Place, terms and contact of whose drop it is. */
  readonly merchant: Ref<MerchantFacts | undefined>;
  readonly now: Readonly<Ref<number>>;
  /** The latest thing that is worth saying aloud. */
  readonly news: Ref<StockNews>;
  readonly failure: Ref<Failure | undefined>;
  /** The stock that is shown was not renewed for a while: the server may be away. */
  readonly old: Readonly<Ref<boolean>>;
  readonly load: () => Promise<void>;
}

/** A drop as it is this moment: its terms, its stock live, its state by the server's clock. */
export function useDrop(id: string): DropState {
  const first = pageData();
  const voucher = ref<Voucher | undefined>(first.voucher?.id === id ? first.voucher : undefined);
  const availability = ref<Availability | undefined>(
    first.availability?.voucher_id === id ? first.availability : undefined,
  );
  const { merchant, load: loadMerchant } = useMerchantFacts(
    (first.voucher?.id === id && first.merchant) || undefined,
  );
  const failure = ref<Failure>();
  const news = ref<StockNews>();
  const now = useServerTime();
  const view = computed(() => voucher.value && dropView(voucher.value, availability.value, now.value));

  const live = useLive({
    url: `/v1/vouchers/${encodeURIComponent(id)}/events`,
    event: 'availability',
    onData: (data) => show(JSON.parse(data) as Availability),
    poll: async () => {
      const reply = await call('get', '/v1/vouchers/{id}/availability', {
        params: { id },
        timeoutMs: ANSWER_WITHIN_MS,
      });
      if (reply.ok) show(reply.body);
      return { renewed: reply.ok, waitMs: reply.ok ? undefined : reply.failure.retryAfterMs };
    },
    pollMs: POLL_MS,
    beats: true,
  });

  function show(next: Availability): void {
    // Streams and polls overlap for a moment; old news is dropped.
    if (availability.value && next.as_of < availability.value.as_of) return;
    const changed =
      (availability.value !== undefined && availability.value.status !== next.status) ||
      hasMore(availability.value, next, voucher.value?.total_stock ?? Infinity);
    availability.value = next;
    if (changed) void load();
  }

  async function load(): Promise<void> {
    const reply = await call('get', '/v1/vouchers/{id}', { params: { id } });
    if (reply.ok) {
      voucher.value = reply.body;
      failure.value = undefined;
      live.start();
      if (!merchant.value && reply.body.merchant) void loadMerchant(reply.body.merchant.id);
    } else if (!voucher.value || reply.failure.status === 404) failure.value = reply.failure;
  }

  watch(view, (after, before) => {
    if (!before || !after || !voucher.value) return;
    const heard = stockNews(before, after, voucher.value.total_stock);
    if (heard) news.value = heard;
  });
  if (voucher.value) live.start();
  else void load();
  return { voucher, view, merchant, now, news, failure, old: live.old, load };
}
