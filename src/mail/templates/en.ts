import type { Templates } from './mail-words.js';

export const en: Templates = {
  password_reset: ({ url, minutes }) => ({
    subject: 'Choose a new password',
    lines: ['Somebody, probably you, asked for a new password of your VoucherConnect account.'],
    action: { label: 'Choose a new password', url },
    notes: [
      `The link is good for ${minutes} minutes, and once.`,
      'If it was not you, do nothing: your password stays as it is.',
    ],
  }),
  staff_invitation: ({ url, role, days }) => ({
    subject: 'You are invited to work for a merchant',
    lines: [
      role === 'editor'
        ? 'A merchant on VoucherConnect invites you to make and steer vouchers, as an editor.'
        : 'A merchant on VoucherConnect invites you to redeem vouchers at the counter, as a cashier.',
    ],
    action: { label: 'See who invites you', url },
    notes: [
      `The link is good for ${days} days, once, and for an account with this address alone.`,
      'If you expect no invitation, do nothing: nothing happens without you.',
    ],
  }),
  email_proof: ({ url, hours }) => ({
    subject: 'Is this your e-mail address?',
    lines: ['This address was entered for a VoucherConnect account. Confirm it if the account is yours.'],
    action: { label: 'Confirm the address', url },
    notes: [
      `The link is good for ${hours} hours, and once.`,
      'If you have no account, do nothing: without you the address stays unconfirmed.',
    ],
  }),
  webhook_disabled: ({ url, webhook, reason }) => ({
    subject: 'A webhook was disabled',
    lines: [
      `The webhook ${webhook} was disabled: ${
        reason === 'gone' ? 'its receiver answered 410 Gone' : 'its receiver took nothing for three days'
      }.`,
      'Events that were due are kept, and sent once it is enabled again. Events that happen meanwhile are not sent.',
    ],
    action: { label: 'Open the console', url },
    notes: ['You get this mail as an owner of the merchant.'],
  }),
};
