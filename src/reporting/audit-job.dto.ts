import { z } from 'zod';
import { auditSchema } from '../claim/index.js';
import { allHold, type AuditJob } from '../audit/index.js';
import { rfc3339 } from '../common/clock.js';
import { timestamp } from '../http/validation/validation.js';

export const auditJobBody = z
  .strictObject({
    full: z
      .boolean()
      .default(false)
      .meta({ description: 'Reads every claim, including those that an earlier audit has already checked.' }),
  })
  .meta({ id: 'AuditJobRequest', examples: [{ full: true }] })
  .optional();
export type AuditJobBody = z.output<typeof auditJobBody>;

export const auditJobSchema = z
  .object({
    object: z.literal('audit_job'),
    id: z.string(),
    voucher_id: z.string(),
    full: z.boolean(),
    status: z.enum(['queued', 'running', 'done', 'failed']).meta({
      description:
        '`failed`: the audit itself failed three times in a row. What a finished audit found is in `result`.',
    }),
    progress: z
      .int()
      .min(0)
      .max(100)
      .meta({ description: 'In percent. Starts again if it turns out that all claims must be read.' }),
    result: auditSchema.nullable().meta({ description: 'Present once the audit is `done`.' }),
    created_at: timestamp('2030-01-01T12:00:00.000Z'),
    finished_at: timestamp('2030-01-01T12:03:00.000Z').nullable(),
  })
  .meta({
    id: 'AuditJob',
    examples: [
      {
        object: 'audit_job',
        id: 'adt_01k9z3v8f0abcdef',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        full: true,
        status: 'done',
        progress: 100,
        result: {
          object: 'audit',
          voucher_id: 'vch_01k9z3v8f0abcdef',
          ok: true,
          equations: [{ name: 'rows = issued units', left: 1_000, right: 1_000, holds: true }],
          as_of: '2030-01-01T12:03:00.000Z',
        },
        created_at: '2030-01-01T12:00:00.000Z',
        finished_at: '2030-01-01T12:03:00.000Z',
      },
    ],
  });
export type AuditJobAnswer = z.output<typeof auditJobSchema>;

export const auditJobAnswer = (job: AuditJob): AuditJobAnswer => ({
  object: 'audit_job',
  id: job.id,
  voucher_id: job.voucherId,
  full: job.whole,
  status: job.state,
  progress: job.progress,
  result: job.result && {
    object: 'audit',
    voucher_id: job.voucherId,
    ok: allHold(job.result),
    equations: [...job.result],
    as_of: rfc3339(job.finishedAt ?? job.createdAt),
  },
  created_at: rfc3339(job.createdAt),
  finished_at: job.finishedAt === null ? null : rfc3339(job.finishedAt),
});
