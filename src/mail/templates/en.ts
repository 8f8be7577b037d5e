import { onOneLine } from '../../common/text.js';
import { clockTime, dateTime, zoneName } from './times.js';
import type { Templates } from './mail-words.js';

const unsubscribe = (url: string) => ({ label: 'Unsubscribe from these e-mails', url });

export const en: Templates = {
  password_reset: ({ url, minutes }) => ({
    subject: 'Choose a new password',
    lines: ['Somebody, probably you, requested a new password for your VoucherConnect account.'],
    action: { label: 'Choose a new password', url },
    notes: [
      `The link works once and expires in ${minutes} minutes.`,
      'If this was not you, ignore this e-mail: your password stays as it is.',
    ],
  }),
  staff_invitation: ({ url, role, days }) => ({
    subject: 'You are invited to work for a merchant',
    lines: [
      role === 'editor'
        ? 'A merchant on VoucherConnect invites you to create and manage vouchers, as an editor.'
        : 'A merchant on VoucherConnect invites you to redeem vouchers at the counter, as a cashier.',
    ],
    action: { label: 'See who invites you', url },
    notes: [
      `The link works once, for ${days} days, and only for an account with this address.`,
      'If you did not expect an invitation, ignore this e-mail: nothing happens without you.',
    ],
  }),
  email_proof: ({ url, hours }) => ({
    subject: 'Is this your e-mail address?',
    lines: ['This address was entered for a VoucherConnect account. Confirm it if the account is yours.'],
    action: { label: 'Confirm the address', url },
    notes: [
      `The link works once and expires in ${hours} hours.`,
      'If you have no account, ignore this e-mail: the address stays unconfirmed.',
    ],
  }),
  opens_soon: ({ url, unsubscribeUrl, title, merchant, opensAt, zone }) => ({
    subject: `Opens at ${clockTime('en', opensAt, zone)} (${zoneName(opensAt, zone)}): ${title}`,
    lines: [
      `“${title}” by ${merchant} opens in about 10 minutes: ${dateTime('en', opensAt, zone)} (${zoneName(opensAt, zone)}).`,
      'First come, first served. Sign in before it opens.',
    ],
    action: { label: 'Open the drop', url },
    notes: ['You requested this reminder on the drop’s page.'],
    unsubscribe: { label: 'Cancel all your reminders', url: unsubscribeUrl },
  }),
  claim_issued: ({ url, unsubscribeUrl, title, merchant, place, contact = [], terms }) => ({
    subject: `It is yours: ${title}`,
    lines: [
      `Your claim on “${title}” by ${merchant} is issued. Its code is in your wallet.`,
      ...(place ? [`Where: ${onOneLine(place)}`] : []),
      ...(contact.length > 0 ? [`Contact: ${contact.join(' · ')}`] : []),
    ],
    action: { label: 'Show the voucher', url },
    notes: [
      ...(terms ? [`Terms of ${merchant}: ${terms}`] : []),
      'You get this e-mail because you turned it on in your account.',
    ],
    unsubscribe: unsubscribe(unsubscribeUrl),
  }),
  waiting_offer: ({ url, unsubscribeUrl, title, merchant, until, zone }) => ({
    subject: `A unit is offered to you: ${title}`,
    lines: [
      `You are on the waiting list for “${title}” by ${merchant}. A unit is available, and we are holding it for you.`,
      `Accept it by ${dateTime('en', until, zone)} (${zoneName(until, zone)}). After that it goes to the next person.`,
    ],
    action: { label: 'Accept or decline', url },
    notes: ['You get this e-mail because you joined the waiting list.'],
    unsubscribe: unsubscribe(unsubscribeUrl),
  }),
  sold_out: ({ url, unsubscribeUrl, title }) => ({
    subject: title === null ? 'A voucher of yours is sold out' : `Sold out: ${title}`,
    lines: [
      title === null
        ? 'All units of a voucher of your merchant are taken.'
        : `All units of “${title}” are taken.`,
      'You can add units in the console. They go to the waiting list first.',
    ],
    action: { label: 'Open the console', url },
    notes: ['You get this e-mail as an owner or editor of the merchant.'],
    unsubscribe: unsubscribe(unsubscribeUrl),
  }),
  merchant_message: ({ url, unsubscribeUrl, title, merchant, subject, text, contact }) => ({
    subject: `${merchant}: ${subject}`,
    lines: [`${merchant} writes to everyone who holds “${title}”:`],
    quote: text.split('\n'),
    action: { label: 'Open the drop', url },
    notes: [
      'The merchant does not see your address. You can’t reply to this e-mail.',
      ...(contact.length > 0 ? [`Contact: ${contact.join(' · ')}`] : []),
    ],
    unsubscribe: { label: 'Unsubscribe from this merchant’s messages', url: unsubscribeUrl },
  }),
  webhook_disabled: ({ url, webhook, reason }) => ({
    subject: 'A webhook was disabled',
    lines: [
      `The webhook ${webhook} was disabled: ${
        reason === 'gone' ? 'its receiver answered 410 Gone' : 'its receiver accepted nothing for three days'
      }.`,
      'Events that were due are kept, and sent once it is enabled again. Events that happen meanwhile are not sent.',
    ],
    action: { label: 'Open the console', url },
    notes: ['You get this e-mail as an owner of the merchant.'],
  }),
};
