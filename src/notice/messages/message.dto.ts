import { z } from 'zod';
import { rfc3339, rfc3339OrNull } from '../../common/clock.js';
import { listSchema, pageQuery, plainText, timestamp } from '../../http/validation/validation.js';
import { MESSAGE_STATES, MESSAGE_STATUSES, type SentMessage } from './message-rows.js';

const SUBJECT_MAX = 120;
const TEXT_MAX = 2_000;

const subject = () =>
  plainText(1, SUBJECT_MAX).meta({
    description: 'One line. The name of the merchant is put before it.',
    examples: ['We open an hour later'],
  });
const text = () =>
  plainText(1, TEXT_MAX).meta({
    description: 'Plain text. Line breaks are kept.',
    examples: ['On Saturday we open at 11.\nYour voucher is good all day.'],
  });
const statuses = () =>
  z
    .array(z.enum(MESSAGE_STATUSES))
    .min(1)
    .max(MESSAGE_STATUSES.length)
    .meta({
      description: 'The message goes to the holders of claims with one of these statuses.',
      examples: [['issued']],
    });

export const messageRequest = z
  .strictObject({
    subject: subject(),
    text: text(),
    statuses: statuses()
      .overwrite((given) => [...new Set(given)])
      .default([...MESSAGE_STATUSES]),
  })
  .meta({
    id: 'VoucherMessageRequest',
    examples: [
      {
        subject: 'We open an hour later',
        text: 'On Saturday we open at 11.\nYour voucher is good all day.',
        statuses: ['issued'],
      },
    ],
  });
export type MessageRequest = z.output<typeof messageRequest>;

export const messagesQuery = pageQuery({});
export type MessagesQuery = z.output<typeof messagesQuery>;

export const messageAnswer = z
  .object({
    object: z.literal('voucher_message'),
    id: z.string(),
    voucher_id: z.string(),
    subject: subject(),
    text: text(),
    statuses: statuses(),
    status: z.enum(MESSAGE_STATES).meta({
      description:
        '`running`: mails are being created. `done`: all have been created. `stopped`: no more are created because the voucher was taken ' +
        'down, the merchant was disabled, or three days have passed; in the first two cases, mails that are still waiting are not sent either.',
    }),
    recipients: z
      .int()
      .min(0)
      .meta({ description: 'Number of people for whom a mail has been created so far.' }),
    sent: z.int().min(0).meta({ description: 'Number of mails that the mail server accepted.' }),
    failed: z.int().min(0).meta({ description: 'Number of mails that could not be sent.' }),
    created_at: timestamp('2030-01-01T12:00:00.000Z'),
    finished_at: timestamp('2030-01-01T12:00:04.000Z').nullable().meta({
      description: 'When the last mail was created; `null` if not finished.',
    }),
  })
  .meta({
    id: 'VoucherMessage',
    examples: [
      {
        object: 'voucher_message',
        id: 'msg_01k9z3v8f0abcdef',
        voucher_id: 'vch_01k9z3v8f0abcdef',
        subject: 'We open an hour later',
        text: 'On Saturday we open at 11.\nYour voucher is good all day.',
        statuses: ['issued'],
        status: 'running',
        recipients: 400,
        sent: 180,
        failed: 2,
        created_at: '2030-01-01T12:00:00.000Z',
        finished_at: null,
      },
    ],
  });
export type MessageAnswer = z.output<typeof messageAnswer>;

export const messageListAnswer = listSchema(messageAnswer, '/v1/vouchers/vch_01k9z3v8f0abcdef/messages');

export const messageBody = ({ message, counts }: SentMessage): MessageAnswer => ({
  object: 'voucher_message',
  id: message.id,
  voucher_id: message.voucherId,
  subject: message.subject,
  text: message.text,
  statuses: [...message.statuses],
  status: message.state,
  recipients: message.recipients,
  sent: counts.sent,
  failed: counts.failed,
  created_at: rfc3339(message.createdAt),
  finished_at: rfc3339OrNull(message.finishedAt),
});
