import { z } from 'zod';
import { instant, plainText, timestamp } from '../../http/validation/validation.js';
import { rfc3339 } from '../../common/clock.js';
import type { CancellationRow } from './cancellation-row.js';

const CLAIM = 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3';

const reason = () =>
  plainText(1, 200).meta({ description: 'Shown to the holders.', examples: ['the show was called off'] });

export const cancelBody = z
  .strictObject({
    reason: reason().optional().meta({ description: 'Required from a merchant, optional for the holder.' }),
  })
  .meta({ id: 'CancelClaimRequest', examples: [{ reason: 'I cannot come' }] })
  .optional();
export type CancelBody = z.output<typeof cancelBody>;

const CLAIM_IDS_MAX = 1_000;

const filter = z
  .strictObject({
    sequence_from: z.int().min(1).optional(),
    sequence_to: z.int().min(1).optional(),
    issued_from: instant().optional(),
    issued_before: instant().optional(),
  })
  .meta({
    id: 'CancellationFilterInput',
    description: 'Selects claims that are issued or held. An empty filter selects all of them.',
    examples: [{}],
  });

export const cancellationBody = z
  .strictObject({
    claim_ids: z
      .array(z.string().regex(/^clm_[0-9a-z]{40}$/, 'must be the id of a claim'))
      .min(1)
      .max(CLAIM_IDS_MAX)
      .optional()
      .meta({ examples: [[CLAIM]] }),
    filter: filter.optional(),
    reason: reason(),
  })
  .refine((body) => (body.claim_ids === undefined) !== (body.filter === undefined), {
    message: 'must name either claim_ids or filter',
  })
  .meta({
    id: 'CancellationRequest',
    examples: [{ filter: { issued_before: '2030-01-01T12:30:00Z' }, reason: 'the show was called off' }],
  });
export type CancellationBody = z.output<typeof cancellationBody>;

export const cancellationSchema = z
  .object({
    object: z.literal('cancellation'),
    id: z.string(),
    voucher_id: z.string(),
    reason: z.string(),
    status: z.enum(['running', 'done']),
    total: z.int().min(0).meta({ description: 'Number of claims selected when the cancellation began.' }),
    cancelled: z.int().min(0),
    refused: z.int().min(0).meta({
      description:
        'Number of claims that could not be cancelled: they were no longer issued or held, or had an imported code that could not be replaced.',
    }),
    created_at: timestamp('2030-01-01T12:30:00.000Z'),
    finished_at: timestamp('2030-01-01T12:31:00.000Z').nullable(),
  })
  .meta({
    id: 'Cancellation',
    examples: [
      {
        object: 'cancellation',
        id: 'can_01k9z3v8f0abcdef',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        reason: 'the show was called off',
        status: 'running',
        total: 100_000,
        cancelled: 41_500,
        refused: 12,
        created_at: '2030-01-01T12:30:00.000Z',
        finished_at: null,
      },
    ],
  });
export type CancellationAnswer = z.output<typeof cancellationSchema>;

export const cancellationAnswer = (row: CancellationRow): CancellationAnswer => ({
  object: 'cancellation',
  id: row.id,
  voucher_id: row.voucherId,
  reason: row.reason,
  status: row.state,
  total: row.total,
  cancelled: row.cancelled,
  refused: row.refused,
  created_at: rfc3339(row.createdAt),
  finished_at: row.finishedAt === null ? null : rfc3339(row.finishedAt),
});
