import { z } from 'zod';
import { rfc3339 } from '../common/clock.js';
import { timestamp } from '../http/validation/validation.js';
import type { MailChoices, RefusedMerchant } from '../mail/index.js';
import type { Reminder } from './reminders.js';

const LANGUAGES = ['en', 'zh'] as const;

export const reminderAnswer = z
  .object({
    object: z.literal('reminder'),
    voucher_id: z.string(),
    state: z.enum(['on', 'off', 'unavailable']).meta({
      description: '`on`: you get a mail before the opening. `unavailable`: this installation sends no mail.',
    }),
    remind_at: timestamp('2030-01-01T11:50:00.000Z').meta({
      description: 'Ten minutes before the opening time that is set now.',
    }),
  })
  .meta({
    id: 'Reminder',
    examples: [
      {
        object: 'reminder',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        state: 'on',
        remind_at: '2030-01-01T11:50:00.000Z',
      },
    ],
  });
export type ReminderAnswer = z.output<typeof reminderAnswer>;

export const reminderBody = ({ voucherId, state, at }: Reminder): ReminderAnswer => ({
  object: 'reminder',
  voucher_id: voucherId,
  state,
  remind_at: rfc3339(at),
});

const claimIssued = () =>
  z.boolean().meta({ description: 'Whether you get a mail when a claim of yours is issued.' });
const waitingOffer = () =>
  z.boolean().meta({ description: 'Whether you get a mail when a waiting list offers you a unit.' });
const soldOut = () =>
  z.boolean().meta({
    description:
      'Whether you get a mail when a voucher of your merchant is sold out; for owners and editors.',
  });
const language = () => z.enum(LANGUAGES).meta({ description: 'Language of all mails to you.' });

export const mailPreferencesAnswer = z
  .object({
    object: z.literal('mail_preferences'),
    language: language().nullable().meta({
      description:
        'Language of all mails to you. `null` if you have not chosen one; the time zone of your merchant then decides.',
    }),
    claim_issued: claimIssued(),
    waiting_offer: waitingOffer(),
    sold_out: soldOut(),
    refused_merchants: z
      .array(z.object({ id: z.string(), name: z.string() }).meta({ id: 'RefusedMerchant' }))
      .meta({ description: 'Merchants that may not write to you as a holder of their vouchers.' }),
  })
  .meta({
    id: 'MailPreferences',
    examples: [
      {
        object: 'mail_preferences',
        language: 'en',
        claim_issued: true,
        waiting_offer: true,
        sold_out: true,
        refused_merchants: [{ id: 'mer_01k9z3v8f0abcdef', name: 'Tea house' }],
      },
    ],
  });
export type MailPreferencesAnswer = z.output<typeof mailPreferencesAnswer>;

export const mailPreferencesRequest = z
  .strictObject({
    language: language().optional(),
    claim_issued: claimIssued().optional(),
    waiting_offer: waitingOffer().optional(),
    sold_out: soldOut().optional(),
    allow_merchants: z
      .array(z.string().max(64))
      .max(100)
      .optional()
      .meta({ description: 'IDs of merchants that may write to you again.' }),
  })
  .meta({ id: 'UpdateMailPreferencesRequest', examples: [{ claim_issued: true, language: 'en' }] });
export type MailPreferencesRequest = z.output<typeof mailPreferencesRequest>;

export const mailPreferencesBody = (
  choices: MailChoices,
  refused: readonly RefusedMerchant[],
): MailPreferencesAnswer => ({
  object: 'mail_preferences',
  language: choices.language,
  claim_issued: choices.claim_issued,
  waiting_offer: choices.waiting_offer,
  sold_out: choices.sold_out,
  refused_merchants: refused.map(({ id, name }) => ({ id, name })),
});
