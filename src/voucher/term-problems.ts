import type { z } from 'zod';
import { Problem, type FieldProblem } from '../common/problems.js';
import type { Breach } from './domain/terms.js';

/** Terms that do not go together, each at its field. @param at pointer of the voucher in the body */
export const termErrors = (breaches: readonly Breach[], at = ''): FieldProblem[] =>
  breaches.map(({ field, code, detail }) => ({ pointer: `${at}/${field}`, code, detail }));

/** The same where a body is read, so that it is told together with what else is wrong there. */
export function addTermIssues(context: z.core.$RefinementCtx, breaches: readonly Breach[]): void {
  for (const { field, code, detail } of breaches)
    context.addIssue({ code: 'custom', path: [field], message: detail, params: { code } });
}

/** @throws Problem validation_failed where anything is wrong */
export function requireNoBreach(breaches: readonly Breach[]): void {
  if (breaches.length > 0) throw new Problem('validation_failed', { errors: termErrors(breaches) });
}
