import { z } from 'zod';
import { timestamp } from '../../http/validation/validation.js';
import { PREFLIGHT_CHECKS, PREFLIGHT_RESULTS } from '../domain/preflight.js';

const people = () => z.coerce.number().int().min(1).max(100_000_000).optional();

export const preflightQuery = z.strictObject({
  expected_crowd: people().meta({
    description: 'How many people press the button in the first second. Without it, capacity is not checked.',
    examples: [20_000],
  }),
  people_per_address: people().meta({
    description: 'How many of them share one IP address, as in an office.',
    examples: [300],
  }),
});
export type PreflightQuery = z.output<typeof preflightQuery>;

const checkAnswer = z
  .object({
    name: z.enum(PREFLIGHT_CHECKS),
    result: z.enum(PREFLIGHT_RESULTS).meta({
      description: '`failed`: publishing would be refused. `unknown`: this could not be checked now.',
    }),
    detail: z.string().meta({ description: 'Text for people; its wording may change.' }),
    pointer: z
      .string()
      .nullable()
      .meta({ description: 'The field of the voucher that the check is about.', examples: ['/opens_at'] }),
  })
  .meta({ id: 'PreflightCheck' });

export const preflightAnswer = z
  .object({
    object: z.literal('preflight'),
    voucher_id: z.string(),
    version: z.int().meta({ description: 'Version of the voucher that was checked.' }),
    publishable: z.boolean().meta({ description: 'Whether the voucher could be published now.' }),
    becomes: z
      .enum(['scheduled', 'live'])
      .nullable()
      .meta({ description: 'Status that publishing would lead to; `null` if it would be refused.' }),
    checks: z.array(checkAnswer),
    as_of: timestamp(),
  })
  .meta({
    id: 'Preflight',
    examples: [
      {
        object: 'preflight',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        version: 1,
        publishable: true,
        becomes: 'scheduled',
        checks: [
          {
            name: 'opening_hour',
            result: 'warning',
            detail: 'it opens at night, 04:00 on 2030-01-01 in Asia/Shanghai',
            pointer: '/opens_at',
          },
        ],
        as_of: '2029-12-01T09:00:00.000Z',
      },
    ],
  });
export type PreflightAnswer = z.output<typeof preflightAnswer>;
