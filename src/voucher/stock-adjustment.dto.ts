import { z } from 'zod';
import { plainText } from '../http/validation/validation.js';
import { MAX_STOCK } from './domain/terms.js';

export const stockAdjustmentBody = z
  .strictObject({
    delta: z
      .int()
      .min(-MAX_STOCK)
      .max(MAX_STOCK)
      .refine((delta) => delta !== 0, { message: 'must not be 0' })
      .meta({ description: 'Units to add; negative to remove units.', examples: [100] }),
    reason: plainText(1, 200).meta({ examples: ['more seats in the afternoon'] }),
  })
  .meta({ id: 'StockAdjustmentRequest', examples: [{ delta: 100, reason: 'more seats in the afternoon' }] });

export type StockAdjustmentBody = z.output<typeof stockAdjustmentBody>;
