import { z } from 'zod';
import { rfc3339 } from '../../common/clock.js';
import { listSchema, timestamp } from '../../http/validation/validation.js';
import type { Place } from './waiting-list.service.js';

export const WAITING_STATUSES = [
  'waiting',
  'offered',
  'accepted',
  'declined',
  'lapsed',
  'left',
  'closed',
] as const;

export const waitingEntrySchema = z
  .object({
    object: z.literal('waiting_list_entry'),
    voucher_id: z.string(),
    status: z.enum(WAITING_STATUSES).meta({
      description: '`lapsed`: the offer was not accepted in time. `closed`: the voucher ended first.',
    }),
    position: z.int().min(1).nullable().meta({
      description: 'Position among the people who are waiting, starting at 1; `null` if no longer waiting.',
    }),
    offered_until: timestamp('2030-01-01T12:10:00.000Z')
      .nullable()
      .meta({ description: 'Deadline for accepting the offer.' }),
    joined_at: timestamp('2030-01-01T12:00:05.000Z'),
  })
  .meta({
    id: 'WaitingListEntry',
    examples: [
      {
        object: 'waiting_list_entry',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        status: 'offered',
        position: null,
        offered_until: '2030-01-01T12:10:00.000Z',
        joined_at: '2030-01-01T12:00:05.000Z',
      },
    ],
  });
export const waitingEntryListSchema = listSchema(waitingEntrySchema, '/v1/me/waiting-list');
export type WaitingEntryBody = z.infer<typeof waitingEntrySchema>;

export const waitingEntryBody = ({ voucherId, entry, position }: Place): WaitingEntryBody => ({
  object: 'waiting_list_entry',
  voucher_id: voucherId,
  status: entry.state,
  position,
  offered_until: entry.offeredUntil === null ? null : rfc3339(entry.offeredUntil),
  joined_at: rfc3339(entry.joinedAt),
});
