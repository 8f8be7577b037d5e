import { z } from 'zod';
import { redemptionReference } from '../http/openapi/problem-schemas.js';
import { instant, listSchema, pageQuery, plainText, timestamp } from '../http/validation/validation.js';
import { faceValueAnswer } from '../voucher/index.js';

const CODE = '7K2M-9QXV-0B4T-HD5W';
const CLAIM = 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3';
const ID = 'rdm_01k9z3v8f0abcdef';

const code = () =>
  z
    .string()
    .min(1)
    .max(200)
    .meta({
      description:
        'The code as scanned or typed. Case, full-width characters, spaces and dashes do not matter.',
      examples: [CODE],
    });
const claimId = () =>
  z
    .string()
    .regex(/^clm_[0-9a-z]{40}$/, 'must be the id of a claim')
    .meta({ examples: [CLAIM] });
const location = () =>
  plainText(1, 100).meta({
    description: 'Where the voucher is redeemed, such as the name of a till.',
    examples: ['Main street, till 2'],
  });

const oneOf = {
  check: (named: { code?: string | undefined; claim_id?: string | undefined }) =>
    (named.code === undefined) !== (named.claim_id === undefined),
  refusal: { message: 'must name either code or claim_id', path: ['code'] },
};

export const redeemBody = z
  .strictObject({ code: code().optional(), claim_id: claimId().optional(), location: location().optional() })
  .refine(oneOf.check, oneOf.refusal)
  .meta({ id: 'RedemptionRequest', examples: [{ code: CODE, location: 'Main street, till 2' }] });

export const previewQuery = z
  .strictObject({ code: code().optional(), claim_id: claimId().optional() })
  .refine(oneOf.check, oneOf.refusal);

export const rollbackBody = z
  .strictObject({
    reason: plainText(1, 200).meta({ description: 'Stored with the redemption.', examples: ['wrong order'] }),
  })
  .meta({ id: 'RollbackRequest', examples: [{ reason: 'wrong order' }] });

export const redemptionsQuery = pageQuery({
  since: instant().optional().meta({ description: 'Only redemptions made at this time or later.' }),
  until: instant().optional().meta({ description: 'Only redemptions made before this time.' }),
  by: z.enum(['me']).optional().meta({ description: '`me`: only redemptions made by you.' }),
});

export type RedeemBody = z.output<typeof redeemBody>;
export type PreviewQuery = z.output<typeof previewQuery>;
export type RollbackBody = z.output<typeof rollbackBody>;
export type RedemptionsQuery = z.output<typeof redemptionsQuery>;

const voucher = z
  .object({
    id: z.string(),
    title: z.string().meta({ description: 'As it was when the claim was made; so are all values here.' }),
    description: z.string().nullable(),
    face_value: faceValueAnswer.nullable(),
    time_zone: z.string(),
    redeem_from: timestamp('2030-01-02T00:00:00.000Z').nullable().meta({ description: 'Current value.' }),
    redeem_until: timestamp('2031-01-01T00:00:00.000Z').nullable().meta({ description: 'Current value.' }),
  })
  .meta({ id: 'RedeemedVoucher' });

const customer = z
  .object({
    name: z.string(),
    contact: z
      .string()
      .nullable()
      .meta({
        description: 'E-mail address or phone number, mostly hidden.',
        examples: ['l***@example.com'],
      }),
  })
  .meta({ id: 'MaskedCustomer' })
  .nullable();

export const redemptionAnswer = z
  .object({
    object: z.literal('redemption'),
    id: z.string(),
    status: z.enum(['redeemed', 'rolled_back']),
    claim_id: z.string(),
    redeemed_at: timestamp('2030-01-02T18:30:00.000Z'),
    location: z.string().nullable(),
    cashier: z.object({ id: z.string(), name: z.string().nullable() }).meta({ id: 'Cashier' }),
    rollback_until: timestamp('2030-01-02T18:40:00.000Z').nullable(),
    rolled_back_at: timestamp('2030-01-02T18:35:00.000Z').nullable(),
    rollback_reason: z.string().nullable(),
    voucher,
    customer,
  })
  .meta({
    id: 'Redemption',
    examples: [
      {
        object: 'redemption',
        id: ID,
        status: 'redeemed',
        claim_id: CLAIM,
        redeemed_at: '2030-01-02T18:30:00.000Z',
        location: 'Main street, till 2',
        cashier: { id: 'usr_01k9z3v8f0000000', name: 'Chen Bo' },
        rollback_until: '2030-01-02T18:40:00.000Z',
        rolled_back_at: null,
        rollback_reason: null,
        voucher: {
          id: 'vch_01k9z3v8f0abcdef',
          title: 'Half price oolong',
          description: 'One pot of any oolong, weekdays only.',
          face_value: { amount: 1500, currency: 'CNY' },
          time_zone: 'Asia/Shanghai',
          redeem_from: null,
          redeem_until: '2031-01-01T00:00:00.000Z',
        },
        customer: { name: 'Lin', contact: 'l***@example.com' },
      },
    ],
  });

export const redemptionListAnswer = listSchema(redemptionAnswer, '/v1/redemptions');

export const REFUSALS = [
  'already_redeemed',
  'cancelled',
  'expired',
  'not_yet_redeemable',
  'voucher_paused',
] as const;
export type RefusalCode = (typeof REFUSALS)[number];

export const previewAnswer = z
  .object({
    object: z.literal('redemption_preview'),
    redeemable: z.boolean(),
    refusal: z
      .enum(REFUSALS)
      .nullable()
      .meta({ description: 'Code of the problem with which a redemption would be refused.' }),
    claim_id: z.string(),
    claim_status: z.enum(['held', 'issued', 'redeemed', 'expired', 'cancelled']),
    changed_at: timestamp('2030-01-02T18:30:00.000Z')
      .nullable()
      .meta({ description: 'When the status of the claim last changed.' }),
    redemption: redemptionReference
      .nullable()
      .meta({ description: 'The redemption in force, if there is one.' }),
    voucher,
    customer,
  })
  .meta({
    id: 'RedemptionPreview',
    examples: [
      {
        object: 'redemption_preview',
        redeemable: false,
        refusal: 'already_redeemed',
        claim_id: CLAIM,
        claim_status: 'redeemed',
        changed_at: '2030-01-02T18:30:00.000Z',
        redemption: { id: ID, redeemed_at: '2030-01-02T18:30:00.000Z', location: 'Main street, till 2' },
        voucher: {
          id: 'vch_01k9z3v8f0abcdef',
          title: 'Half price oolong',
          description: null,
          face_value: { amount: 1500, currency: 'CNY' },
          time_zone: 'Asia/Shanghai',
          redeem_from: null,
          redeem_until: null,
        },
        customer: { name: 'Lin', contact: 'l***@example.com' },
      },
    ],
  });

export type RedemptionBody = z.output<typeof redemptionAnswer>;
export type PreviewBody = z.output<typeof previewAnswer>;
