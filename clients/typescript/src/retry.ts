import { VoucherConnectError } from './errors.js';

export interface RetryOptions {
  /** Attempts after the first; 4 unless given. 0: none. */
  readonly retries?: number;
  /** A longer `Retry-After` is not waited for: the error is thrown instead. 60,000 ms unless given. */
  readonly maxWaitMs?: number;
}

export type Wait = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

const RETRIES = 4;
const MAX_WAIT_MS = 60_000;
const BASE_MS = 250;
const JITTER = 0.2;
/** Nobody can say what became of the request. */
const UNKNOWN: ReadonlySet<number> = new Set([0, 500, 502, 504]);
/** The request was refused, and will be taken later. What waits for a voucher to open is the caller's decision. */
const LATER: ReadonlySet<string> = new Set(['idempotency_in_progress', 'gate_recovering', 'overloaded']);

/**
 * How long to wait before the next attempt; `undefined`: none.
 * @param attempt those made, from 1
 * @param isRepeatable whether the request may reach the server twice
 */
export function pauseBefore(
  error: unknown,
  attempt: number,
  isRepeatable: boolean,
  { retries = RETRIES, maxWaitMs = MAX_WAIT_MS }: RetryOptions,
  random: () => number = Math.random,
): number | undefined {
  if (!(error instanceof VoucherConnectError) || attempt > retries) return undefined;
  const { status, code, problem } = error;
  if (problem && !problem.retryable) return undefined;
  const isUnknown = UNKNOWN.has(status) || code === 'claim_unconfirmed';
  if (isUnknown ? !isRepeatable : status !== 429 && status !== 503 && !LATER.has(code)) return undefined;
  const backoff = BASE_MS * 2 ** (attempt - 1);
  const ms = (error.retryAfterMs ?? backoff) * (1 + JITTER * random());
  return ms <= maxWaitMs * (1 + JITTER) ? ms : undefined;
}

/** Rejects with the signal's reason when that comes first. */
export const wait: Wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    signal?.addEventListener('abort', aborted, { once: true });
  });
