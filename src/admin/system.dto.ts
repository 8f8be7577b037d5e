import { z } from 'zod';
import { listSchema, timestamp } from '../http/validation/validation.js';
import { EXAMPLE_REPORT, instanceSchema } from '../instances/instances.js';

const unknownable = (what: string) =>
  z
    .int()
    .nonnegative()
    .nullable()
    .meta({ description: `${what}; \`null\` while the store of these does not answer.` });

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
    leader: z
      .string()
      .nullable()
      .meta({ description: 'The instance that led the last rebuild of the gate.' }),
  })
  .meta({ id: 'GateStatus' });

const jobSchema = z
  .object({
    job: z.string(),
    outcome: z.enum(['ok', 'failed']),
    at: timestamp(),
    duration_ms: z.int(),
    instance: z.string(),
    failures: z.int().meta({ description: 'On all live instances, since they started.' }),
  })
  .meta({ id: 'JobRun' });

export const systemSchema = z
  .object({
    object: z.literal('system'),
    as_of: timestamp(),
    gate: gateSchema
      .nullable()
      .meta({ description: 'The epoch stored in the database; `null` while the database does not answer.' }),
    gate_open_here: z
      .boolean()
      .meta({ description: 'Whether the instance that answers this request accepts claims.' }),
    log_lag: unknownable('Records of the log that have not been consumed yet'),
    pending: unknownable('Claims that the gate accepted and that are not stored yet'),
    pending_oldest_ms: z
      .int()
      .nullable()
      .meta({ description: 'Age of the oldest pending claim, in milliseconds.' }),
    intake_depth: unknownable('Claims waiting in the intake table'),
    outbox_depth: unknownable('Events that have not been sent yet'),
    dead_letters_open: unknownable('Dead letters waiting for a decision'),
    jobs: z.array(jobSchema).meta({ description: 'The last run of each job on any live instance.' }),
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
      .meta({ description: 'What the limit does while the shared store is unavailable.' }),
    setting: z.string().meta({ description: 'The environment variable that sets it.' }),
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
        claims_per_second: z.int().nullable().meta({
          description: 'How many claims per second the consumer writes at most; `null` for no limit.',
        }),
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
