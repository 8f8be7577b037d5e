import { z } from 'zod';
import { rfc3339 } from '../../common/clock.js';
import { timestamp } from '../../http/validation/validation.js';
import { EXAMPLE_VOUCHER_ID } from '../voucher.dto.js';
import { CODE_SOURCES } from '../voucher.entity.js';
import type { VoucherCodes } from './code-lists.js';

export const codesAnswer = z
  .object({
    object: z.literal('voucher_codes'),
    voucher_id: z.string(),
    code_source: z.enum(CODE_SOURCES),
    codes: z.int().min(0).meta({ description: 'imported; 0 where they are made here' }),
    given: z.int().min(0).meta({ description: 'that a claim got' }),
    retired: z
      .int()
      .min(0)
      .meta({ description: 'of cancelled claims: their holders have seen them, so nobody else gets them' }),
    updated_at: timestamp('2029-12-01T09:00:00.000Z')
      .nullable()
      .meta({ description: 'when codes were imported last; null: never' }),
  })
  .meta({
    id: 'VoucherCodes',
    examples: [
      {
        object: 'voucher_codes',
        voucher_id: EXAMPLE_VOUCHER_ID,
        code_source: 'imported',
        codes: 100_000,
        given: 41_200,
        retired: 3,
        updated_at: '2029-12-01T09:00:00.000Z',
      },
    ],
  });

export type CodesAnswer = z.output<typeof codesAnswer>;

export const codesBody = ({ voucherId, source, counts }: VoucherCodes): CodesAnswer => ({
  object: 'voucher_codes',
  voucher_id: voucherId,
  code_source: source,
  codes: counts?.codes ?? 0,
  given: counts?.given ?? 0,
  retired: counts?.retired ?? 0,
  updated_at: counts ? rfc3339(counts.updatedAt) : null,
});
