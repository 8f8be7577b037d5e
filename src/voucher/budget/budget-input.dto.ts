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
        'Upper limit for the face value of all units, including those of waves, in minor units of the currency. `null`: no limit. ' +
        'Visible only to the merchant, at `/v1/vouchers/{id}/budget`.',
      examples: [1_500_000],
    });
