import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { fieldProblems, type Issue } from '../../../src/http/validation/field-problems.js';
import { createBody } from '../../../src/voucher/voucher.dto.js';

const wrong = (schema: z.ZodType, value: unknown) =>
  (schema.safeParse(value).error?.issues ?? []).flatMap((issue) => fieldProblems(issue as Issue));

describe('what is wrong with a field', () => {
  it.each([
    [z.int().min(1), 0, { code: 'too_small', bound: 1, counts: 'value' }],
    [z.int().max(9), 10, { code: 'too_big', bound: 9, counts: 'value' }],
    [z.string().min(8), 'short', { code: 'too_small', bound: 8, counts: 'characters' }],
    [z.string().min(1), '', { code: 'too_small', bound: 1, counts: 'characters' }],
    [z.array(z.int()).max(2), [1, 2, 3], { code: 'too_big', bound: 2, counts: 'items' }],
    [z.int(), undefined, { code: 'invalid_type' }],
    [z.number(), NaN, { code: 'invalid_type' }],
    [z.string(), 7, { code: 'invalid_type' }],
    [z.enum(['a', 'b']), 'c', { code: 'invalid_value' }],
  ])('is told with its bound, for who says it in other words (%#)', (schema, value, problem) => {
    expect(wrong(schema, value)).toEqual([{ pointer: '', detail: expect.any(String), ...problem }]);
  });

  it('is told for all fields of a voucher at once, the order of its times too', () => {
    const errors = wrong(createBody, {
      title: '',
      total_stock: 0,
      opens_at: '2030-01-02T00:00:00Z',
      closes_at: '2030-01-01T00:00:00Z',
      redeem_until: '2029-01-01T00:00:00Z',
    });
    expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/title', 'too_small'],
      ['/total_stock', 'too_small'],
      ['/opens_at', 'not_before_closes_at'],
      ['/redeem_until', 'before_closes_at'],
    ]);
  });

  it('is not the order of times where one of them cannot be read', () => {
    const errors = wrong(createBody, {
      title: 'Tea',
      total_stock: 1,
      opens_at: 'tomorrow',
      closes_at: '2030-01-01T00:00:00Z',
    });
    expect([...new Set(errors.map(({ pointer }) => pointer))]).toEqual(['/opens_at']);
    expect(errors.map(({ code }) => code)).not.toContain('not_before_closes_at');
  });
});
