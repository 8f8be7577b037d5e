import { z } from 'zod';
import { timestamp } from '../http/validation/validation.js';

export const timeAnswer = z
  .object({ object: z.literal('time'), now: timestamp('2030-01-01T12:00:00.000Z') })
  .meta({ id: 'ServerTime', examples: [{ object: 'time', now: '2030-01-01T12:00:00.000Z' }] });

export type TimeAnswer = z.output<typeof timeAnswer>;
