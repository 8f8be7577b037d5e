import { z } from 'zod';
import { plainText, timeZone } from '../platform/http/validation.js';

/** What clients send and get. Requests are strict: a field that is not known is refused. */

const email = () =>
  z
    .string()
    .trim()
    .toLowerCase()
    .max(254)
    .check(z.email())
    .meta({ description: 'stored trimmed and in lower case', examples: ['lin@example.com'] });

/** No rules on content: they make passwords worse (NIST SP 800-63B, section 3.1.1.2). */
const newPassword = () =>
  z
    .string()
    .min(8)
    .max(128)
    .refine((text) => !text.includes('\u0000'), { message: 'must not contain NUL' })
    .meta({ description: '8 to 128 characters, any', examples: ['correct horse battery staple'] });

const personName = () => plainText(1, 200).meta({ examples: ['Lin Yue'] });

export const registerBody = z
  .strictObject({ email: email(), password: newPassword(), name: personName() })
  .meta({
    examples: [{ email: 'lin@example.com', password: 'correct horse battery staple', name: 'Lin Yue' }],
  });

export const loginBody = z
  // A password too short to be one is simply wrong; only its length above is bounded.
  .strictObject({ email: email(), password: z.string().min(1).max(128) })
  .meta({ examples: [{ email: 'lin@example.com', password: 'correct horse battery staple' }] });

export const refreshBody = z
  .strictObject({ refresh_token: z.string().min(1).max(512) })
  .meta({ examples: [{ refresh_token: 'ses_01k9z3v8f0abcdef.q0Hf...' }] });

export const merchantBody = z
  .strictObject({
    name: plainText(1, 200).meta({ examples: ['Tea House'] }),
    time_zone: timeZone(),
    owner: z.strictObject({ email: email(), password: newPassword(), name: personName() }),
  })
  .meta({
    examples: [
      {
        name: 'Tea House',
        time_zone: 'Asia/Shanghai',
        owner: { email: 'owner@example.com', password: 'correct horse battery staple', name: 'Chen Bo' },
      },
    ],
  });

export const patchMeBody = z.strictObject({ name: personName() }).meta({ examples: [{ name: 'Lin Yue' }] });

export type RegisterBody = z.output<typeof registerBody>;
export type LoginBody = z.output<typeof loginBody>;
export type RefreshBody = z.output<typeof refreshBody>;
export type MerchantBody = z.output<typeof merchantBody>;
export type PatchMeBody = z.output<typeof patchMeBody>;

export const userAnswer = z
  .object({
    object: z.literal('user'),
    id: z.string().meta({ examples: ['usr_01k9z3v8f0abcdef'] }),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    roles: z
      .array(z.string())
      .meta({ description: 'shopper, merchant or admin; a merchant also owner, editor or cashier' }),
  })
  .meta({
    examples: [
      {
        object: 'user',
        id: 'usr_01k9z3v8f0abcdef',
        name: 'Lin Yue',
        email: 'lin@example.com',
        phone: null,
        roles: ['shopper'],
      },
    ],
  });

export const sessionAnswer = z.object({
  object: z.literal('session'),
  access_token: z.string().meta({ description: 'a JWT; send it as `Authorization: Bearer ...`' }),
  token_type: z.literal('Bearer'),
  expires_in: z
    .int()
    .min(1)
    .max(86_400)
    .meta({ description: 'seconds the access token is valid', examples: [900] }),
  refresh_token: z.string().meta({ description: 'good for one call of POST /v1/auth/refresh' }),
  user: userAnswer,
});

export const merchantAnswer = z.object({
  object: z.literal('merchant'),
  id: z.string().meta({ examples: ['mer_01k9z3v8f0abcdef'] }),
  name: z.string().meta({ examples: ['Tea House'] }),
  time_zone: z.string().meta({ examples: ['Asia/Shanghai'] }),
  session: sessionAnswer.meta({ description: 'the owner, logged in' }),
});

export type UserAnswer = z.output<typeof userAnswer>;
export type SessionAnswer = z.output<typeof sessionAnswer>;
export type MerchantAnswer = z.output<typeof merchantAnswer>;
