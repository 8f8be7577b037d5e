import { z } from 'zod';
import { timestamp, timeZone } from '../http/validation/validation.js';
import { SEPARATORS, type Separator } from './csv.js';
import { MAX_BUCKETS } from './issue-history.js';
import { LAYERS } from '../claim/index.js';

/** How a CSV is to be written. */
export const exportQuery = z.strictObject({
  separator: z
    .enum(Object.keys(SEPARATORS) as [Separator, ...Separator[]])
    .default('comma')
    .meta({ description: 'between fields; spreadsheets of countries with a decimal comma want `semicolon`' }),
  time_zone: timeZone()
    .optional()
    .meta({
      description: 'times are written as `2030-01-01 20:00:00` by its clocks; without it as RFC 3339, in UTC',
      examples: ['Asia/Shanghai'],
    }),
});
export const workbookQuery = z.strictObject({
  time_zone: timeZone()
    .optional()
    .meta({ description: 'times are those of its clocks; without it UTC', examples: ['Asia/Shanghai'] }),
});
export type WorkbookQuery = z.output<typeof workbookQuery>;
export type ExportQuery = z.output<typeof exportQuery>;

const count = () => z.int().min(0);

const quantilesSchema = z
  .object({ count: count(), p50: z.number(), p90: z.number(), p99: z.number() })
  .meta({ id: 'LatencyQuantiles' })
  .nullable()
  .meta({ description: 'null where there was no such answer' });

const layerSchema = z
  .object({
    layer: z.enum(LAYERS),
    seen: count().meta({ description: 'what came through the layers before' }),
    refused: count(),
    reasons: z.array(z.object({ reason: z.string(), count: count() }).meta({ id: 'RefusalCount' })),
  })
  .meta({ id: 'FunnelLayer' });

/** How claims were answered, summed over all instances. */
const answersSchema = z
  .object({
    total: count(),
    accepted: count(),
    replayed: count().meta({ description: 'answers repeated for the same Idempotency-Key' }),
    funnel: z.array(layerSchema).meta({ description: 'outermost layer first' }),
    latency_ms: z
      .object({ accepted: quantilesSchema, refused: quantilesSchema })
      .meta({ id: 'ClaimLatency', description: 'inside the application, to within a tenth' }),
  })
  .meta({ id: 'ClaimAnswers' })
  .nullable()
  .meta({
    description:
      'Up to a second old, kept for 30 days; in embedded mode until the process ends. null while the counts cannot be read',
  });

const rateSchema = z
  .object({
    bucket_s: count().meta({ description: 'width of a bucket; grows with the length of the drop' }),
    from: timestamp().nullable().meta({ description: 'start of the first bucket' }),
    taken: z.array(count()).max(MAX_BUCKETS).meta({ description: 'claims taken at the gate' }),
    issued: z.array(count()).max(MAX_BUCKETS).meta({ description: 'claims written to the ledger' }),
  })
  .meta({ id: 'ClaimRate', description: 'Claims over time, by the rows of the ledger' });

export const summarySchema = z
  .object({
    object: z.literal('voucher_summary'),
    voucher_id: z.string(),
    status: z.string(),
    total_stock: z.int(),
    remaining: z.int(),
    pending: z.int().meta({ description: 'taken at the gate, not yet in the ledger' }),
    held: z.int().meta({ description: 'waiting for their confirmation' }),
    offered: z.int().meta({ description: 'offers to people who waited' }),
    waiting: z.int().meta({ description: 'people in the waiting list' }),
    issued: z.int(),
    rejected: z.int(),
    users: z.int(),
    first_issued_at: timestamp().nullable(),
    last_issued_at: timestamp().nullable(),
    opened_at: timestamp().nullable().meta({ description: 'since when units were to be had' }),
    sold_out_at: timestamp()
      .nullable()
      .meta({ description: 'when the last unit was taken, once all are issued' }),
    sold_out_after_ms: count().nullable().meta({ description: 'from opened_at to sold_out_at' }),
    rate: rateSchema,
    answers: answersSchema,
    as_of: timestamp(),
  })
  .meta({
    id: 'VoucherSummary',
    examples: [
      {
        object: 'voucher_summary',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        status: 'live',
        total_stock: 1000,
        remaining: 998,
        pending: 0,
        held: 0,
        offered: 0,
        waiting: 0,
        issued: 2,
        rejected: 0,
        users: 2,
        first_issued_at: '2030-01-01T12:00:00.041Z',
        last_issued_at: '2030-01-01T12:00:01.250Z',
        opened_at: '2030-01-01T12:00:00.000Z',
        sold_out_at: null,
        sold_out_after_ms: null,
        rate: { bucket_s: 1, from: '2030-01-01T12:00:00.000Z', taken: [1, 1], issued: [1, 1] },
        answers: {
          total: 3,
          accepted: 2,
          replayed: 0,
          funnel: [
            { layer: 'gate', seen: 3, refused: 1, reasons: [{ reason: 'claim_limit_reached', count: 1 }] },
          ],
          latency_ms: {
            accepted: { count: 2, p50: 1.2, p90: 2.4, p99: 2.4 },
            refused: { count: 1, p50: 0.8, p90: 0.8, p99: 0.8 },
          },
        },
        as_of: '2030-01-01T12:00:02.000Z',
      },
    ],
  });
