import { VoucherConnectError } from '../../../clients/typescript/src/errors.js';
import type { FieldProblem, ProblemCode } from './types.js';

/** `no_answer`: the connection broke or nothing came in time, so nobody knows whether the request was carried out. */
export type FailureCode = ProblemCode | 'no_answer';

/** Why a request did not do what it was asked. */
export interface Failure {
  readonly code: FailureCode;
  /** 0 without an answer. */
  readonly status: number;
  /** The server's own words, in English: for people who ask for help, never the main text. */
  readonly detail: string;
  readonly requestId: string | undefined;
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | undefined;
  readonly errors: readonly FieldProblem[];
  /** The whole document, for members that a code adds (`claim_id`, `opens_at`). */
  readonly members: Readonly<Record<string, unknown>>;
}

export const NO_ANSWER: Failure = {
  code: 'no_answer',
  status: 0,
  detail: '',
  requestId: undefined,
  retryAfterMs: undefined,
  errors: [],
  members: {},
};

/** What our client threw. A page of a proxy is no problem document. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof VoucherConnectError) || error.code === 'no_answer') return NO_ANSWER;
  const { code, status, problem, requestId, retryAfterMs } = error;
  if (code === 'not_json' || !problem) {
    const known = status >= 500 ? 'dependency_unavailable' : 'malformed_request';
    return { ...NO_ANSWER, code: known, status, retryAfterMs };
  }
  const errors = 'errors' in problem ? (problem.errors ?? []) : [];
  return { code, status, detail: problem.detail, requestId, retryAfterMs, errors, members: { ...problem } };
}

/** A text member that a code adds to its document. */
export function textMember(failure: Failure, name: string): string | undefined {
  const value = failure.members[name];
  return typeof value === 'string' ? value : undefined;
}
