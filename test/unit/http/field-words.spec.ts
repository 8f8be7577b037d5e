import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { PHONE_FORMAT } from '../../../src/auth/phone.js';
import { EMAIL_FORMAT } from '../../../src/common/email.js';
import '../../../src/common/field-words.js';
import { instant, plainText } from '../../../src/http/validation/validation.js';
import { translatorOf } from '../../../src/pages/words/words.js';

const saysOf = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

describe('a field that does not fit', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.int().min(1), 0, 'Enter at least 1'],
    [z.int().max(10), 11, 'Enter at most 10'],
    [z.number().gt(0), 0, 'Enter more than 0'],
    [z.coerce.number(), 'abc', 'must be a number'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.string(), undefined, 'is required'],
    [z.string(), null, 'is required'],
    [z.string(), 1, 'must be a text'],
    [z.boolean(), 'yes', 'must be true or false'],
    [z.string().min(8), 'short', 'Use at least 8 characters'],
    [plainText(1, 200), ' ', 'Fill this in'],
    [z.string().max(1), 'ab', 'Use at most 1 character'],
    [z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 entries'],
    [z.email(), 'lin', EMAIL_FORMAT],
    [instant(), 'noon', 'must be a date and time with its offset, for example 2030-01-01T12:00:00Z'],
    [z.enum(['a', 'b']), 'c', 'must be one of a, b'],
    [z.literal('a'), 'c', 'must be a'],
  ])('%#: is told what to enter', (schema, value, words) => expect(saysOf(schema, value)).toBe(words));

  it('is told by the API what it is told on a page', () => {
    const t = translatorOf('en');
    const bounded = (key: Parameters<typeof t>[0], bound: number) => t(key, { bound: String(bound) }, bound);
    for (const [schema, value, words] of [
      [z.int().min(1), 0, bounded('fieldErrors.too_small_value', 1)],
      [z.int().max(10), 11, bounded('fieldErrors.too_big_value', 10)],
      [z.string().min(1), '', bounded('fieldErrors.too_small_characters', 1)],
      [z.string().min(8), 'short', bounded('fieldErrors.too_small_characters', 8)],
      [z.string().max(1), 'ab', bounded('fieldErrors.too_big_characters', 1)],
    ] as const)
      expect(`${saysOf(schema, value)}.`).toBe(words);
    expect([`${EMAIL_FORMAT}.`, `${PHONE_FORMAT}.`]).toEqual([
      t('fieldErrors.at.email'),
      t('fieldErrors.at.phone'),
    ]);
  });

  it('is told by its schema where that knows better', () => {
    expect(saysOf(z.string().regex(/^a/, 'must begin with a'), 'b')).toBe('must begin with a');
  });
});
