import { ref, type Ref } from 'vue';
import type { Reply } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';
import type { Schemas } from '../../../../clients/typescript/src/types.js';

export type Webhook = Schemas['Webhook'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
type EventType = Exclude<Schemas['WebhookEventType'], '*'>;

/** In the order of a claim's life, then that of a voucher. */
const EVENTS: Readonly<Record<EventType, true>> = {
  'claim.held': true,
  'claim.released': true,
  'claim.issued': true,
  'claim.rejected': true,
  'claim.redeemed': true,
  'claim.redemption_rolled_back': true,
  'claim.expired': true,
  'claim.reinstated': true,
  'claim.cancelled': true,
  'waiting_list.offered': true,
  'voucher.published': true,
  'voucher.opened': true,
  'voucher.paused': true,
  'voucher.resumed': true,
  'voucher.ended': true,
  'voucher.archived': true,
  'voucher.updated': true,
  'voucher.stock_adjusted': true,
};
export const WEBHOOK_EVENTS = Object.keys(EVENTS) as readonly EventType[];

interface Work {
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Ref<Failure | undefined>;
  /** @returns what was answered, or nothing where it was refused, or something else is being done */
  readonly run: <T>(ask: () => Promise<Reply<T>>) => Promise<T | undefined>;
}

/** One thing after the other, and why the last one was refused. */
export function useWork(): Work {
  const busy = ref(false);
  const failure = ref<Failure>();
  async function run<T>(ask: () => Promise<Reply<T>>): Promise<T | undefined> {
    if (busy.value) return undefined;
    [busy.value, failure.value] = [true, undefined];
    const reply = await ask();
    busy.value = false;
    if (reply.ok) return reply.body;
    failure.value = reply.failure;
    return undefined;
  }
  return { busy, failure, run };
}
