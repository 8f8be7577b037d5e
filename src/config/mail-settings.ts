import { z } from 'zod';
import { parseMailbox, parseMailUrl } from './mail-url.js';
import { int, optionalText } from './setting-types.js';

/** Mail to people, and where the links in it lead. */
export const mailSettings = {
  PUBLIC_URL: optionalText(
    'https://drops.example.com: where people reach the pages; links in mails begin with it; unset: HOST and PORT',
  ).pipe(
    z
      .string()
      .refine(isOrigin, { message: 'must be http:// or https:// and a host, without a path' })
      .overwrite((text) => (isOrigin(text) ? new URL(text).origin : text))
      .optional(),
  ),
  MAIL_URL: optionalText(
    'smtp://user:password@host:587 or smtps://host:465; unset: mails are files in DATA_DIR/mail, and in production there are none',
  ).pipe(
    z
      .string()
      .refine((text) => parseMailUrl(text) !== undefined, {
        message: 'must be smtp:// or smtps://, with a host, and a user and password or neither',
      })
      .optional(),
  ),
  MAIL_FROM: optionalText(
    'sender of mails: no-reply@example.com or Name <no-reply@example.com>; set with MAIL_URL',
  ).pipe(
    z
      .string()
      .refine((text) => parseMailbox(text) !== undefined, {
        message: 'must be an e-mail address, or a name and one in <>',
      })
      .optional(),
  ),
  MAIL_STARTTLS: z
    .enum(['required', 'off'])
    .default('required')
    .describe('smtp:// without TLS first: it must become TLS before anything is sent, or never does'),
  MAIL_TLS_CA: optionalText(
    'PEM file of the authorities that the mail server is verified by; unset: those that Node knows',
  ),
  MAIL_TIMEOUT_MS: int(20_000, 100, 300_000, 'a mail that the server has not taken by then is tried again'),
  MAIL_INTERVAL_MS: int(1_000, 50, 3_600_000, 'how often mails that are due are looked for'),
  VOUCHER_MESSAGES_PER_DAY: int(
    2,
    1,
    100,
    'messages that a merchant may write to the holders of one voucher in 24 h',
  ),
};

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === '/' && `${search}${hash}${username}${password}` === '';
}
