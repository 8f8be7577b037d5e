import { setTimeout as delay } from 'node:timers/promises';
import { VoucherConnectError, type VoucherConnect } from '../../../clients/typescript/src/index.js';
import type { IssuedClaim } from './answer-counts.js';
import type { DemoMerchant } from './demo-merchant.js';

const DEADLINE_MS = 60_000;
const POLL_EVERY_MS = 100;

/** What happened after the sale, for people to read, and what did not go as it must. */
export interface Aftermath {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
  /** Claims that were issued to those who had waited. */
  readonly issued: number;
}

/** At the counter: one claim is redeemed, and refused when its code is shown again. */
export async function redeemOne({ api }: DemoMerchant, claim: IssuedClaim): Promise<Aftermath> {
  const body = { code: claim.code, location: 'Demo counter' };
  const redeem = (): Promise<string> => outcomeOf(api.request('post', '/v1/redemptions', { body }));
  const [first, second] = [await redeem(), await redeem()];
  const problems = [
    ...(first === '201' ? [] : [`a valid code was not redeemed: ${first}`]),
    ...(second === '409 already_redeemed' ? [] : [`a code was shown twice: ${second}`]),
  ];
  const lines = [`${claim.code} redeemed at the counter; shown a second time: ${second}`];
  return { lines, problems, issued: 0 };
}

/** The status of an answer, and the code where it is a refusal. */
const outcomeOf = (asked: Promise<{ readonly status: number }>): Promise<string> =>
  asked.then(
    ({ status }) => String(status),
    (error: unknown) => {
      if (error instanceof VoucherConnectError) return `${error.status} ${error.code}`;
      throw error;
    },
  );

/**
 * Somebody who came too late joins the waiting list, claims are cancelled, and the unit goes to who waits.
 * @param cancellable claims that the merchant may cancel
 */
export async function fromTheWaitingList(
  merchant: DemoMerchant,
  voucherId: string,
  waiter: VoucherConnect,
  cancellable: readonly IssuedClaim[],
): Promise<Aftermath> {
  const params = { id: voucherId };
  const place = await waiter.call('post', '/v1/vouchers/{id}/waiting-list', { params });
  // Who watches the demo may have joined before: everybody ahead gets a unit first.
  const position = place.position ?? 1;
  const cancelled = cancellable.slice(0, position);
  for (const claim of cancelled) await merchant.cancel(claim.id);
  const offered = await poll(async () => {
    const entry = await waiter.call('get', '/v1/vouchers/{id}/waiting-list', { params });
    return entry.status === 'offered' ? entry : undefined;
  });
  if (!offered)
    return { lines: [], problems: ['a unit that was cancelled was offered to nobody'], issued: 0 };
  const { id } = await waiter.call('post', '/v1/vouchers/{id}/waiting-list/accept', { params });
  const issued = await waiter.claimEnded(id, { withinMs: DEADLINE_MS });
  if (issued.status !== 'issued')
    return { lines: [], problems: ['an accepted offer was not issued'], issued: 0 };
  const lines = [
    `${cancelled.map(({ code }) => code).join(', ')} cancelled by the merchant; the unit was offered to number ${position} of the ` +
      `waiting list, who accepted and holds ${issued.code ?? ''}`,
  ];
  return { lines, problems: [], issued: 1 };
}

async function poll<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() > deadline) return found;
    await delay(POLL_EVERY_MS);
  }
}
