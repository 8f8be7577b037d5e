import { z } from 'zod';
import type { Merchant, User, Disabled } from '../auth/index.js';
import { rfc3339 } from '../common/clock.js';
import { listSchema, plainText, searchText, timestamp } from '../http/validation/validation.js';
import type { Found } from './accounts.service.js';

export const accountsQuery = z.strictObject({
  q: searchText().meta({
    description:
      'An ID, a full e-mail address or phone number in any spelling, or the start of words of the name.',
    examples: ['lin@example.com'],
  }),
});
export type AccountsQuery = z.output<typeof accountsQuery>;

export const adminReasonRequest = z
  .strictObject({ reason: plainText(1, 500).meta({ description: 'Recorded in the audit log.' }) })
  .meta({ id: 'AdminReasonRequest', examples: [{ reason: 'sold claims in a forum' }] });
export type AdminReasonRequest = z.output<typeof adminReasonRequest>;

const DISABLED_EXAMPLE = {
  reason: 'sold claims in a forum',
  at: '2030-01-01T12:00:00.000Z',
  by: 'usr_01k9z3v8f0000000',
};
const disabled = z
  .object({
    reason: z.string(),
    at: timestamp(),
    by: z.string().meta({ description: 'ID of the administrator.' }),
  })
  .meta({ id: 'AccountDisabled', examples: [DISABLED_EXAMPLE] });

export const adminUserAnswer = z
  .object({
    object: z.literal('admin_user'),
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    phone: z.string().nullable(),
    roles: z.array(z.string()),
    merchant_id: z.string().nullable(),
    created_at: timestamp(),
    disabled: disabled.nullable(),
  })
  .meta({
    id: 'AdminUser',
    examples: [
      {
        object: 'admin_user',
        id: 'usr_01k9z3v8f0abcdef',
        name: 'Lin Yue',
        email: 'lin@example.com',
        email_verified: true,
        phone: '+8613800138000',
        roles: ['merchant', 'owner'],
        merchant_id: 'mer_01k9z3v8f0abcdef',
        created_at: '2030-01-01T12:00:00.000Z',
        disabled: DISABLED_EXAMPLE,
      },
    ],
  });
export type AdminUserAnswer = z.output<typeof adminUserAnswer>;
export const adminUserList = listSchema(adminUserAnswer, '/v1/admin/users');

export const adminMerchantAnswer = z
  .object({
    object: z.literal('admin_merchant'),
    id: z.string(),
    name: z.string(),
    time_zone: z.string(),
    contact_email: z.string().nullable(),
    created_at: timestamp(),
    disabled: disabled.nullable(),
  })
  .meta({
    id: 'AdminMerchant',
    examples: [
      {
        object: 'admin_merchant',
        id: 'mer_01k9z3v8f0abcdef',
        name: 'Tea House',
        time_zone: 'Asia/Shanghai',
        contact_email: 'hello@example.com',
        created_at: '2030-01-01T12:00:00.000Z',
        disabled: DISABLED_EXAMPLE,
      },
    ],
  });
export type AdminMerchantAnswer = z.output<typeof adminMerchantAnswer>;
export const adminMerchantList = listSchema(adminMerchantAnswer, '/v1/admin/merchants');

const disabledBody = (state: Disabled | undefined) =>
  state === undefined ? null : { reason: state.reason, at: rfc3339(state.at), by: state.by };

export const adminUserBody = ({ account, disabled: state }: Found<User>): AdminUserAnswer => ({
  object: 'admin_user',
  id: account.id,
  name: account.name,
  email: account.email,
  email_verified: account.emailVerifiedAt !== null,
  phone: account.phone,
  roles: account.merchantRole === null ? [account.role] : [account.role, account.merchantRole],
  merchant_id: account.merchantId,
  created_at: rfc3339(account.createdAt),
  disabled: disabledBody(state),
});

export const adminMerchantBody = ({ account, disabled: state }: Found<Merchant>): AdminMerchantAnswer => ({
  object: 'admin_merchant',
  id: account.id,
  name: account.name,
  time_zone: account.timeZone,
  contact_email: account.contactEmail,
  created_at: rfc3339(account.createdAt),
  disabled: disabledBody(state),
});
