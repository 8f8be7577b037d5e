import { z } from 'zod';
import { listSchema, timestamp } from '../http/validation/validation.js';
import { EXAMPLE_REPORT, instanceSchema } from '../instances/instances.js';

const unknownable = (what: string) =>
  z
    .int()
    .nonnegative()
    .nullable()
    .meta({ description: `${what}; null while its store does not answer` });

const instanceAnswer = instanceSchema.extend({ object: z.literal('instance') }).meta({
  id: 'Instance',
  examples: [{ object: 'instance', ...EXAMPLE_REPORT }],
});
export const instancesSchema = listSchema(instanceAnswer, '/v1/admin/instances');
export type InstancesBody = z.output<typeof instancesSchema>;

const gateSchema = z
  .object({
    epoch: z.int(),
    state: z.enum(['lost', 'recovering', 'opening', 'open']),
    scripts_version: z.int(),
    leader: z.string().nullable().meta({ description: 'the instance that led the last rebuild of the gate' }),
  })
  .meta({ id: 'GateStatus' });

const jobSchema = z
  .object({
    job: z.string(),
    outcome: z.enum(['ok', 'failed']),
    at: timestamp(),
    duration_ms: z.int(),
    instance: z.string(),
    failures: z.int().meta({ description: 'on all living instances since their start' }),
  })
  .meta({ id: 'JobRun' });

export const systemSchema = z
  .object({
    object: z.literal('system'),
    as_of: timestamp(),
    gate: gateSchema
      .nullable()
      .meta({ description: 'the epoch as the database has it; null while it does not answer' }),
    gate_open_here: z.boolean().meta({ description: 'whether the instance that answers takes claims' }),
    log_lag: unknownable('records of the log that are not yet consumed'),
    pending: unknownable('claims that the gate took and that are no rows yet'),
    pending_oldest_ms: z.int().nullable().meta({ description: 'age of the oldest of them' }),
    intake_depth: unknownable('claims that wait in the database'),
    outbox_depth: unknownable('events that are not yet sent'),
    dead_letters_open: unknownable('dead letters that wait for a decision'),
    jobs: z.array(jobSchema).meta({ description: 'the last run of each job on any living instance' }),
  })
  .meta({
    id: 'SystemStatus',
    examples: [
      {
        object: 'system',
        as_of: '2030-01-01T12:00:00.041Z',
        gate: { epoch: 3, state: 'open', scripts_version: 12, leader: 'ins_01k9z3v8f0abcdef' },
        gate_open_here: true,
        log_lag: 0,
        pending: 0,
        pending_oldest_ms: null,
        intake_depth: 0,
        outbox_depth: 0,
        dead_letters_open: 0,
        jobs: [
          {
            job: 'reconcile',
            outcome: 'ok',
            at: '2030-01-01T11:59:58.000Z',
            duration_ms: 12,
            instance: 'ins_01k9z3v8f0abcdef',
            failures: 0,
          },
        ],
      },
    ],
  });
export type SystemBody = z.output<typeof systemSchema>;

const lifetime = z.object({ fresh_ms: z.int(), stale_ms: z.int() }).meta({ id: 'CacheLifetime' });

const rateLimitSchema = z
  .object({
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
  })
  .meta({ id: 'RateLimitPolicy' });

const cacheSchema = z
  .object({ family: z.string(), local: lifetime, shared: lifetime, null_ms: z.int(), jitter: z.number() })
  .meta({ id: 'CachePolicy' });

export const policiesSchema = z
  .object({
    object: z.literal('policies'),
    rate_limits: z.array(rateLimitSchema),
    drain: z
      .object({
        claims_per_second: z.int().nullable().meta({ description: 'rate of the consumer; null: no limit' }),
      })
      .meta({ id: 'DrainPolicy' }),
    caches: z.array(cacheSchema),
  })
  .meta({
    id: 'Policies',
    examples: [
      {
        object: 'policies',
        rate_limits: [
          {
            name: 'claim',
            enabled: true,
            algorithm: 'sliding-window',
            limit: 5,
            window_ms: 5000,
            scope: 'shared',
            when_away: 'refuse',
            setting: 'RATE_LIMIT_CLAIM',
          },
        ],
        drain: { claims_per_second: null },
        caches: [
          {
            family: 'voucher',
            local: { fresh_ms: 1000, stale_ms: 10000 },
            shared: { fresh_ms: 10000, stale_ms: 60000 },
            null_ms: 1000,
            jitter: 0.1,
          },
        ],
      },
    ],
  });
export type PoliciesBody = z.output<typeof policiesSchema>;
