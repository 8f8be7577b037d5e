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
