import { z } from 'zod';
import { listSchema, timestamp } from '../http/validation/validation.js';
import { MAX_STOCK } from './domain/terms.js';
import { EXAMPLE_VOUCHER_ID, PUBLIC_STATUSES } from './voucher.dto.js';

export const availabilityAnswer = z
  .object({
    object: z.literal('availability'),
    voucher_id: z.string().meta({ examples: [EXAMPLE_VOUCHER_ID] }),
    status: z.enum(PUBLIC_STATUSES),
    remaining: z.int().min(0).max(MAX_STOCK).meta({ description: 'Units left at the time `as_of`.' }),
    as_of: timestamp('2030-01-01T12:00:01.250Z'),
  })
  .meta({
    id: 'Availability',
    examples: [
      {
        object: 'availability',
        voucher_id: EXAMPLE_VOUCHER_ID,
        status: 'live',
        remaining: 417,
        as_of: '2030-01-01T12:00:01.250Z',
      },
    ],
  });

export const availabilityListAnswer = listSchema(availabilityAnswer, '/v1/availabilities');

/** As many as one question may name. */
export const MAX_ASKED = 100;

export const availabilitiesQuery = z.strictObject({
  voucher_ids: z
    .string()
    .max(MAX_ASKED * (EXAMPLE_VOUCHER_ID.length + 1))
    .transform((text) => [...new Set(text.split(',').filter((id) => id !== ''))])
    .refine((ids) => ids.length >= 1 && ids.length <= MAX_ASKED, {
      message: `must name 1 to ${MAX_ASKED} vouchers, separated by commas`,
    })
    .meta({
      description: `1 to ${MAX_ASKED} IDs, separated by commas.`,
      examples: [`${EXAMPLE_VOUCHER_ID},vch_01k9z3v8f0ghijkl`],
    }),
});
export type AvailabilitiesQuery = z.output<typeof availabilitiesQuery>;
export type AvailabilityAnswer = z.output<typeof availabilityAnswer>;
