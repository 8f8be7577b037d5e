import { z } from 'zod';
import { rfc3339 } from '../common/clock.js';
import { timestamp } from '../http/validation/validation.js';
import type { Captcha } from './captcha-desk.js';
import { CAPTCHA_LANGUAGES } from './captcha-task.js';

export const captchaRequest = z
  .strictObject({
    alternative: z.boolean().default(false).meta({
      description: 'Asks for a question in words instead of an image, for screen readers.',
    }),
    language: z
      .enum(CAPTCHA_LANGUAGES)
      .default('en')
      .meta({ description: 'Language of the question in words.' }),
  })
  .meta({ id: 'CaptchaRequest', examples: [{ alternative: false }] })
  .optional();
export type CaptchaRequest = z.infer<typeof captchaRequest>;

export const captchaSchema = z
  .object({
    object: z.literal('captcha'),
    id: z.string(),
    kind: z.enum(['math', 'image']).meta({
      description:
        '`math`: answer with the result in digits. `image`: answer with the characters in the image; case does not matter.',
    }),
    image: z.string().optional().meta({ description: 'The image as a data URI (PNG, 220 × 72 pixels).' }),
    question: z.string().optional().meta({ description: 'The question in words.' }),
    expires_at: timestamp('2030-01-01T12:02:00.000Z'),
  })
  .meta({
    id: 'Captcha',
    examples: [
      {
        object: 'captcha',
        id: 'cap_01k9z3v8f0abcdef',
        kind: 'math',
        question: 'What is forty-three plus eight? Answer in digits.',
        expires_at: '2030-01-01T12:02:00.000Z',
      },
    ],
  });
export type CaptchaBody = z.infer<typeof captchaSchema>;

export const captchaBody = ({ id, kind, picture, question, expiresAt }: Captcha): CaptchaBody => ({
  object: 'captcha',
  id,
  kind,
  ...(picture ? { image: `data:image/png;base64,${picture.toString('base64')}` } : {}),
  ...(question === undefined ? {} : { question }),
  expires_at: rfc3339(expiresAt),
});

export const claimLinkRequest = z
  .strictObject({
    captcha_id: z.string().min(1).max(64).optional(),
    captcha_answer: z.string().max(64).optional(),
  })
  .refine((body) => (body.captcha_id === undefined) === (body.captcha_answer === undefined), {
    message: 'captcha_id and captcha_answer belong together',
    path: ['captcha_answer'],
  })
  .meta({ id: 'ClaimLinkRequest', examples: [{ captcha_id: 'cap_01k9z3v8f0abcdef', captcha_answer: '51' }] })
  .optional();
export type ClaimLinkRequest = z.infer<typeof claimLinkRequest>;

export const claimLinkSchema = z
  .object({
    object: z.literal('claim_link'),
    url: z.string().meta({
      description: 'Send a POST request here to claim. Valid for you only, once, until `expires_at`.',
    }),
    expires_at: timestamp('2030-01-01T12:02:00.000Z'),
  })
  .meta({
    id: 'ClaimLink',
    examples: [
      {
        object: 'claim_link',
        url: '/v1/claim-links/01k9z3v8f0abcdefAZzP4Kz0q1rE7dW2m9hXv5tYc3nBj6uLs8gQo4iRaKfTeUwDxHyMpVbCzNlG',
        expires_at: '2030-01-01T12:01:00.000Z',
      },
    ],
  });
export type ClaimLinkBody = z.infer<typeof claimLinkSchema>;
