import { z } from 'zod';
import { EMAIL_FORMAT, normalEmail } from '../common/email.js';
import { plainText, timestamp, timeZone } from '../http/validation/validation.js';

/** What clients send and get. Requests are strict: a field that is not known is refused. */

const ID = 'mer_01k9z3v8f0abcdef';
export const EXAMPLE_LOGO_URL = `/v1/merchants/${ID}/logos/q0HfT3sPZ8mC1dYw`;
const COLOR = /^#[0-9a-f]{6}$/;

const orNothing = (schema: z.ZodString, text: string, example: string) =>
  schema.nullable().meta({ description: `${text}; \`null\` for none.`, examples: [example] });

const color = () =>
  orNothing(
    z
      .string()
      .overwrite((text) => text.toLowerCase())
      .regex(COLOR, 'must be #rrggbb'),
    'Brand color as `#rrggbb`',
    '#0f766e',
  );

const contactEmail = () =>
  z
    .string()
    .max(512)
    .refine((text) => normalEmail(text) !== undefined, { message: EMAIL_FORMAT })
    .overwrite((text) => normalEmail(text) ?? text)
    .nullable()
    .meta({ description: 'E-mail address for customers; `null` for none.', examples: ['hello@tea.example'] });

/** A page that people are sent to: nothing but the web, so that a link never runs anything. */
const website = () =>
  z
    .string()
    .trim()
    .max(500)
    .refine(isWebAddress, { message: 'must be an address that begins with https:// or http://' })
    .nullable()
    .meta({ description: 'Address of a website; `null` for none.', examples: ['https://tea.example'] });

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

const contactRequest = z
  .strictObject({
    email: contactEmail().optional(),
    phone: orNothing(
      plainText(1, 40),
      'Phone number, written as people write it',
      '+86 21 5555 0100',
    ).optional(),
    website: website().optional(),
  })
  .meta({ id: 'MerchantContactInput' });

export const patchMerchantBody = z
  .strictObject({
    name: plainText(1, 200)
      .meta({ examples: ['Tea House'] })
      .optional(),
    time_zone: timeZone().optional(),
    color: color().optional(),
    address: orNothing(plainText(1, 500), 'Where vouchers are redeemed', '12 Nanjing Road').optional(),
    terms: orNothing(
      plainText(1, 5_000),
      'Terms that apply to all vouchers of the merchant',
      'One voucher per bill.',
    ).optional(),
    contact: contactRequest.optional(),
  })
  .refine((edits) => Object.values(edits).some((value) => value !== undefined), {
    message: 'must name at least one field to change',
  })
  .meta({ id: 'UpdateMerchantRequest', examples: [{ color: '#0f766e', address: '12 Nanjing Road' }] });

export type PatchMerchantBody = z.output<typeof patchMerchantBody>;

const logoUrl = () =>
  z
    .string()
    .nullable()
    .meta({
      description:
        'Path of a WebP image of at most 512 × 512 pixels. The path changes with the image. `null` if there is no logo.',
      examples: [EXAMPLE_LOGO_URL],
    });
const colorAnswer = () =>
  z
    .string()
    .nullable()
    .meta({ description: 'Brand color as `#rrggbb`; `null` if there is none.', examples: ['#0f766e'] });

/** What stands beside everything of a merchant's. */
export const merchantCard = z
  .object({
    id: z.string().meta({ examples: [ID] }),
    name: z.string().meta({ examples: ['Tea House'] }),
    logo_url: logoUrl(),
    color: colorAnswer(),
  })
  .meta({
    id: 'MerchantCard',
    examples: [{ id: ID, name: 'Tea House', logo_url: EXAMPLE_LOGO_URL, color: '#0f766e' }],
  });

export type MerchantCardAnswer = z.output<typeof merchantCard>;

const EXAMPLE_CONTACT = {
  email: 'hello@tea.example',
  phone: '+86 21 5555 0100',
  website: 'https://tea.example',
};

const contactAnswer = z
  .object({
    email: z.string().nullable(),
    phone: z.string().nullable(),
    website: z.string().nullable(),
  })
  .meta({ id: 'MerchantContact' });

export const EXAMPLE_CLAIM_MERCHANT = {
  id: ID,
  name: 'Tea House',
  logo_url: EXAMPLE_LOGO_URL,
  color: '#0f766e',
  address: '12 Nanjing Road, Shanghai',
  terms: 'One voucher per bill.',
  contact: EXAMPLE_CONTACT,
};

/** What a holder needs to use a voucher: where to go, what holds there, and whom to ask. */
export const claimMerchant = merchantCard
  .extend({
    address: z
      .string()
      .nullable()
      .meta({ description: 'Where the voucher is redeemed; `null` if the merchant gives no address.' }),
    terms: z
      .string()
      .nullable()
      .meta({ description: 'Terms that apply to all vouchers of the merchant; `null` if there are none.' }),
    contact: contactAnswer,
  })
  .meta({ id: 'ClaimMerchant', examples: [EXAMPLE_CLAIM_MERCHANT] });

export type ClaimMerchantAnswer = z.output<typeof claimMerchant>;

export const merchantProfile = z
  .object({
    object: z.literal('merchant'),
    id: z.string().meta({ examples: [ID] }),
    name: z.string(),
    time_zone: z.string().meta({
      description: 'Used for vouchers that set no time zone of their own.',
      examples: ['Asia/Shanghai'],
    }),
    logo_url: logoUrl(),
    color: colorAnswer(),
    address: z.string().nullable(),
    terms: z.string().nullable(),
    contact: contactAnswer,
    created_at: timestamp('2029-12-01T09:00:00.000Z'),
  })
  .meta({
    id: 'MerchantProfile',
    examples: [
      {
        object: 'merchant',
        id: ID,
        name: 'Tea House',
        time_zone: 'Asia/Shanghai',
        logo_url: EXAMPLE_LOGO_URL,
        color: '#0f766e',
        address: '12 Nanjing Road, Shanghai',
        terms: 'One voucher per bill.',
        contact: EXAMPLE_CONTACT,
        created_at: '2029-12-01T09:00:00.000Z',
      },
    ],
  });

export type MerchantProfileAnswer = z.output<typeof merchantProfile>;
