import type { FieldProblem, Problem, ProblemCode } from './types.js';

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

/** Reads the answer of anything between browser and application: a page of a proxy is no problem document. */
export async function failureOf(response: Response): Promise<Failure> {
  const document: unknown = await response.json().catch(() => undefined);
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  if (!isProblem(document)) {
    return {
      ...NO_ANSWER,
      code: response.status >= 500 ? 'dependency_unavailable' : 'malformed_request',
      status: response.status,
      retryAfterMs,
    };
  }
  return {
    code: document.code,
    status: response.status,
    detail: document.detail,
    requestId: document.request_id,
    retryAfterMs,
    errors: document.errors ?? [],
    members: { ...document },
  };
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Problem>).code === 'string';

/** Seconds; a date is not sent by us. */
function retryAfter(header: string | null): number | undefined {
  const seconds = header === null ? NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** A text member that a code adds to its document. */
export function textMember(failure: Failure, name: string): string | undefined {
  const value = failure.members[name];
  return typeof value === 'string' ? value : undefined;
}
