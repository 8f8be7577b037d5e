import type { Problem } from './types.js';

/** `no_answer`: the connection broke, or nothing came in time; `not_json`: something between answered in the server's place. */
export type FailureCode = Problem['code'] | 'no_answer' | 'not_json';

interface FailureDetails {
  /** Of the answer; 0 without one. */
  readonly status: number;
  readonly code: FailureCode;
  /** As the server sent it (RFC 9457). Members that a code adds are typed: narrow by `problem.code`. */
  readonly problem?: Problem | undefined;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A call that did not do what it was asked, after all retries. */
export class VoucherConnectError extends Error {
  readonly status: number;
  readonly code: FailureCode;
  readonly problem: Problem | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, code, problem, retryAfterMs, cause }: FailureDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VoucherConnectError';
    this.status = status;
    this.code = code;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** Names the request when you ask its operator for help. */
  get requestId(): string | undefined {
    return this.problem?.request_id;
  }
}

/** Reads an answer that is no success. A page of a proxy is no problem document. */
export async function errorOf(response: Response): Promise<VoucherConnectError> {
  const { status, headers } = response;
  const document: unknown = await response.json().catch(() => undefined);
  const problem = isProblem(document) ? document : undefined;
  return new VoucherConnectError(problem ? `${problem.code}: ${problem.detail}` : `status ${status}`, {
    status,
    code: problem?.code ?? 'not_json',
    problem,
    retryAfterMs: retryAfter(headers.get('retry-after')),
  });
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Problem>).code === 'string';

/** Seconds, or a date (RFC 9110, section 10.2.3). @returns milliseconds from now */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
