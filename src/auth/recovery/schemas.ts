import { z } from 'zod';
import { email, newPassword, phone, phoneCode } from '../schemas.js';

const TOKEN = 'q0HfJ8m2Zr6tXw3uYb5nKd7sLc9vGa1eRi4oPy0TzQk';

/** The secret of a mailed link: what stands behind the `#`. */
const linkToken = () =>
  z
    .string()
    .min(1)
    .max(512)
    .meta({
      description: 'The part of the link after the `#`.',
      examples: [TOKEN],
    });

export const passwordResetBody = z
  .strictObject({ email: email() })
  .meta({ id: 'PasswordResetRequest', examples: [{ email: 'lin@example.com' }] });

export const passwordResetConfirmBody = z.strictObject({ token: linkToken(), password: newPassword() }).meta({
  id: 'ConfirmPasswordResetRequest',
  examples: [{ token: TOKEN, password: 'a newer, longer password' }],
});

export const emailProofBody = z
  .strictObject({ email: email() })
  .meta({ id: 'EmailProofRequest', examples: [{ email: 'lin@example.com' }] });

export const emailProofConfirmBody = z
  .strictObject({ token: linkToken() })
  .meta({ id: 'ConfirmEmailProofRequest', examples: [{ token: TOKEN }] });

export const phoneProofConfirmBody = z
  .strictObject({
    phone: phone(),
    code: phoneCode(),
    request_id: z
      .string()
      .min(1)
      .max(64)
      .meta({ description: 'The `id` from the response to the request for the code.' }),
  })
  .meta({
    id: 'ConfirmPhoneProofRequest',
    examples: [{ phone: '+8613800138000', code: '123456', request_id: 'c2xlZXBpbmcgdGVhcG90IQ' }],
  });

const expiresIn = (seconds: number) =>
  z
    .int()
    .min(1)
    .max(604_800)
    .meta({ description: 'How many seconds the link is valid.', examples: [seconds] });

export const passwordResetAnswer = z
  .object({ object: z.literal('password_reset'), expires_in: expiresIn(1_800) })
  .meta({ id: 'PasswordReset', examples: [{ object: 'password_reset', expires_in: 1_800 }] });

export const emailProofAnswer = z
  .object({ object: z.literal('email_proof'), email: z.string(), expires_in: expiresIn(86_400) })
  .meta({
    id: 'EmailProof',
    examples: [{ object: 'email_proof', email: 'lin@example.com', expires_in: 86_400 }],
  });

export type PasswordResetBody = z.output<typeof passwordResetBody>;
export type PasswordResetConfirmBody = z.output<typeof passwordResetConfirmBody>;
export type EmailProofBody = z.output<typeof emailProofBody>;
export type EmailProofConfirmBody = z.output<typeof emailProofConfirmBody>;
export type PhoneProofConfirmBody = z.output<typeof phoneProofConfirmBody>;
export type PasswordResetAnswer = z.output<typeof passwordResetAnswer>;
export type EmailProofAnswer = z.output<typeof emailProofAnswer>;
