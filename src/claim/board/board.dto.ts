import { z } from 'zod';
import { MAX_BUCKETS } from './issue-history.js';
import { LAYERS } from './outcomes.js';

const time = () => z.string().meta({ format: 'date-time', examples: ['2030-01-01T12:00:00.041Z'] });
const count = () => z.int().min(0);

const quantilesSchema = z
  .object({ count: count(), p50: z.number(), p90: z.number(), p99: z.number() })
  .nullable()
  .meta({ description: 'null where there was no such answer' });

/** How claims were answered, summed over all instances. */
const answersSchema = z
  .object({
    total: count(),
    accepted: count(),
    replayed: count().meta({ description: 'answers repeated for the same Idempotency-Key' }),
    funnel: z
      .array(
        z.object({
          layer: z.enum(LAYERS),
          seen: count().meta({ description: 'what came through the layers before' }),
          refused: count(),
          reasons: z.array(z.object({ reason: z.string(), count: count() })),
        }),
      )
      .meta({ description: 'outermost layer first' }),
    latency_ms: z
      .object({ accepted: quantilesSchema, refused: quantilesSchema })
      .meta({ description: 'inside the application, to within a tenth' }),
  })
  .nullable()
  .meta({
    description:
      'Up to a second old, kept for 30 days; in embedded mode until the process ends. null while the counts cannot be read',
  });

export const summarySchema = z.object({
  object: z.literal('voucher_summary'),
  voucher_id: z.string(),
  status: z.string(),
  total_stock: z.int(),
  remaining: z.int(),
  pending: z.int().meta({ description: 'taken at the gate, not yet in the ledger' }),
  issued: z.int(),
  rejected: z.int(),
  users: z.int(),
  first_issued_at: time().nullable(),
  last_issued_at: time().nullable(),
  opened_at: time().nullable().meta({ description: 'since when units were to be had' }),
  sold_out_at: time().nullable().meta({ description: 'when the last unit was taken, once all are issued' }),
  sold_out_after_ms: count().nullable().meta({ description: 'from opened_at to sold_out_at' }),
  rate: z
    .object({
      bucket_s: z.int().meta({ description: 'width of a bucket; grows with the length of the drop' }),
      from: time().nullable().meta({ description: 'start of the first bucket' }),
      taken: z.array(count()).max(MAX_BUCKETS).meta({ description: 'claims taken at the gate' }),
      issued: z.array(count()).max(MAX_BUCKETS).meta({ description: 'claims written to the ledger' }),
    })
    .meta({ description: 'Claims over time, by the rows of the ledger' }),
  answers: answersSchema,
  as_of: time(),
});
