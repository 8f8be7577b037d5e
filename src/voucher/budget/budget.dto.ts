import { z } from 'zod';
import { MAX_BUDGET } from '../domain/budget.js';
import { EXAMPLE_VOUCHER_ID, faceValueAnswer } from '../voucher.dto.js';
import { faceValueBody } from '../voucher.view.js';
import type { VoucherBudget } from './budgets.js';

const amount = () => z.int().min(0).max(MAX_BUDGET);

export const budgetAnswer = z
  .object({
    object: z.literal('voucher_budget'),
    voucher_id: z.string(),
    face_value: faceValueAnswer.nullable().meta({ description: 'Its currency is that of all amounts here.' }),
    budget_minor: amount().nullable().meta({ description: '`null` if there is no budget.' }),
    committed_minor: amount()
      .nullable()
      .meta({ description: 'Face value of all units, including future ones; `null` if there is no budget.' }),
    issued_minor: amount()
      .nullable()
      .meta({ description: 'Face value of the units that people hold now; `null` if there is no budget.' }),
  })
  .meta({
    id: 'VoucherBudget',
    examples: [
      {
        object: 'voucher_budget',
        voucher_id: EXAMPLE_VOUCHER_ID,
        face_value: { amount: 1500, currency: 'CNY' },
        budget_minor: 2_000_000,
        committed_minor: 1_500_000,
        issued_minor: 618_000,
      },
    ],
  });

export type BudgetAnswer = z.output<typeof budgetAnswer>;

export const budgetBody = ({ voucher, committed, issued }: VoucherBudget): BudgetAnswer => ({
  object: 'voucher_budget',
  voucher_id: voucher.id,
  face_value: faceValueBody(voucher),
  budget_minor: voucher.budgetMinor,
  committed_minor: committed,
  issued_minor: issued,
});
