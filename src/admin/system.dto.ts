import { z } from 'zod';
import { instanceSchema } from '../platform/ops/instances.js';

const unknownable = (what: string) =>
  z
    .int()
    .nonnegative()
    .nullable()
    .meta({ description: `${what}; null while its store does not answer` });

export const instancesSchema = z.object({
  object: z.literal('list'),
  url: z.string(),
  has_more: z.boolean(),
  data: z.array(instanceSchema.extend({ object: z.literal('instance') })),
});
export type InstancesBody = z.output<typeof instancesSchema>;

export const systemSchema = z.object({
  object: z.literal('system'),
  as_of: z.string(),
  gate: z
    .object({
      epoch: z.int(),
      state: z.enum(['lost', 'recovering', 'open']),
      scripts_version: z.int(),
      leader: z.string().nullable(),
    })
    .nullable()
    .meta({ description: 'the epoch as the database has it; null while it does not answer' }),
  gate_open_here: z.boolean().meta({ description: 'whether the instance that answers takes claims' }),
  log_lag: unknownable('records of the log that are not yet consumed'),
  pending: unknownable('claims that the gate took and that are no rows yet'),
  pending_oldest_ms: z.int().nullable().meta({ description: 'age of the oldest of them' }),
  intake_depth: unknownable('claims that wait in the database'),
  outbox_depth: unknownable('events that are not yet sent'),
  dead_letters_open: unknownable('dead letters that wait for a decision'),
  jobs: z
    .array(
      z.object({
        job: z.string(),
        outcome: z.enum(['ok', 'failed']),
        at: z.string(),
        duration_ms: z.int(),
        instance: z.string(),
        failures: z.int().meta({ description: 'on all living instances since their start' }),
      }),
    )
    .meta({ description: 'the last run of each job on any living instance' }),
});
export type SystemBody = z.output<typeof systemSchema>;

const lifetime = z.object({ fresh_ms: z.int(), stale_ms: z.int() });
export const policiesSchema = z.object({
  object: z.literal('policies'),
  rate_limits: z.array(
    z.object({
      name: z.string(),
      enabled: z.boolean(),
      algorithm: z.enum(['sliding-window', 'token-bucket']).nullable(),
      limit: z.int().nullable(),
      window_ms: z.int().nullable(),
      scope: z.enum(['shared', 'local']).nullable(),
      when_away: z
        .enum(['refuse', 'count-locally'])
        .nullable()
        .meta({ description: 'what it does while the shared store is away' }),
      setting: z.string().meta({ description: 'the environment variable that sets it' }),
    }),
  ),
  drain: z.object({
    claims_per_second: z.int().nullable().meta({ description: 'rate of the consumer; null: no limit' }),
  }),
  caches: z.array(
    z.object({ family: z.string(), local: lifetime, shared: lifetime, null_ms: z.int(), jitter: z.number() }),
  ),
});
export type PoliciesBody = z.output<typeof policiesSchema>;
