import { z } from 'zod';
import type { Customer } from '../../auth/index.js';
import { rfc3339, rfc3339OrNull } from '../../common/clock.js';
import { listSchema, pageQuery, timestamp } from '../../http/validation/validation.js';
import { waitingEntryId } from '../domain/waiting-entry-id.js';
import { WAITING_STATUSES } from './waiting-list.dto.js';
import type { MerchantPlace } from './waiting-places.js';

export const placesQuery = pageQuery({
  status: z.enum(WAITING_STATUSES).default('waiting').meta({ description: 'Only places with this status.' }),
});
export type PlacesQuery = z.infer<typeof placesQuery>;

const EXAMPLE = {
  object: 'waiting_list_place',
  id: 'wle_01k9z3v8f0abcdef0001',
  voucher_id: 'vch_01k9z3v8f0abcdef',
  status: 'waiting',
  position: 1,
  joined_at: '2030-01-01T12:00:05.000Z',
  offered_at: null,
  offered_until: null,
  customer: { name: 'L*** Y***', contact: 'l***@example.com' },
} as const;

const placeSchema = z
  .object({
    object: z.literal('waiting_list_place'),
    id: z.string().meta({ description: 'The same ID as in the events about this place.' }),
    voucher_id: z.string(),
    status: z.enum(WAITING_STATUSES),
    position: z.int().min(1).nullable().meta({
      description: 'Position among the people who are waiting, starting at 1; `null` if no longer waiting.',
    }),
    joined_at: timestamp(EXAMPLE.joined_at),
    offered_at: timestamp().nullable(),
    offered_until: timestamp().nullable().meta({ description: 'Deadline for accepting the offer.' }),
    customer: z
      .object({
        name: z.string().meta({
          description: 'The beginning of each part of the name; the rest is hidden.',
          examples: ['L*** Y***'],
        }),
        contact: z
          .string()
          .nullable()
          .meta({
            description: 'E-mail address or phone number, mostly hidden.',
            examples: ['l***@example.com'],
          }),
      })
      .meta({ id: 'WaitingCustomer' })
      .nullable()
      .meta({ description: '`null` if the account has been deleted.' }),
  })
  .meta({ id: 'WaitingListPlace', examples: [EXAMPLE] });
export type PlaceBody = z.infer<typeof placeSchema>;

export const placesAnswer = listSchema(placeSchema, '/v1/vouchers/vch_01k9z3v8f0abcdef/waiting-list/places');

export const placeBody = (
  voucherId: string,
  { entry, position }: MerchantPlace,
  customer: Customer | undefined,
): PlaceBody => ({
  object: 'waiting_list_place',
  id: waitingEntryId(voucherId, entry.number),
  voucher_id: voucherId,
  status: entry.state,
  position,
  joined_at: rfc3339(entry.joinedAt),
  offered_at: rfc3339OrNull(entry.offeredAt),
  offered_until: rfc3339OrNull(entry.offeredUntil),
  customer: customer ? { name: maskedName(customer.name), contact: customer.contact } : null,
});

/** Who only waits is no customer yet: enough to recognise somebody who asks, no more. `L*** Y***` */
const maskedName = (name: string): string =>
  name
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => `${[...part][0]}***`)
    .join(' ');
