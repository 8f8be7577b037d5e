import { errorOf, VoucherConnectError } from './errors.js';
import { wait } from './retry.js';
import { readEvents } from './sse.js';
import type { Claim } from './types.js';

export interface WaitOptions {
  /** Gives up after so long; 60,000 ms unless given. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
  /** `poll` asks every second instead of holding a stream open. */
  readonly by?: 'stream' | 'poll';
}

/** Nothing is lost by it: the claim goes on, and can be waited for again. */
export class ClaimStillPendingError extends Error {
  override readonly name = 'ClaimStillPendingError';
  constructor(readonly claimId: string) {
    super(`claim ${claimId} is still pending`);
  }
}

/** What a wait needs of the client. */
export interface ClaimSource {
  /** One request, without retries; rejects where there is no answer. */
  open(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
}

const WITHIN_MS = 60_000;
const POLL_EVERY_MS = 1_000;
const BACKOFF_MS = { first: 250, most: 5_000 } as const;

/**
 * Follows a claim until it is no longer pending, over restarts of the server.
 * @throws ClaimStillPendingError; VoucherConnectError where the claim is not there or the token is not good; the signal's reason
 */
export async function claimEnded(source: ClaimSource, id: string, options: WaitOptions = {}): Promise<Claim> {
  const { withinMs = WITHIN_MS, signal: outer, by = 'stream' } = options;
  const time = AbortSignal.timeout(withinMs);
  const signal = outer ? AbortSignal.any([time, outer]) : time;
  let streams = by === 'stream';
  let failures = 0;
  try {
    for (;;) {
      try {
        const claim = await (streams ? streamed : polled)(source, id, signal);
        if (claim && claim.status !== 'pending') return claim;
        failures = 0;
        await wait(streams ? BACKOFF_MS.first : POLL_EVERY_MS, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const isPassing = error instanceof VoucherConnectError ? PASSING.has(error.status) : true;
        if (!isPassing) throw error;
        failures += 1;
        // Streams may be what a proxy between cannot pass, or what an overloaded server has no room for.
        if (failures > 1) streams = by === 'stream' && failures % 2 === 0;
        const backoff = Math.min(BACKOFF_MS.first * 2 ** failures, BACKOFF_MS.most);
        const asked = error instanceof VoucherConnectError ? error.retryAfterMs : undefined;
        await wait(asked ?? backoff * (0.5 + Math.random() / 2), signal);
      }
    }
  } catch (error) {
    if (outer?.aborted) throw outer.reason;
    throw time.aborted ? new ClaimStillPendingError(id) : error;
  }
}

const PASSING: ReadonlySet<number> = new Set([0, 429, 500, 502, 503, 504]);

async function polled(source: ClaimSource, id: string, signal: AbortSignal): Promise<Claim> {
  const response = await source.open(pathOf(id), { accept: 'application/json' }, signal);
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Claim;
}

/** @returns the last that was told before the stream ended */
async function streamed(source: ClaimSource, id: string, signal: AbortSignal): Promise<Claim | undefined> {
  const response = await source.open(`${pathOf(id)}/events`, { accept: 'text/event-stream' }, signal);
  if (!response.ok) throw await errorOf(response);
  if (!response.body || !/^text\/event-stream/.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw new VoucherConnectError('no stream', { status: 0, code: 'not_json' });
  }
  let claim: Claim | undefined;
  for await (const { event, data } of readEvents(response.body)) {
    if (event !== 'claim') continue;
    claim = JSON.parse(data) as Claim;
    if (claim.status !== 'pending') return claim;
  }
  return claim;
}

const pathOf = (id: string): string => `/v1/claims/${encodeURIComponent(id)}`;
