import { z } from 'zod';

const count = z.int().nonnegative();
const counts = z.record(z.string(), count);

/** What an instance says of itself every few seconds. One schema: it is stored, read back and answered by it. */
export const instanceSchema = z.object({
  id: z.string().max(64),
  version: z.string(),
  role: z.string().meta({ description: '`all`, or the one role that it has by `APP_ROLE`' }),
  mode: z.enum(['embedded', 'stack']),
  started_at: z.string(),
  last_seen: z.string().meta({ description: 'by the clock of the instance' }),
  ready: z.boolean(),
  checks: z.record(
    z.string(),
    z.object({ ready: z.boolean(), required: z.boolean(), detail: z.string().optional() }),
  ),
  gate: z.object({ open: z.boolean(), epoch: count }).meta({ description: 'as this instance sees it' }),
  memory: z.object({ rss_bytes: count, heap_used_bytes: count }),
  event_loop_lag_ms: z
    .object({ mean: z.number(), p99: z.number(), max: z.number() })
    .meta({ description: 'delay of the event loop since the report before' }),
  requests_in_flight: count,
  consumer: z.object({
    consumes: z.boolean().meta({ description: 'whether its role reads the log' }),
    partitions: count
      .nullable()
      .meta({ description: 'of the log, assigned to it now; null where there is no broker' }),
  }),
  caches: z
    .array(z.object({ family: z.string(), level: z.string(), reads: count }))
    .meta({ description: 'reads since the start by the level that answered; `load`: the loader' }),
  funnel: z
    .array(z.object({ layer: z.string(), outcome: z.string(), reason: z.string(), requests: count }))
    .meta({ description: 'requests since the start by layer' }),
  jobs: z
    .array(
      z.object({
        job: z.string(),
        outcome: z.enum(['ok', 'failed']),
        at: z.string(),
        duration_ms: count,
        failures: count.meta({ description: 'since the start' }),
      }),
    )
    .meta({ description: 'last runs on this instance; each job runs on one at a time' }),
  totals: counts.meta({ description: 'claims issued, accepted and the like since the start' }),
});
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
