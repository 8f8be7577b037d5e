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
    .meta({
      description:
        'Separator between fields. Spreadsheets in countries with a decimal comma need `semicolon`.',
    }),
  time_zone: timeZone()
    .optional()
    .meta({
      description:
        'Times are written in this zone, as `2030-01-01 20:00:00`. Without it, they are written in UTC as in RFC 3339.',
      examples: ['Asia/Shanghai'],
    }),
});
export const workbookQuery = z.strictObject({
  time_zone: timeZone()
    .optional()
    .meta({ description: 'Times are written in this zone; UTC by default.', examples: ['Asia/Shanghai'] }),
});
export type WorkbookQuery = z.output<typeof workbookQuery>;
export type ExportQuery = z.output<typeof exportQuery>;

const count = () => z.int().min(0);

const quantilesSchema = z
  .object({ count: count(), p50: z.number(), p90: z.number(), p99: z.number() })
  .meta({ id: 'LatencyQuantiles' })
  .nullable()
  .meta({ description: '`null` if there was no such response.' });

const layerSchema = z
  .object({
    layer: z.enum(LAYERS),
    seen: count().meta({ description: 'Requests that passed all layers before this one.' }),
    refused: count(),
    reasons: z.array(z.object({ reason: z.string(), count: count() }).meta({ id: 'RefusalCount' })),
  })
  .meta({ id: 'FunnelLayer' });

/** How claims were answered, summed over all instances. */
const answersSchema = z
  .object({
    total: count(),
    accepted: count(),
    replayed: count().meta({
      description: 'Responses that were repeated because of the same `Idempotency-Key`.',
    }),
    funnel: z.array(layerSchema).meta({ description: 'In the order in which a request meets them.' }),
    latency_ms: z
      .object({ accepted: quantilesSchema, refused: quantilesSchema })
      .meta({ id: 'ClaimLatency', description: 'Measured inside the application, accurate to 10%.' }),
  })
  .meta({ id: 'ClaimAnswers' })
  .nullable()
  .meta({
    description:
      'At most a second old. Kept for 30 days, or in embedded mode until the process ends. `null` while the counts cannot be read.',
  });

const rateSchema = z
  .object({
    bucket_s: count().meta({
      description: 'Length of a bucket in seconds; longer drops have longer buckets.',
    }),
    from: timestamp().nullable().meta({ description: 'Start of the first bucket.' }),
    taken: z.array(count()).max(MAX_BUCKETS).meta({ description: 'Claims accepted in each bucket.' }),
    issued: z.array(count()).max(MAX_BUCKETS).meta({ description: 'Claims issued in each bucket.' }),
  })
  .meta({ id: 'ClaimRate', description: 'Claims over time, counted from the stored claims.' });

export const summarySchema = z
  .object({
    object: z.literal('voucher_summary'),
    voucher_id: z.string(),
    status: z.string(),
    total_stock: z.int(),
    remaining: z.int(),
    pending: z.int().meta({ description: 'Claims that were accepted but are not yet stored as issued.' }),
    held: z.int().meta({ description: 'Claims waiting to be confirmed.' }),
    offered: z.int().meta({ description: 'Open offers to people on the waiting list.' }),
    waiting: z.int().meta({ description: 'People on the waiting list.' }),
    issued: z.int(),
    rejected: z.int(),
    users: z.int(),
    first_issued_at: timestamp().nullable(),
    last_issued_at: timestamp().nullable(),
    opened_at: timestamp().nullable().meta({ description: 'When units first became available.' }),
    sold_out_at: timestamp()
      .nullable()
      .meta({ description: 'When the last unit was taken; given once all are issued.' }),
    sold_out_after_ms: count()
      .nullable()
      .meta({ description: 'Milliseconds from `opened_at` to `sold_out_at`.' }),
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
