import { z } from 'zod';
import { allHold } from '../audit/index.js';
import { auditSchema } from '../claim/index.js';
import { rfc3339, rfc3339OrNull } from '../common/clock.js';
import { timestamp } from '../http/validation/validation.js';
import { safeRateOf, soldOutAfterS } from './domain/ramp.js';
import { REHEARSAL_STATES, STOPPED_BY, type Measured, type Rehearsal } from './rehearsal-row.js';

export const rehearsalBody = z
  .strictObject({
    crowd: z.int().min(1).max(1_000_000).meta({ description: 'Number of people; each makes one claim.' }),
    arrive_within_s: z
      .int()
      .min(1)
      .max(3_600)
      .default(10)
      .meta({ description: 'In how many seconds all of them arrive.' }),
    step_s: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .meta({ description: 'For how many seconds each rate is tried.' }),
    people_per_address: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .meta({ description: 'How many of them share one IP address, as in an office.' }),
  })
  .meta({ id: 'RehearsalRequest', examples: [{ crowd: 5_000, arrive_within_s: 10 }] });
export type RehearsalBody = z.output<typeof rehearsalBody>;

const count = () => z.int().min(0);
const ms = () => z.number().min(0);
const perSecond = () => z.number().min(0);

const stepSchema = z
  .object({
    rate_per_s: perSecond().meta({ description: 'Claims offered per second.' }),
    offered: count().meta({ description: 'Number of claims offered; each was accepted, shed or refused.' }),
    accepted: count(),
    shed: count().meta({ description: 'Claims refused because of overload; the first one ends the step.' }),
    refused: z
      .record(z.string(), count())
      .meta({ description: 'Other refusals, by problem code.', examples: [{ overloaded: 12 }] }),
    issued: count(),
    latency_ms: z
      .object({ p50: ms(), p99: ms() })
      .meta({ id: 'RehearsalLatency', description: 'Time from when a claim was due to its response.' })
      .nullable(),
    event_loop_delay_ms: ms().meta({
      description: '99th percentile of the event loop delay, in milliseconds.',
    }),
    lag_ms: ms().meta({ description: 'The longest time a claim waited to be issued, in milliseconds.' }),
    held: z.boolean(),
    exceeded: z
      .enum(['shed', 'refused', 'latency', 'lag'])
      .nullable()
      .meta({ description: 'The bounds that were exceeded at this rate; `null` if none was.' }),
  })
  .meta({ id: 'RehearsalStep' });

const forecastSchema = z
  .object({
    rate_per_s: perSecond().nullable(),
    sold_out_after_s: z.number().nullable().meta({
      description: 'Seconds after the opening; `null` if units are left, or no rate was safe.',
    }),
  })
  .meta({ id: 'RehearsalForecast' });

const resultSchema = z
  .object({
    steps: z.array(stepSchema),
    bounds: z.object({ p99_ms: ms(), lag_ms: ms() }).meta({
      id: 'RehearsalBounds',
      description: 'Bounds within which a rate counts as safe. In addition, nothing may be shed or refused.',
    }),
    expected_rate_per_s: perSecond().meta({
      description: 'The number of people divided by the time in which they arrive.',
    }),
    safe_rate_per_s: perSecond()
      .nullable()
      .meta({ description: 'The highest rate that was within all bounds; `null` if none was.' }),
    safe_rate_is_least: z
      .boolean()
      .meta({ description: 'Whether the true limit may be higher, because no rate failed.' }),
    instances: count().nullable().meta({
      description:
        'Number of instances of the installation, of which one took the whole crowd; `null` if unknown.',
    }),
    units: count().meta({ description: 'Number of units of the voucher.' }),
    at_safe_rate: forecastSchema,
    at_expected_rate: forecastSchema,
    refused_sold_out: count().meta({ description: 'Number of people for whom no unit is left.' }),
    limits: z.array(
      z
        .object({
          name: z.string().meta({ examples: ['requests_at_once'] }),
          result: z.string().meta({ examples: ['passed'] }),
          detail: z.string().meta({ description: 'Text for people; its wording may change.' }),
        })
        .meta({ id: 'RehearsalLimit' }),
    ),
    audit: auditSchema.nullable().meta({
      description:
        'Audit of the copy of the voucher before it was removed; `null` before that, or if it was never open.',
    }),
  })
  .meta({ id: 'RehearsalResult' });

const EXAMPLE_STEP = {
  rate_per_s: 1_000,
  offered: 3_000,
  accepted: 3_000,
  shed: 0,
  refused: {},
  issued: 3_000,
  latency_ms: { p50: 48.7, p99: 1_310.2 },
  event_loop_delay_ms: 92.6,
  lag_ms: 2_140,
  held: false,
  exceeded: 'latency',
};

export const rehearsalSchema = z
  .object({
    object: z.literal('rehearsal'),
    id: z.string(),
    voucher_id: z.string(),
    status: z.enum(REHEARSAL_STATES).meta({
      description:
        '`cleaning`: the measurements are done, and the copy of the voucher is being audited and removed. `stopped`: it ended early.',
    }),
    stopped_by: z.enum(STOPPED_BY).nullable().meta({
      description:
        '`live_drop`: a drop opened or opens soon. `interrupted`: a server or the process was unavailable.',
    }),
    progress: z
      .int()
      .min(0)
      .max(100)
      .meta({ description: 'Share of the rates that have been tried, in percent.' }),
    crowd: count(),
    arrive_within_s: count(),
    step_s: count(),
    result: resultSchema
      .nullable()
      .meta({ description: 'Extended after each rate; `null` before the first.' }),
    created_at: timestamp('2030-01-01T12:00:00.000Z'),
    finished_at: timestamp('2030-01-01T12:00:21.000Z').nullable(),
  })
  .meta({
    id: 'Rehearsal',
    examples: [
      {
        object: 'rehearsal',
        id: 'rhs_01k9z3v8f0abcdef',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        status: 'stopped',
        stopped_by: 'cancelled',
        progress: 75,
        crowd: 5_000,
        arrive_within_s: 10,
        step_s: 3,
        result: {
          steps: [EXAMPLE_STEP],
          bounds: { p99_ms: 1_000, lag_ms: 5_000 },
          expected_rate_per_s: 500,
          safe_rate_per_s: 500,
          safe_rate_is_least: false,
          instances: 2,
          units: 1_000,
          at_safe_rate: { rate_per_s: 500, sold_out_after_s: 2 },
          at_expected_rate: { rate_per_s: 500, sold_out_after_s: 2 },
          refused_sold_out: 4_000,
          limits: [
            {
              name: 'requests_at_once',
              result: 'warning',
              detail: '2 instances take 6000 at once: the others are told to come again (503, Retry-After)',
            },
          ],
          audit: {
            object: 'audit',
            voucher_id: 'vch_t1k9z3v8f0abcdef',
            ok: true,
            equations: [{ name: 'issued = rows live', left: 4_500, right: 4_500, holds: true }],
            as_of: '2030-01-01T12:00:21.000Z',
          },
        },
        created_at: '2030-01-01T12:00:00.000Z',
        finished_at: '2030-01-01T12:00:21.000Z',
      },
    ],
  });
export type RehearsalAnswer = z.output<typeof rehearsalSchema>;

export function rehearsalAnswer(row: Rehearsal): RehearsalAnswer {
  const { measured, request } = row;
  return {
    object: 'rehearsal',
    id: row.id,
    voucher_id: row.voucherId,
    status: row.state,
    stopped_by: row.stoppedBy,
    progress: row.state === 'done' ? 100 : progressOf(measured),
    crowd: request.crowd,
    arrive_within_s: request.withinS,
    step_s: request.stepS,
    result: measured && (measured.steps.length > 0 || row.audit) ? resultOf(row, measured) : null,
    created_at: rfc3339(row.createdAt),
    finished_at: rfc3339OrNull(row.finishedAt),
  };
}

const progressOf = (measured: Measured | null): number =>
  measured ? Math.floor((100 * measured.steps.length) / measured.ramp.length) : 0;

function resultOf(row: Rehearsal, measured: Measured): NonNullable<RehearsalAnswer['result']> {
  const { crowd, units, withinS } = row.request;
  const { steps, bounds } = measured;
  const expected = crowd / withinS;
  const safe = safeRateOf(steps);
  const at = (rate: number | null) => ({
    rate_per_s: rate,
    sold_out_after_s: soldOutAfterS(units, crowd, rate),
  });
  return {
    steps: steps.map((step) => ({
      rate_per_s: step.rate,
      offered: step.offered,
      accepted: step.accepted,
      shed: step.shed,
      refused: { ...step.refused },
      issued: step.issued,
      latency_ms: step.p50Ms === null || step.p99Ms === null ? null : { p50: step.p50Ms, p99: step.p99Ms },
      event_loop_delay_ms: step.loopDelayMs,
      lag_ms: step.lagMs,
      held: step.exceeded === null,
      exceeded: step.exceeded,
    })),
    bounds: { p99_ms: bounds.p99Ms, lag_ms: bounds.lagMs },
    expected_rate_per_s: expected,
    safe_rate_per_s: safe.rate,
    safe_rate_is_least: safe.isAtLeast,
    instances: measured.instances,
    units,
    at_safe_rate: at(safe.rate),
    at_expected_rate: at(expected),
    refused_sold_out: Math.max(0, crowd - units),
    limits: measured.limits.map((limit) => ({ ...limit })),
    audit: row.audit && {
      object: 'audit',
      voucher_id: row.shadowId,
      ok: allHold(row.audit.equations),
      equations: [...row.audit.equations],
      as_of: rfc3339(row.audit.at),
    },
  };
}
