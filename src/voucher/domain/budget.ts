/** What a merchant spends on a voucher at most. In minor units of one currency. */
export interface Budgeted {
  readonly faceAmount: number | null;
  readonly budgetMinor: number | null;
}

/** Minor units: a million million of a currency with cents. */
export const MAX_BUDGET = 100_000_000_000_000;

/** Units whose face value a budget suffices for; any number where there is none, or where a unit is worth nothing. */
export const unitsOfBudget = ({ faceAmount, budgetMinor }: Budgeted): number =>
  budgetMinor === null || faceAmount === null || faceAmount === 0
    ? Infinity
    : Math.floor(budgetMinor / faceAmount);
