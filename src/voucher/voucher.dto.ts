import { z } from 'zod';
import {
  instant,
  listSchema,
  mode,
  pageQuery,
  plainText,
  timestamp,
  timeZone,
} from '../http/validation/validation.js';
import { EXAMPLE_LOGO_URL, merchantCard } from '../merchant/index.js';
import { VOUCHER_STATUSES } from './domain/lifecycle.js';
import { MAX_STOCK, termBreaches } from './domain/terms.js';
import { budgetInput } from './budget/budget-input.dto.js';
import { codePatternInput } from './codes/code-pattern.dto.js';
import { asksContact, askedOfPeople, onePer, requires } from './proof.dto.js';
import { CODE_SOURCES, ELIGIBILITIES } from './voucher.entity.js';
import { addTermIssues } from './term-problems.js';
import { wavesAnswer, wavesInput } from './waves.dto.js';

/** What clients send and get. Requests are strict: a field that is not known is refused. */

export const EXAMPLE_VOUCHER_ID = 'vch_01k9z3v8f0abcdef';
const EXAMPLE_MERCHANT = {
  id: 'mer_01k9z3v8f0abcdef',
  name: 'Tea House',
  logo_url: EXAMPLE_LOGO_URL,
  color: '#0f766e',
};

/** Minor units: ten thousand million of a currency with cents. */
const MAX_FACE_VALUE = 1_000_000_000_000;

const title = () => plainText(1, 200).meta({ examples: ['Half price oolong'] });
const description = () =>
  plainText(0, 5_000)
    .nullable()
    .meta({ examples: ['One pot of any oolong, weekdays only.'] });
const totalStock = () =>
  z
    .int()
    .min(1)
    .max(MAX_STOCK)
    .meta({ description: 'Total number of units.', examples: [1000] });
const perUserLimit = () =>
  z
    .int()
    .min(1)
    .max(1_000)
    .meta({ description: 'How many units one user may hold.', examples: [1] });
const redeemUntil = () =>
  instant()
    .nullable()
    .meta({ description: 'Not before `closes_at`; `null` for no end.', examples: ['2031-01-01T00:00:00Z'] });

const cancellableUntil = () =>
  instant()
    .nullable()
    .meta({
      description: 'Until when holders can cancel their claims; `null` for never.',
      examples: ['2030-06-01T00:00:00Z'],
    });
const redeemFrom = () =>
  instant()
    .nullable()
    .meta({
      description: 'Must be before `redeem_until`; `null`: as soon as a claim is issued.',
      examples: ['2030-01-02T00:00:00Z'],
    });
const rollbackWithin = () =>
  z
    .int()
    .min(0)
    .max(604_800)
    .meta({
      description: 'For how many seconds a redemption can be rolled back; 600 by default, 0 for never.',
      examples: [600],
    });

const CONFIRM_WITHIN = { min: 10, max: 604_800 } as const;
const confirmWithin = () =>
  z
    .int()
    .min(CONFIRM_WITHIN.min)
    .max(CONFIRM_WITHIN.max)
    .nullable()
    .meta({
      description:
        'How many seconds a claim is held for confirmation before its unit returns to stock. `null`: claims are issued at once.',
      examples: [900],
    });
const confirmBy = () =>
  z.enum(['user', 'merchant']).meta({ description: 'Who confirms a held claim.', examples: ['merchant'] });

const MINOR_UNITS =
  'In minor units of the currency as defined by ISO 4217: 1500 is 15.00 CNY, 1,500 JPY or 1.500 KWD.';

const faceValue = () =>
  z
    .strictObject({
      amount: z
        .int()
        .min(0)
        .max(MAX_FACE_VALUE)
        .meta({ description: MINOR_UNITS, examples: [1500] }),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)')
        .meta({ examples: ['CNY'] }),
    })
    .meta({ id: 'FaceValueInput' })
    .nullable();

const protection = () =>
  z
    .strictObject({
      claim_link: z
        .boolean()
        .default(false)
        .meta({ description: 'Whether the voucher can be claimed only through a claim link.' }),
      captcha: z
        .enum(['none', 'math', 'image'])
        .default('none')
        .meta({ description: 'A captcha to solve for a claim link, which is then required too.' }),
    })
    .meta({ id: 'ProtectionInput', examples: [{ claim_link: false, captcha: 'none' }] });

/**
 * The order of times is judged together with everything else, so that all that is wrong is told at once; a time that cannot be read
 * breaks no other.
 */
export function checkOrder(body: unknown, context: z.core.$RefinementCtx): void {
  const raw = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const at = (name: string): number => (typeof raw[name] === 'string' ? Date.parse(raw[name]) : NaN);
  const atOrNull = (name: string): number | null => (typeof raw[name] === 'string' ? at(name) : null);
  const confirm = raw['confirm_within_s'];
  const breaches = termBreaches({
    opensAt: at('opens_at'),
    closesAt: at('closes_at'),
    redeemFrom: atOrNull('redeem_from'),
    redeemUntil: atOrNull('redeem_until'),
    confirmWithinS: typeof confirm === 'number' ? confirm : null,
    totalStock: 0,
    // Judged with the rest of the voucher.
    waves: [],
    codePattern: null,
    faceAmount: null,
    budgetMinor: null,
  });
  addTermIssues(context, breaches);
}
export const EVEN_IF_WRONG = { when: () => true } as const;

export const createBody = z
  .strictObject({
    title: title(),
    description: description().optional(),
    total_stock: totalStock(),
    per_user_limit: perUserLimit().default(1),
    opens_at: instant(),
    closes_at: instant().meta({
      description: 'Must be after `opens_at`, and in the future.',
      examples: ['2030-01-01T13:00:00Z'],
    }),
    redeem_from: redeemFrom().optional(),
    redeem_until: redeemUntil().optional(),
    rollback_within_s: rollbackWithin().optional(),
    cancellable_until: cancellableUntil().optional(),
    confirm_within_s: confirmWithin().optional(),
    confirm_by: confirmBy().optional(),
    time_zone: timeZone().optional(),
    face_value: faceValue().optional(),
    protection: protection().default({ claim_link: false, captcha: 'none' }),
    requires: requires().default('none'),
    one_per: onePer().default('account'),
    asks_contact: asksContact().default(false),
    waves: wavesInput().optional(),
    code_pattern: codePatternInput().optional(),
    budget_minor: budgetInput().optional(),
  })
  .superRefine(checkOrder, EVEN_IF_WRONG)
  .meta({
    id: 'CreateVoucherRequest',
    examples: [
      {
        title: 'Half price oolong',
        description: 'One pot of any oolong, weekdays only.',
        total_stock: 1000,
        per_user_limit: 1,
        opens_at: '2025-01-01T00:00:00Z',
        closes_at: '2030-01-01T00:00:00Z',
        redeem_until: '2031-01-01T00:00:00Z',
        time_zone: 'Asia/Shanghai',
        face_value: { amount: 1500, currency: 'CNY' },
      },
    ],
  });

/** All that a draft is made of; what is left out stays. */
export const edits = () => ({
  title: title().optional(),
  description: description().optional(),
  total_stock: totalStock().optional(),
  per_user_limit: perUserLimit().optional(),
  opens_at: instant().optional(),
  closes_at: instant().optional(),
  redeem_from: redeemFrom().optional(),
  redeem_until: redeemUntil().optional(),
  rollback_within_s: rollbackWithin().optional(),
  cancellable_until: cancellableUntil().optional(),
  confirm_within_s: confirmWithin().optional(),
  confirm_by: confirmBy().optional(),
  time_zone: timeZone().optional(),
  face_value: faceValue().optional(),
  protection: protection().optional(),
  requires: requires().optional(),
  one_per: onePer().optional(),
  asks_contact: asksContact().optional(),
  waves: wavesInput().optional(),
  code_pattern: codePatternInput().optional(),
  budget_minor: budgetInput().optional(),
});

export const patchBody = z
  .strictObject({
    ...edits(),
    confirm: z
      .boolean()
      .optional()
      .meta({
        description: 'Confirms an earlier `redeem_until` although people already hold claims.',
        examples: [true],
      }),
  })
  .refine(({ confirm: _confirm, ...edits }) => Object.values(edits).some((value) => value !== undefined), {
    message: 'must name at least one field to change',
  })
  .superRefine(checkOrder, EVEN_IF_WRONG)
  .meta({ id: 'UpdateVoucherRequest', examples: [{ title: 'Half price oolong, today only' }] });

export const PUBLIC_STATUSES = ['scheduled', 'live', 'paused', 'ended'] as const;

export const listQuery = pageQuery({ status: z.enum(PUBLIC_STATUSES).optional() });

export const ownListQuery = pageQuery({ status: z.enum(VOUCHER_STATUSES).optional() });

export type CreateBody = z.output<typeof createBody>;
export type PatchBody = z.output<typeof patchBody>;
export type ListQuery = z.output<typeof listQuery>;
export type OwnListQuery = z.output<typeof ownListQuery>;

export const faceValueAnswer = z
  .object({
    amount: z
      .int()
      .min(0)
      .max(MAX_FACE_VALUE)
      .meta({ description: MINOR_UNITS, examples: [1500] }),
    currency: z.string().meta({ description: 'Currency code (ISO 4217).', examples: ['CNY'] }),
  })
  .meta({ id: 'FaceValue' });

const protectionAnswer = z
  .object({ claim_link: z.boolean(), captcha: z.enum(['none', 'math', 'image']) })
  .meta({ id: 'Protection' });

export const voucherAnswer = z
  .object({
    object: z.literal('voucher'),
    mode: mode().meta({ description: '`test`: only test keys and test shoppers of its merchant see it.' }),
    id: z.string().meta({ examples: [EXAMPLE_VOUCHER_ID] }),
    merchant_id: z.string().meta({ examples: ['mer_01k9z3v8f0abcdef'] }),
    merchant: merchantCard.nullable().meta({ description: 'The issuer; `null` while it cannot be read.' }),
    title: z.string(),
    description: z.string().nullable(),
    status: z.enum(VOUCHER_STATUSES),
    total_stock: z.int().min(0).max(MAX_STOCK),
    per_user_limit: z.int().min(1).max(1_000),
    opens_at: timestamp('2030-01-01T12:00:00.000Z'),
    closes_at: timestamp('2030-01-01T13:00:00.000Z'),
    redeem_from: timestamp('2030-01-02T00:00:00.000Z').nullable(),
    redeem_until: timestamp('2031-01-01T00:00:00.000Z').nullable(),
    rollback_within_s: z.int().min(0).max(604_800),
    cancellable_until: timestamp('2030-06-01T00:00:00.000Z').nullable(),
    confirm_within_s: z.int().min(CONFIRM_WITHIN.min).max(CONFIRM_WITHIN.max).nullable(),
    confirm_by: z.enum(['user', 'merchant']),
    time_zone: z.string().meta({ examples: ['Asia/Shanghai'] }),
    face_value: faceValueAnswer.nullable(),
    protection: protectionAnswer,
    waves: wavesAnswer,
    eligibility: z.enum(ELIGIBILITIES).meta({
      description:
        'Who may claim. `listed`: only people on its list. `token`: only people who presented a token signed by the merchant (`POST /v1/vouchers/{id}/eligibility-proofs`).',
      examples: ['everyone'],
    }),
    code_source: z.enum(CODE_SOURCES).meta({
      description:
        'Where codes come from. `imported`: claims get codes uploaded by the merchant. `pattern`: codes are generated from `code_pattern`.',
      examples: ['generated'],
    }),
    code_pattern: z.string().nullable().meta({ description: 'null: none' }),
    ...askedOfPeople(),
    version: z.int().meta({ description: 'Increases by one with every change.' }),
    created_at: timestamp('2029-12-01T09:00:00.000Z'),
  })
  .meta({
    id: 'Voucher',
    examples: [
      {
        object: 'voucher',
        mode: 'live',
        id: EXAMPLE_VOUCHER_ID,
        merchant_id: 'mer_01k9z3v8f0abcdef',
        merchant: EXAMPLE_MERCHANT,
        title: 'Half price oolong',
        description: 'One pot of any oolong, weekdays only.',
        status: 'live',
        total_stock: 1000,
        per_user_limit: 1,
        opens_at: '2030-01-01T12:00:00.000Z',
        closes_at: '2030-01-01T13:00:00.000Z',
        redeem_from: '2030-01-02T00:00:00.000Z',
        redeem_until: '2031-01-01T00:00:00.000Z',
        rollback_within_s: 900,
        cancellable_until: '2030-06-01T00:00:00.000Z',
        confirm_within_s: 900,
        confirm_by: 'user',
        time_zone: 'Asia/Shanghai',
        face_value: { amount: 1500, currency: 'CNY' },
        protection: { claim_link: false, captcha: 'none' },
        waves: [{ at: '2030-01-01T12:30:00.000Z', units: 100, released: false }],
        eligibility: 'everyone',
        code_source: 'generated',
        code_pattern: null,
        requires: 'none',
        one_per: 'account',
        asks_contact: false,
        version: 2,
        created_at: '2029-12-01T09:00:00.000Z',
      },
    ],
  });

export const voucherListAnswer = listSchema(voucherAnswer, '/v1/vouchers');

export type VoucherAnswer = z.output<typeof voucherAnswer>;
