import { z } from 'zod';
import { timestamp } from '../../http/validation/validation.js';
import { PREFLIGHT_CHECKS, PREFLIGHT_RESULTS } from '../domain/preflight.js';

const people = () => z.coerce.number().int().min(1).max(100_000_000).optional();

export const preflightQuery = z.strictObject({
  expected_crowd: people().meta({
    description: 'people who press the button in the first second; without it, capacity is not judged',
    examples: [20_000],
  }),
  people_per_address: people().meta({
    description: 'how many of them share one address, as in an office',
    examples: [300],
  }),
});
export type PreflightQuery = z.output<typeof preflightQuery>;

const checkAnswer = z
  .object({
    name: z.enum(PREFLIGHT_CHECKS),
    result: z.enum(PREFLIGHT_RESULTS).meta({
      description: '`failed`: publishing would be refused; `unknown`: it could not be judged now',
    }),
    detail: z.string().meta({ description: 'for people; may change' }),
    pointer: z
      .string()
      .nullable()
      .meta({ description: 'the field of the voucher that it is about', examples: ['/opens_at'] }),
  })
  .meta({ id: 'PreflightCheck' });

export const preflightAnswer = z
  .object({
    object: z.literal('preflight'),
    voucher_id: z.string(),
    version: z.int().meta({ description: 'of the voucher that was looked at' }),
    publishable: z.boolean().meta({ description: 'whether publishing it now would be done' }),
    becomes: z
      .enum(['scheduled', 'live'])
      .nullable()
      .meta({ description: 'what publishing would make of it; null: nothing' }),
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
