import { z } from 'zod';
import { rfc3339 } from '../../common/clock.js';
import { timestamp } from '../../http/validation/validation.js';
import { EXAMPLE_VOUCHER_ID } from '../voucher.dto.js';
import { ELIGIBILITIES } from '../voucher.entity.js';
import type { VoucherEligibility } from './eligibility-lists.js';

export const eligibilityAnswer = z
  .object({
    object: z.literal('eligibility'),
    voucher_id: z.string(),
    eligibility: z.enum(ELIGIBILITIES),
    people: z.int().min(0).max(100_000).meta({ description: 'on the list; 0 where there is none' }),
    updated_at: timestamp('2029-12-01T09:00:00.000Z')
      .nullable()
      .meta({ description: 'when the list was uploaded; null: there is none' }),
  })
  .meta({
    id: 'Eligibility',
    examples: [
      {
        object: 'eligibility',
        voucher_id: EXAMPLE_VOUCHER_ID,
        eligibility: 'listed',
        people: 1_200,
        updated_at: '2029-12-01T09:00:00.000Z',
      },
    ],
  });

export type EligibilityAnswer = z.output<typeof eligibilityAnswer>;

export const eligibilityBody = (found: VoucherEligibility): EligibilityAnswer => ({
  object: 'eligibility',
  voucher_id: found.voucherId,
  eligibility: found.eligibility,
  people: found.people,
  updated_at: found.updatedAt === null ? null : rfc3339(found.updatedAt),
});
