import { z } from 'zod';
import { createBody } from '../voucher.dto.js';

/** As many as one request may create. */
const MAX_CREATED = 100;
const DRAFT = {
  title: 'Half price oolong, Monday',
  total_stock: 1000,
  opens_at: '2030-01-07T04:00:00Z',
  closes_at: '2030-01-07T14:00:00Z',
};

export const createManyBody = z
  .strictObject({
    vouchers: z
      .array(createBody)
      .min(1)
      .max(MAX_CREATED)
      .meta({ description: `1 to ${MAX_CREATED} drafts to create.` }),
  })
  .meta({
    id: 'CreateVouchersRequest',
    examples: [{ vouchers: [DRAFT, { ...DRAFT, title: 'Half price oolong, Tuesday' }] }],
  });
export type CreateManyBody = z.output<typeof createManyBody>;

/** Ids alone: a hundred vouchers in full are more than an `Idempotency-Key` keeps. */
export const createManyAnswer = z
  .object({
    object: z.literal('voucher_creation'),
    voucher_ids: z.array(z.string()).meta({ description: 'In the order of the request.' }),
  })
  .meta({
    id: 'VoucherCreation',
    examples: [{ object: 'voucher_creation', voucher_ids: ['vch_01k9z3v8f0abcdef', 'vch_01k9z3v8f0ghjkmn'] }],
  });
export type CreateManyAnswer = z.output<typeof createManyAnswer>;
