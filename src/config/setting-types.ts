import { z } from 'zod';
import '../common/field-words.js';
import { CLAIM_LIMIT_FORM, parseRateLimit, RATE_LIMIT_FORM } from './rate-limits.js';

export const int = (fallback: number, min: number, max: number, description: string) =>
  z.coerce.number().int().min(min).max(max).default(fallback).describe(description);

export const optionalText = (description: string) =>
  z
    .string()
    .trim()
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .describe(description);

/** At least 32 characters; nothing is none. */
export const optionalSecret = (description: string) =>
  z
    .string()
    .refine((value) => value === '' || value.length >= 32, 'at least 32 characters')
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .describe(description);

/** `limit/window` and words, see `parseRateLimit`; kept as text here and read into `Config.rateLimits`. */
export const rateLimit = (fallback: string, description: string, name: 'claim' | 'any' = 'any') =>
  z
    .string()
    .refine((text) => parseRateLimit(name, text) !== undefined, {
      message: name === 'claim' ? CLAIM_LIMIT_FORM : RATE_LIMIT_FORM,
    })
    .default(fallback)
    .describe(description);
