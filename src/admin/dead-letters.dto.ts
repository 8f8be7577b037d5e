import { z } from 'zod';
import { DEAD_LETTER_STATUSES } from '../claim/index.js';
import { listSchema, pageQuery, plainText, timestamp } from '../http/validation/validation.js';

export const deadLettersQuery = pageQuery({ status: z.enum(DEAD_LETTER_STATUSES).optional() });
export type DeadLettersQuery = z.output<typeof deadLettersQuery>;

export const discardRequest = z
  .strictObject({ reason: plainText(1, 500).meta({ description: 'Stored with the dead letter.' }) })
  .meta({ id: 'DiscardDeadLetterRequest', examples: [{ reason: 'refunded by hand' }] });
export type DiscardRequest = z.output<typeof discardRequest>;

export const deadLetterSchema = z
  .object({
    object: z.literal('dead_letter'),
    id: z.string(),
    status: z.enum(DEAD_LETTER_STATUSES),
    source: z.string().meta({ description: 'Where the record came from.' }),
    payload: z.string().meta({ description: 'The original record, cut to 16,000 characters.' }),
    reason: z
      .string()
      .meta({ description: 'Why the record could not be read or written at the last attempt.' }),
    claim_id: z
      .string()
      .nullable()
      .meta({ description: 'The claim that stays pending because of it; `null` if there is none.' }),
    voucher_id: z.string().nullable(),
    retries: z.int(),
    created_at: timestamp(),
    retried_at: timestamp().nullable(),
    closed_at: timestamp().nullable(),
    closed_by: z.string().nullable(),
    outcome: z.string().nullable().meta({
      description:
        'What a retry led to: `issued`, `rejected`, or `void` if the epoch of the record had ended, in which case nobody had been promised a unit.',
    }),
    discard_reason: z.string().nullable(),
  })
  .meta({
    id: 'DeadLetter',
    examples: [
      {
        object: 'dead_letter',
        id: 'dlt_7h2v4m8q0x5c9t1w',
        status: 'open',
        source: 'log/3/1041',
        payload: '{"v":1}',
        reason: 'Data too long for column',
        claim_id: 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        retries: 0,
        created_at: '2030-01-01T12:00:00.000Z',
        retried_at: null,
        closed_at: null,
        closed_by: null,
        outcome: null,
        discard_reason: null,
      },
    ],
  });
export type DeadLetterBody = z.output<typeof deadLetterSchema>;
export const deadLetterListSchema = listSchema(deadLetterSchema, '/v1/admin/dead-letters');
