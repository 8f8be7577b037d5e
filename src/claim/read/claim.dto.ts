import { z } from 'zod';
import { listSchema, pageQuery, searchText, timestamp } from '../../http/validation/validation.js';
import { claimMerchant, EXAMPLE_CLAIM_MERCHANT } from '../../merchant/index.js';
import { faceValueAnswer } from '../../voucher/index.js';

/** What a claim can be once it is a row. */
const ROW_STATUSES = ['held', 'issued', 'rejected', 'released', 'cancelled', 'expired', 'redeemed'] as const;
const CLAIM_STATUSES = ['pending', ...ROW_STATUSES] as const;

const EXAMPLE_CLAIM = {
  object: 'claim',
  id: 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3',
  voucher_id: 'vch_01k9z3v8f0abcdef',
  user_id: 'usr_01k9z3v8f0000000',
  status: 'issued',
  sequence: 17,
  ordinal: 1,
  code: '7K2M-9QXV-0B4T-HD5W',
  reject_reason: null,
  created_at: '2030-01-01T12:00:00.003Z',
  issued_at: '2030-01-01T12:00:00.041Z',
  changed_at: null,
  redeem_from: null,
  redeem_until: '2031-02-01T00:00:00.000Z',
  terms: {
    title: 'Half price oolong',
    description: 'One pot of any oolong, weekdays only.',
    face_value: { amount: 1500, currency: 'CNY' },
    redeem_from: null,
    redeem_until: '2031-01-01T00:00:00.000Z',
    time_zone: 'Asia/Shanghai',
    merchant_name: 'Tea House',
  },
  edits: { redeem_until: '2031-02-01T00:00:00.000Z' },
  merchant: EXAMPLE_CLAIM_MERCHANT,
};

const claimTerms = z
  .object({
    title: z.string(),
    description: z.string().nullable(),
    face_value: faceValueAnswer.nullable(),
    redeem_from: timestamp().nullable(),
    redeem_until: timestamp().nullable(),
    time_zone: z.string(),
    merchant_name: z.string().nullable(),
  })
  .meta({
    id: 'ClaimTerms',
    description:
      'The terms under which the claim was made. They stay the same whatever happens to the voucher.',
  });

const claimEdits = z
  .object({
    title: z.string().optional(),
    description: z.string().nullable().optional(),
    redeem_from: timestamp().nullable().optional(),
    redeem_until: timestamp().nullable().optional(),
  })
  .meta({
    id: 'ClaimEdits',
    description: 'What the merchant has changed since, with its current values; `null` if nothing.',
  });

export const claimSchema = z
  .object({
    object: z.literal('claim'),
    id: z.string(),
    voucher_id: z.string(),
    user_id: z.string(),
    status: z.enum(CLAIM_STATUSES),
    sequence: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'Position in the order in which claims were accepted, starting at 1.' }),
    ordinal: z.int().meta({
      description: 'Number of this claim among the claims of the user on this voucher, starting at 1.',
    }),
    code: z.string().nullable().meta({
      description: 'The code that is shown when the voucher is redeemed; present once the claim is issued.',
    }),
    reject_reason: z.string().nullable(),
    created_at: timestamp('2030-01-01T12:00:00.003Z').nullable(),
    issued_at: timestamp().nullable(),
    cancellation: z
      .object({
        at: timestamp('2030-01-03T09:00:00.000Z').nullable(),
        by: z.enum(['holder', 'merchant']),
        reason: z.string().nullable(),
      })
      .meta({ id: 'ClaimCancellation' })
      .optional(),
    confirm_until: timestamp('2030-01-01T12:15:00.041Z')
      .optional()
      .meta({ description: 'Deadline for confirming the claim, if it had to be confirmed.' }),
    confirm_by: z
      .enum(['user', 'merchant'])
      .optional()
      .meta({ description: 'Who confirms the claim, while it is held.' }),
    changed_at: timestamp('2030-01-02T18:30:00.000Z').nullable().optional().meta({
      description:
        'When the claim was last confirmed, released, redeemed, rolled back, cancelled or expired; `null` for never.',
    }),
    redeem_from: timestamp().nullable().optional().meta({ description: 'Current value.' }),
    redeem_until: timestamp().nullable().optional().meta({ description: 'Current value.' }),
    terms: claimTerms.optional(),
    edits: claimEdits.nullable().optional(),
    merchant: claimMerchant.nullable().optional().meta({
      description:
        'The merchant, where the voucher is redeemed, the terms and the contact, all as they are now; `null` if they cannot be read at the moment.',
    }),
  })
  .meta({
    id: 'Claim',
    examples: [EXAMPLE_CLAIM],
  });

export type ClaimBody = z.infer<typeof claimSchema>;

export const claimListSchema = listSchema(claimSchema, '/v1/me/claims');
export const claimsQuery = pageQuery({
  status: z.enum(CLAIM_STATUSES).optional(),
  voucher: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Only claims on this voucher.', examples: ['vch_01k9z3v8f0abcdef'] }),
});
export type ClaimsQuery = z.infer<typeof claimsQuery>;

/** What a merchant sees of a claim: no code, which is its holder's, and of the holder what is needed to recognise them. */
const merchantClaimSchema = claimSchema
  .extend({
    code: z.string().nullable().meta({ description: 'Always `null`: only the holder sees the code.' }),
    code_ending: z
      .string()
      .nullable()
      .meta({
        description:
          'The last 4 characters of the code, to compare with what a holder shows. They cannot be used to redeem it. `null` if there is no code.',
        examples: ['M4T7'],
      }),
    customer: z
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
      .meta({ id: 'ClaimCustomer' })
      .nullable(),
  })
  .meta({
    id: 'MerchantClaim',
    examples: [
      {
        ...EXAMPLE_CLAIM,
        code: null,
        code_ending: EXAMPLE_CLAIM.code.slice(-4),
        customer: { name: 'Lin Yue', contact: 'l***@example.com' },
      },
    ],
  });
export type MerchantClaimBody = z.infer<typeof merchantClaimSchema>;
export const merchantClaimListSchema = listSchema(
  merchantClaimSchema,
  '/v1/vouchers/vch_01k9z3v8f0abcdef/claims',
);

export const merchantClaimsQuery = pageQuery({
  status: z.enum(ROW_STATUSES).optional(),
  q: searchText()
    .optional()
    .meta({
      description:
        'The start of the ID of a claim or user, a full code, a full e-mail address or phone number, or the start of words of a name.',
      examples: ['lin@example.com'],
    }),
});
export type MerchantClaimsQuery = z.infer<typeof merchantClaimsQuery>;

/** A claim takes no fields yet; what is not known is refused as everywhere. */
export const claimRequest = z.strictObject({}).optional();

const equationSchema = z
  .object({ name: z.string(), left: z.int(), right: z.int(), holds: z.boolean() })
  .meta({ id: 'AuditEquation' });

export const auditSchema = z
  .object({
    object: z.literal('audit'),
    voucher_id: z.string(),
    ok: z.boolean().meta({ description: 'Whether all equations hold.' }),
    equations: z.array(equationSchema),
    as_of: timestamp(),
  })
  .meta({
    id: 'Audit',
    examples: [
      {
        object: 'audit',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        ok: true,
        equations: [{ name: 'issued = taken - pending', left: 17, right: 17, holds: true }],
        as_of: '2030-01-01T12:00:00.041Z',
      },
    ],
  });
