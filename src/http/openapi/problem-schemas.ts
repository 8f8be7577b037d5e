import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../../common/problems.js';
import { timestamp } from '../validation/validation.js';

/** Schemas of the problem documents (RFC 9457): one for each code, and their union. */

const fieldProblem = z
  .object({
    pointer: z.string().meta({
      description: 'JSON Pointer (RFC 6901) into the body, or the name of a query parameter or header.',
      examples: ['/closes_at'],
    }),
    code: z.string().meta({ examples: ['invalid_format'] }),
    detail: z.string().meta({ examples: ['must be a time such as 2030-01-01T12:00:00Z'] }),
    bound: z
      .number()
      .optional()
      .meta({
        description: 'For `too_small` and `too_big`: the smallest or largest value allowed.',
        examples: [1],
      }),
    counts: z
      .enum(['value', 'characters', 'items'])
      .optional()
      .meta({ description: 'What the bound counts.' }),
  })
  .meta({ id: 'FieldProblem' });

const claimReference = z
  .object({ object: z.literal('claim'), id: z.string(), url: z.string() })
  .meta({ id: 'ClaimReference' });

const namesClaim = {
  claim_id: z.string().meta({ description: 'The claim that this is about.' }),
  claim: claimReference,
};

const voucherStatus = {
  voucher_status: z.string().meta({ description: 'Current status of the voucher.', examples: ['ended'] }),
};

/** What to do instead. */
const challenge = {
  claim_links_url: z.string().meta({ description: 'Send a POST request here to get a claim link.' }),
  captcha: z
    .enum(['none', 'math', 'image'])
    .meta({ description: 'The captcha that must be solved to get a claim link.' }),
  captchas_url: z
    .string()
    .optional()
    .meta({ description: 'Send a POST request here to get a captcha, if one is required.' }),
};

/** Before a login code there is no link. */
const captcha = { ...challenge, claim_links_url: challenge.claim_links_url.optional() };

const ofClaim = { claim_id: z.string().meta({ description: 'The claim that this is about.' }) };

/** A redemption as refusals and previews name it. */
export const redemptionReference = z
  .object({ id: z.string(), redeemed_at: timestamp(), location: z.string().nullable() })
  .meta({ id: 'RedemptionReference' });

const redemptionUndone = z
  .object({ id: z.string(), rolled_back_at: timestamp().nullable(), reason: z.string().nullable() })
  .meta({ id: 'RolledBackReference' });

/** What a code adds to its document (RFC 9457, section 3.2). */
const MEMBERS: Partial<Record<ProblemCode, z.ZodRawShape>> = {
  claim_limit_reached: z.object(namesClaim).partial().shape,
  idempotency_key_reused: z.object(namesClaim).partial().shape,
  claim_unconfirmed: {
    claim_id: z.string().optional().meta({ description: 'The claim whose status to read.' }),
    url: z.string().optional().meta({ description: 'Where to read the claim.' }),
  },
  not_started: { opens_at: timestamp() },
  blocked: {
    ends_at: timestamp()
      .optional()
      .meta({ description: 'When the block ends; absent for a permanent block.' }),
  },
  invalid_transition: voucherStatus,
  not_editable: z.object(voucherStatus).partial().shape,
  confirmation_required: {
    claims_affected: z
      .int()
      .min(1)
      .meta({ description: 'Number of valid claims that have not been redeemed yet.' }),
  },
  not_eligible: {
    email_unverified: z.boolean().meta({
      description:
        'Whether the account has an e-mail address that does not count because it has not been verified.',
    }),
  },
  captcha_required: captcha,
  captcha_failed: captcha,
  not_cancellable: {
    claim_status: z.string().optional().meta({ description: 'Current status of the claim.' }),
    since: timestamp().optional(),
    cancellable_until: timestamp().optional(),
  },
  no_offer: {
    entry_status: z
      .string()
      .optional()
      .meta({ description: 'Current status of the place on the waiting list.' }),
  },
  not_confirmable: {
    claim_status: z.string().optional().meta({ description: 'Current status of the claim.' }),
    since: timestamp().optional(),
  },
  confirm_expired: { claim_status: z.literal('released'), confirm_until: timestamp().optional() },
  already_redeemed: { ...ofClaim, redemption: redemptionReference.nullable() },
  cancelled: { ...ofClaim, changed_at: timestamp().nullable() },
  expired: { ...ofClaim, redeem_until: timestamp().nullable() },
  not_yet_redeemable: { ...ofClaim, redeem_from: timestamp().nullable() },
  voucher_paused: ofClaim,
  already_rolled_back: { redemption: redemptionUndone },
  insufficient_scope: {
    required_scope: z
      .string()
      .meta({ description: 'The scope that the API key lacks.', examples: ['claims:read'] }),
  },
  rollback_too_late: { rollback_until: timestamp() },
  // A link that is no good says no more than it knows: it may be of another voucher, or none.
  challenge_required: z.object({ ...challenge, ...namesClaim }).partial().shape,
};

const CLAIM = 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3';
const CLAIM_URL = `/v1/claims/${CLAIM}`;
const CLAIM_EXAMPLE = { claim_id: CLAIM, claim: { object: 'claim', id: CLAIM, url: CLAIM_URL } };
const CHALLENGE_EXAMPLE = {
  claim_links_url: '/v1/vouchers/vch_01k9z3v8f0abcdef/claim-links',
  captcha: 'math',
  captchas_url: '/v1/vouchers/vch_01k9z3v8f0abcdef/captchas',
};

/** Those members in the examples of the document. */
export const PROBLEM_MEMBER_EXAMPLES: Partial<Record<ProblemCode, Readonly<Record<string, unknown>>>> = {
  claim_limit_reached: CLAIM_EXAMPLE,
  claim_unconfirmed: { claim_id: CLAIM, url: CLAIM_URL },
  not_started: { opens_at: '2030-01-01T12:00:00.000Z' },
  blocked: { ends_at: '2030-01-01T12:15:00.000Z' },
  invalid_transition: { voucher_status: 'ended' },
  confirmation_required: { claims_affected: 312 },
  not_eligible: { email_unverified: true },
  captcha_required: CHALLENGE_EXAMPLE,
  captcha_failed: CHALLENGE_EXAMPLE,
  challenge_required: CHALLENGE_EXAMPLE,
  not_cancellable: { claim_status: 'redeemed', since: '2030-01-02T18:30:00.000Z' },
  no_offer: { entry_status: 'waiting' },
  not_confirmable: { claim_status: 'issued', since: '2030-01-01T12:04:00.000Z' },
  confirm_expired: { claim_status: 'released', confirm_until: '2030-01-01T12:15:00.041Z' },
  already_redeemed: {
    claim_id: CLAIM,
    redemption: {
      id: 'rdm_01k9z3v8f0abcdef',
      redeemed_at: '2030-01-02T18:30:00.000Z',
      location: 'Main street, till 2',
    },
  },
  cancelled: { claim_id: CLAIM, changed_at: '2030-01-02T18:30:00.000Z' },
  expired: { claim_id: CLAIM, redeem_until: '2031-01-01T00:00:00.000Z' },
  not_yet_redeemable: { claim_id: CLAIM, redeem_from: '2030-01-02T00:00:00.000Z' },
  voucher_paused: { claim_id: CLAIM },
  already_rolled_back: {
    redemption: {
      id: 'rdm_01k9z3v8f0abcdef',
      rolled_back_at: '2030-01-02T18:35:00.000Z',
      reason: 'wrong order',
    },
  },
  insufficient_scope: { required_scope: 'claims:read' },
  rollback_too_late: { rollback_until: '2030-01-02T18:40:00.000Z' },
  validation_failed: {
    errors: [
      {
        pointer: '/closes_at',
        code: 'invalid_format',
        detail: 'must be a date and time with its offset, for example 2030-01-01T12:00:00Z',
      },
    ],
  },
};

/** @returns the schema of the documents with this code */
function schemaOf(code: ProblemCode) {
  const { status, title } = PROBLEMS[code];
  return z
    .object({
      type: z.literal(`/problems/${code}`),
      title: z.string(),
      status: z.int().min(400).max(599),
      detail: z.string().meta({ description: 'Text for people; its wording may change.' }),
      instance: z.string().meta({ description: 'The path that was requested.' }),
      code: z.literal(code),
      request_id: z.string().meta({ description: 'The ID that the response had in `X-Request-Id`.' }),
      retryable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
      errors: z.array(fieldProblem).optional().meta({ description: 'The fields that are not valid.' }),
      ...MEMBERS[code],
    })
    .meta({ id: problemName(code), description: `${status}: ${title}` });
}

/** `claim_limit_reached` -> `ClaimLimitReachedProblem`. */
export const problemName = (code: ProblemCode): string =>
  `${code.replaceAll(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase())}Problem`;

export const CODES = Object.keys(PROBLEMS) as ProblemCode[];

const schemas = CODES.map(schemaOf);

export const PROBLEM_SCHEMAS = new Map(CODES.map((code, index) => [code, schemas[index] as z.ZodType]));

/** Any of them: what every layer's refusals are held against. */
export const problemSchema = z.discriminatedUnion(
  'code',
  schemas as [(typeof schemas)[number], ...typeof schemas],
);
