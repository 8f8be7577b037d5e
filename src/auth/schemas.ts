import { z } from 'zod';
import { listSchema, pageQuery, plainText, timestamp, timeZone } from '../http/validation/validation.js';
import { EMAIL_FORMAT, normalEmail } from '../common/email.js';
import { foldText } from '../common/text.js';
import { PHONE_FORMAT, PHONE_MAX_LENGTH, PHONE_PATTERN, toE164 } from './phone.js';

/** What clients send and get. Requests are strict: a field that is not known is refused. */

export const email = () =>
  z
    .string()
    .max(512)
    .refine((text) => normalEmail(text) !== undefined, { message: EMAIL_FORMAT })
    .overwrite((text) => normalEmail(text) ?? text)
    .meta({
      description:
        'At most 254 bytes. Stored in lower case, with an international domain in its `xn--...` form.',
      examples: ['lin@example.com'],
    });

/** No rules on content: they make passwords worse (NIST SP 800-63B, section 3.1.1.2). */
export const newPassword = () =>
  z
    .string()
    .min(8)
    .max(128)
    .refine((text) => !text.includes('\u0000'), { message: 'must not contain NUL' })
    .meta({ description: '8 to 128 characters of any kind.', examples: ['correct horse battery staple'] });

const personName = () => plainText(1, 200).meta({ examples: ['Lin Yue'] });

export const registerBody = z
  .strictObject({ email: email(), password: newPassword(), name: personName() })
  .meta({
    id: 'RegisterRequest',
    examples: [{ email: 'lin@example.com', password: 'correct horse battery staple', name: 'Lin Yue' }],
  });

const deviceToken = () =>
  z.string().max(512).optional().meta({
    description:
      'The token from an earlier login on this device. Browsers that use `X-Session: cookie` have it in a cookie.',
  });

export const loginBody = z
  // A password too short to be one is simply wrong; only its length above is bounded.
  .strictObject({ email: email(), password: z.string().min(1).max(128), device_token: deviceToken() })
  .meta({
    id: 'LoginRequest',
    examples: [{ email: 'lin@example.com', password: 'correct horse battery staple' }],
  });

/** E.164 afterwards. */
export const phone = () =>
  z
    .string()
    .max(PHONE_MAX_LENGTH, PHONE_FORMAT)
    .refine((text) => toE164(text) !== undefined, { message: PHONE_FORMAT })
    .overwrite((text) => toE164(text) ?? text)
    .meta({
      pattern: PHONE_PATTERN,
      description:
        'A US or Chinese mobile number, written as people write it, in international form; a Chinese number may leave out the country code.',
      examples: ['+8613800138000'],
    });

export const phoneCodeBody = z
  .strictObject({
    phone: phone(),
    captcha_id: z.string().min(1).max(64).optional().meta({
      description:
        'Needed after the problem `captcha_required`: the ID of a captcha from its `captchas_url`.',
    }),
    captcha_answer: z.string().max(64).optional(),
    device_token: deviceToken(),
  })
  .refine((body) => (body.captcha_id === undefined) === (body.captcha_answer === undefined), {
    message: 'captcha_id and captcha_answer belong together',
    path: ['captcha_answer'],
  })
  .meta({ id: 'PhoneCodeRequest', examples: [{ phone: '+8613800138000' }] });

const CODE = /^[0-9]{6}$/;
/** As a keyboard for wide digits or a message with the code in two halves gives it. */
const digitsOf = (text: string): string => foldText(text).replace(/[\s-]/g, '');

export const phoneCode = () =>
  z
    .string()
    .max(32, 'must be 6 digits')
    .refine((text) => CODE.test(digitsOf(text)), { message: 'must be 6 digits' })
    .overwrite(digitsOf)
    .meta({ pattern: CODE.source, examples: ['123456'] });

export const phoneLoginBody = z
  .strictObject({
    phone: phone(),
    code: phoneCode(),
    request_id: z.string().min(1).max(64).optional().meta({
      description:
        'The `id` from the response to the request for the code. Without it, only a code requested from the same IP address is accepted.',
    }),
    device_token: deviceToken(),
  })
  .meta({ id: 'PhoneLoginRequest', examples: [{ phone: '+8613800138000', code: '123456' }] });

export const passwordBody = z
  .strictObject({ current_password: z.string().min(1).max(128), new_password: newPassword() })
  .meta({
    id: 'ChangePasswordRequest',
    examples: [
      { current_password: 'correct horse battery staple', new_password: 'a newer, longer password' },
    ],
  });

export const loginSessionsQuery = pageQuery({});

/** Without a body: the token of the cookie. */
export const refreshBody = z
  .strictObject({ refresh_token: z.string().min(1).max(512) })
  .meta({ id: 'RefreshRequest', examples: [{ refresh_token: 'ses_01k9z3v8f0abcdef.q0Hf...' }] })
  .optional();

export const merchantBody = z
  .strictObject({
    name: plainText(1, 200).meta({ examples: ['Tea House'] }),
    time_zone: timeZone(),
    owner: z
      .strictObject({ email: email(), password: newPassword(), name: personName() })
      .meta({ id: 'MerchantOwner' })
      .optional(),
  })
  .meta({
    id: 'RegisterMerchantRequest',
    examples: [
      {
        name: 'Tea House',
        time_zone: 'Asia/Shanghai',
        owner: { email: 'owner@example.com', password: 'correct horse battery staple', name: 'Chen Bo' },
      },
    ],
  });

export const patchMeBody = z
  .strictObject({ name: personName() })
  .meta({ id: 'UpdateAccountRequest', examples: [{ name: 'Lin Yue' }] });

export type RegisterBody = z.output<typeof registerBody>;
export type LoginBody = z.output<typeof loginBody>;
export type PhoneCodeBody = z.output<typeof phoneCodeBody>;
export type PhoneLoginBody = z.output<typeof phoneLoginBody>;
export type PasswordBody = z.output<typeof passwordBody>;
export type LoginSessionsQuery = z.output<typeof loginSessionsQuery>;
export type RefreshBody = z.output<typeof refreshBody>;
export type MerchantBody = z.output<typeof merchantBody>;
export type PatchMeBody = z.output<typeof patchMeBody>;

const EXAMPLE_USER = {
  object: 'user',
  id: 'usr_01k9z3v8f0abcdef',
  name: 'Lin Yue',
  email: 'lin@example.com',
  email_verified: true,
  phone: null,
  roles: ['shopper'],
};

export const userAnswer = z
  .object({
    object: z.literal('user'),
    id: z.string().meta({ examples: ['usr_01k9z3v8f0abcdef'] }),
    name: z.string(),
    email: z.string().nullable(),
    email_verified: z
      .boolean()
      .meta({ description: 'Whether the owner of the address has opened a link that was mailed to it.' }),
    phone: z.string().nullable(),
    roles: z.array(z.string()).meta({
      description:
        '`shopper`, `merchant` or `admin`. People of a merchant are also `owner`, `editor` or `cashier`.',
    }),
  })
  .meta({
    id: 'User',
    examples: [EXAMPLE_USER],
  });

const sessionAnswer = z.object({
  object: z.literal('session'),
  access_token: z.string().meta({ description: 'A JWT. Send it as `Authorization: Bearer ...`.' }),
  token_type: z.literal('Bearer'),
  expires_in: z
    .int()
    .min(1)
    .max(86_400)
    .meta({ description: 'How many seconds the access token is valid.', examples: [900] }),
  refresh_token: z.string().meta({
    description: 'Exchanged at `POST /v1/auth/refresh` for a new pair of tokens; each is good for one call.',
  }),
  device_token: z.string().optional().meta({
    description:
      'Returned by a login. Send it with the next login from this device, so that wrong passwords tried by others do not delay it.',
  }),
  user: userAnswer,
});

const EXAMPLE_SESSION = {
  object: 'session',
  access_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFrOSJ9.c2lnbmF0dXJl',
  token_type: 'Bearer',
  expires_in: 900,
  refresh_token: 'ses_01k9z3v8f0abcdef.q0Hf...',
  user: EXAMPLE_USER,
};

/** As it goes out, by `X-Session`: one schema, as generators of clients want it, with the tokens where they are in the body. */
export const sessionResult = sessionAnswer
  .partial({ access_token: true, token_type: true, refresh_token: true })
  .meta({
    id: 'Session',
    description: 'The members of tokens are absent with `X-Session: cookie`: then they are cookies.',
    examples: [EXAMPLE_SESSION],
  });

const merchantAnswer = z.object({
  object: z.literal('merchant'),
  id: z.string().meta({ examples: ['mer_01k9z3v8f0abcdef'] }),
  name: z.string().meta({ examples: ['Tea House'] }),
  time_zone: z.string().meta({ examples: ['Asia/Shanghai'] }),
  session: sessionAnswer.meta({ description: 'A session of the owner, who is now signed in.' }),
});

export const merchantResult = merchantAnswer
  .extend({ session: sessionResult.meta({ description: 'A session of the owner, who is now signed in.' }) })
  .meta({
    id: 'Merchant',
    examples: [
      {
        object: 'merchant',
        id: 'mer_01k9z3v8f0abcdef',
        name: 'Tea House',
        time_zone: 'Asia/Shanghai',
        session: { ...EXAMPLE_SESSION, user: { ...EXAMPLE_USER, roles: ['merchant', 'owner'] } },
      },
    ],
  });

export const phoneCodeAnswer = z
  .object({
    object: z.literal('phone_code'),
    id: z.string().meta({
      description: 'Send it together with the code, as `request_id`.',
      examples: ['c2xlZXBpbmcgdGVhcG90IQ'],
    }),
    expires_in: z
      .int()
      .min(1)
      .max(86_400)
      .meta({ description: 'How many seconds the code is valid.', examples: [300] }),
  })
  .meta({
    id: 'PhoneCode',
    examples: [{ object: 'phone_code', id: 'c2xlZXBpbmcgdGVhcG90IQ', expires_in: 300 }],
  });

const loginSessionAnswer = z
  .object({
    object: z.literal('login_session'),
    id: z.string().meta({ examples: ['ses_01k9z3v8f0abcdef'] }),
    current: z.boolean().meta({ description: 'Whether this is the session that made the request.' }),
    created_at: timestamp(),
    last_seen_at: timestamp().meta({ description: 'Accurate to about a minute.' }),
    address: z
      .string()
      .nullable()
      .meta({ description: 'IP address of the client that signed in.', examples: ['203.0.113.7'] }),
    user_agent: z.string().nullable(),
  })
  .meta({
    id: 'LoginSession',
    examples: [
      {
        object: 'login_session',
        id: 'ses_01k9z3v8f0abcdef',
        current: true,
        created_at: '2030-01-01T12:00:00.041Z',
        last_seen_at: '2030-01-01T12:05:00.000Z',
        address: '203.0.113.7',
        user_agent: 'Mozilla/5.0',
      },
    ],
  });

export const loginSessionList = listSchema(loginSessionAnswer, '/v1/me/sessions');

export type PhoneCodeAnswer = z.output<typeof phoneCodeAnswer>;
export type LoginSessionAnswer = z.output<typeof loginSessionAnswer>;
export type UserAnswer = z.output<typeof userAnswer>;
export type SessionAnswer = z.output<typeof sessionAnswer>;
/** What a browser gets that keeps its tokens in cookies. */
export type CookieSessionAnswer = Pick<SessionAnswer, 'object' | 'expires_in' | 'user'>;
export type MerchantAnswer = z.output<typeof merchantAnswer>;
