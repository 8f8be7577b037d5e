import { z } from 'zod';
import { rfc3339 } from '../common/clock.js';
import { eventSchema } from '../common/event-schema.js';
import { newId } from '../common/ids.js';
import type { PackRow } from '../database/outbox.js';
import type { VoucherStatus } from './domain/lifecycle.js';
import { MAX_STOCK } from './domain/terms.js';
import { voucherAnswer } from './voucher.dto.js';
import type { Voucher } from './voucher.entity.js';
import { viewOf, voucherBody } from './voucher.view.js';

const VERSION = 1;
const [EXAMPLE] = z.globalRegistry.get(voucherAnswer)?.examples as [Readonly<Record<string, unknown>>];
/** Events go to the merchant, who knows its own card; and they are kept, while the card changes. */
const { merchant: _card, ...SHAPE } = voucherAnswer.shape;
const { merchant: _example, ...EVENT_EXAMPLE } = EXAMPLE;

const members = z.strictObject(SHAPE).meta({ id: 'VoucherInEvent' });
const adjustment = z.strictObject({
  number: z.int().min(1).meta({ description: 'of the entry in the stock ledger' }),
  delta: z.int().min(-MAX_STOCK).max(MAX_STOCK).meta({ description: 'units added; below 0 taken away' }),
  reason: z.string(),
});

const voucherEvent = <const Type extends string>(type: Type, description: string, status?: VoucherStatus) =>
  eventSchema(type, VERSION, members, {
    description,
    example: { ...EVENT_EXAMPLE, ...(status === undefined ? {} : { status }) },
  });

/** What is told of a voucher from its publication on: the whole voucher as it is afterwards. A draft is nobody else's matter. */
export const VOUCHER_EVENTS = {
  'voucher.published': voucherEvent('voucher.published', 'A draft was published.', 'scheduled'),
  'voucher.opened': voucherEvent('voucher.opened', 'The window of a scheduled voucher has begun.', 'live'),
  'voucher.paused': voucherEvent('voucher.paused', 'The merchant paused it.', 'paused'),
  'voucher.resumed': voucherEvent('voucher.resumed', 'The merchant resumed it.', 'live'),
  'voucher.ended': voucherEvent(
    'voucher.ended',
    'It was ended by the merchant, or by time at `closes_at`.',
    'ended',
  ),
  'voucher.archived': voucherEvent('voucher.archived', 'The merchant put it away.', 'archived'),
  'voucher.updated': voucherEvent('voucher.updated', 'Its terms were changed after publication.'),
  'voucher.stock_adjusted': eventSchema(
    'voucher.stock_adjusted',
    VERSION,
    z.strictObject({ ...SHAPE, adjustment }),
    {
      description: 'Units were added or taken away; `total_stock` is what there are now.',
      example: {
        ...EVENT_EXAMPLE,
        adjustment: { number: 1, delta: 100, reason: 'more seats in the afternoon' },
      },
    },
  ),
} as const;

export type VoucherEventType = keyof typeof VOUCHER_EVENTS;

/** Which event a stored change is; none for what happens to a draft. */
export function eventOfChange(from: VoucherStatus, to: VoucherStatus): VoucherEventType | undefined {
  if (from === to) return from === 'draft' ? undefined : 'voucher.updated';
  if (from === 'draft') return 'voucher.published';
  switch (to) {
    case 'live':
      return from === 'paused' ? 'voucher.resumed' : 'voucher.opened';
    case 'paused':
      return 'voucher.paused';
    case 'ended':
      return 'voucher.ended';
    case 'archived':
      return 'voucher.archived';
    case 'draft':
    case 'scheduled':
      return undefined;
  }
}

/** The row of the outbox for one event. @param voucher as it is after it @param at when, ms since 1970 */
export function voucherPack(
  type: VoucherEventType,
  voucher: Voucher,
  at: number,
  data: { readonly adjustment?: z.output<typeof adjustment> } = {},
): PackRow {
  const id = newId('evt', at);
  const { merchant: _merchant, ...body } = voucherBody(viewOf(voucher, null, at));
  const event = {
    id,
    type,
    version: VERSION,
    created_at: rfc3339(at),
    data: { ...body, ...data },
  };
  return {
    id,
    type,
    aggregate_id: voucher.id,
    payload: JSON.stringify(event),
    packed: null,
    events: 1,
    created_at: at,
  };
}
