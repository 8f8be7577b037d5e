import { z } from 'zod';
import { timestamp } from '../http/validation/validation.js';

const count = z.int().nonnegative();
const counts = z.record(z.string(), count);

const checkSchema = z
  .object({ ready: z.boolean(), required: z.boolean(), detail: z.string().optional() })
  .meta({ id: 'InstanceCheck' });

const jobSchema = z
  .object({
    job: z.string(),
    outcome: z.enum(['ok', 'failed']),
    at: timestamp(),
    duration_ms: count,
    failures: count.meta({ description: 'Since the start of the instance.' }),
  })
  .meta({ id: 'InstanceJobRun' });

/** What an instance says of itself every few seconds. One schema: it is stored, read back and answered by it. */
export const instanceSchema = z.object({
  id: z.string().max(64),
  version: z.string(),
  role: z.string().meta({ description: '`all`, or the single role set by `APP_ROLE`.' }),
  mode: z.enum(['embedded', 'stack']),
  started_at: timestamp(),
  last_seen: timestamp().meta({ description: 'By the clock of the instance.' }),
  ready: z.boolean(),
  checks: z.record(z.string(), checkSchema),
  database_node: z
    .string()
    .max(64)
    .nullable()
    .default(null) // reports of older versions have none
    .meta({ description: 'The node it writes to, if the database is a Galera cluster.' }),
  gate: z
    .object({ open: z.boolean(), epoch: count })
    .meta({ id: 'InstanceGate', description: 'The gate as this instance sees it.' }),
  memory: z.object({ rss_bytes: count, heap_used_bytes: count }).meta({ id: 'InstanceMemory' }),
  event_loop_lag_ms: z
    .object({ mean: z.number(), p99: z.number(), max: z.number() })
    .meta({ id: 'EventLoopLag', description: 'Delay of the event loop since the previous report.' }),
  requests_in_flight: count,
  consumer: z
    .object({
      consumes: z.boolean().meta({ description: 'Whether the role of this instance reads the log.' }),
      partitions: count
        .nullable()
        .meta({ description: 'Partitions of the log that are assigned to it now; `null` without a broker.' }),
    })
    .meta({ id: 'InstanceConsumer' }),
  caches: z
    .array(z.object({ family: z.string(), level: z.string(), reads: count }).meta({ id: 'CacheReads' }))
    .meta({
      description:
        'Reads since the start, by the level that answered; `load` means that the value had to be loaded.',
    }),
  funnel: z
    .array(
      z
        .object({ layer: z.string(), outcome: z.string(), reason: z.string(), requests: count })
        .meta({ id: 'FunnelCount' }),
    )
    .meta({ description: 'Requests since the start, by layer.' }),
  jobs: z
    .array(jobSchema)
    .meta({ description: 'Last runs on this instance. Each job runs on one instance at a time.' }),
  totals: counts.meta({ description: 'Counts since the start, such as claims accepted and issued.' }),
});

export const EXAMPLE_REPORT = {
  id: 'ins_01k9z3v8f0abcdef',
  version: '1.0.0',
  role: 'all',
  mode: 'stack',
  started_at: '2030-01-01T11:00:00.000Z',
  last_seen: '2030-01-01T12:00:00.041Z',
  ready: true,
  checks: { database: { ready: true, required: true } },
  database_node: null,
  gate: { open: true, epoch: 3 },
  memory: { rss_bytes: 183_500_800, heap_used_bytes: 83_886_080 },
  event_loop_lag_ms: { mean: 0.4, p99: 2.1, max: 7.8 },
  requests_in_flight: 3,
  consumer: { consumes: true, partitions: 6 },
  caches: [{ family: 'voucher', level: 'local', reads: 1200 }],
  funnel: [{ layer: 'address', outcome: 'passed', reason: '', requests: 1500 }],
  jobs: [{ job: 'reconcile', outcome: 'ok', at: '2030-01-01T11:59:58.000Z', duration_ms: 12, failures: 0 }],
  totals: { issued: 17, accepted: 17 },
};

export type InstanceReport = z.output<typeof instanceSchema>;

/**
 * The instances that live now, each with its last report. It may be lost at any time: with the next heartbeat everybody is
 * back. All methods reject with Problem dependency_unavailable when the store does not answer.
 */
export abstract class InstanceRegister {
  /** Puts the report in the place of the instance's last one; it is gone after `ttlMs` unless it is renewed. */
  abstract put(report: InstanceReport, ttlMs: number): Promise<void>;
  /** An instance that stops says so. */
  abstract remove(id: string): Promise<void>;
  /** By start, oldest first; at most `INSTANCES_MAX`. */
  abstract list(): Promise<InstanceReport[]>;
}

export const INSTANCES_MAX = 500;

export const byStart = (a: InstanceReport, b: InstanceReport): number =>
  a.started_at.localeCompare(b.started_at) || a.id.localeCompare(b.id);
