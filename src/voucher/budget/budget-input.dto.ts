import { z } from 'zod';
import { MAX_BUDGET } from '../domain/budget.js';

export const budgetInput = () =>
  z
    .int()
    .min(0)
    .max(MAX_BUDGET)
    .nullable()
    .meta({
      description:
        'the face value of all units, those of waves among them, stays within it, in minor units of its currency; null: no budget. Only ' +
        'the merchant sees it, at `/v1/vouchers/{id}/budget`',
      examples: [1_500_000],
    });
