import { z } from 'zod';
import { rfc3339 } from '../../common/clock.js';
import { plainText, timestamp } from '../../http/validation/validation.js';
import type { TokenRule } from '../domain/eligibility-token.js';
import { EXAMPLE_VOUCHER_ID } from '../voucher.dto.js';
import { ELIGIBILITIES } from '../voucher.entity.js';
import type { VoucherEligibility } from './eligibility-lists.js';
import type { NewTokenRule } from './eligibility-tokens.js';

const ATTRIBUTE = { name: 'tier', values: ['gold', 'silver'] };

const rule = () => ({
  attribute: plainText(1, 64).meta({
    description:
      'Name of a claim of the token. Its value must be one of `values`, or a list that contains one of them.',
    examples: [ATTRIBUTE.name],
  }),
  values: z
    .array(plainText(1, 100))
    .min(1)
    .max(20)
    .refine((values) => new Set(values).size === values.length, { message: 'must not repeat a value' })
    .meta({
      description: 'Accepted values. Write numbers and `true` as strings.',
      examples: [ATTRIBUTE.values],
    }),
});

export const eligibilityTokenBody = z.strictObject(rule()).meta({
  id: 'EligibilityTokenRequest',
  examples: [{ attribute: ATTRIBUTE.name, values: ATTRIBUTE.values }],
});
export type EligibilityTokenBody = z.output<typeof eligibilityTokenBody>;

export const eligibilityTokenAnswer = z
  .object({
    object: z.literal('eligibility_token'),
    voucher_id: z.string(),
    ...rule(),
    secret: z
      .string()
      .meta({ description: 'Secret for signing tokens (HS256). Returned only in this response.' }),
  })
  .meta({
    id: 'EligibilityToken',
    examples: [
      {
        object: 'eligibility_token',
        voucher_id: EXAMPLE_VOUCHER_ID,
        attribute: ATTRIBUTE.name,
        values: ATTRIBUTE.values,
        secret: 'vce_7Q2mJb0c1sVt9xKqY4uFhPzR8eWnLdA3gTiCoM6XyBE',
      },
    ],
  });

export const eligibilityTokenBodyOf = (
  voucherId: string,
  { attribute, values, secret }: NewTokenRule,
): z.output<typeof eligibilityTokenAnswer> => ({
  object: 'eligibility_token',
  voucher_id: voucherId,
  attribute,
  values: [...values],
  secret,
});

export const eligibilityAnswer = z
  .object({
    object: z.literal('eligibility'),
    voucher_id: z.string(),
    eligibility: z.enum(ELIGIBILITIES),
    people: z
      .int()
      .min(0)
      .max(100_000)
      .meta({ description: 'Number of people on the list; 0 if there is no list.' }),
    updated_at: timestamp('2029-12-01T09:00:00.000Z')
      .nullable()
      .meta({ description: 'When the list was last uploaded; `null` if there is no list.' }),
    token: z
      .object(rule())
      .meta({ id: 'EligibilityTokenRule' })
      .nullable()
      .meta({ description: 'What a token must contain; `null` if no token is required.' }),
  })
  .meta({
    id: 'EligibilityOverview',
    examples: [
      {
        object: 'eligibility',
        voucher_id: EXAMPLE_VOUCHER_ID,
        eligibility: 'token',
        people: 0,
        updated_at: null,
        token: { attribute: ATTRIBUTE.name, values: ATTRIBUTE.values },
      },
    ],
  });

export type EligibilityAnswer = z.output<typeof eligibilityAnswer>;

export const eligibilityBody = (found: VoucherEligibility, token?: TokenRule): EligibilityAnswer => ({
  object: 'eligibility',
  voucher_id: found.voucherId,
  eligibility: found.eligibility,
  people: found.people,
  updated_at: found.updatedAt === null ? null : rfc3339(found.updatedAt),
  token: token ? { attribute: token.attribute, values: [...token.values] } : null,
});
