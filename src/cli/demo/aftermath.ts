import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, type IssuedClaim } from './answer-counts.js';
import type { Answer, Client, Headers } from './client.js';
import type { DemoMerchant } from './demo-merchant.js';
import type { ClaimAnswer } from './sessions.js';

const DEADLINE_MS = 60_000;
const POLL_EVERY_MS = 100;

/** What happened after the sale, for people to read, and what did not go as it must. */
export interface Aftermath {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
  /** Claims that were issued to those who had waited. */
  readonly issued: number;
}

interface Entry {
  readonly status: string;
  readonly position: number | null;
}

/** At the counter: one claim is redeemed, and refused when its code is shown again. */
export async function redeemOne(
  client: Client,
  merchant: DemoMerchant,
  claim: IssuedClaim,
): Promise<Aftermath> {
  const text = JSON.stringify({ code: claim.code, location: 'Demo counter' });
  const headers = {
    ...merchant.headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  };
  const redeem = (): Promise<Answer> => client.send('POST', '/v1/redemptions', headers, text);
  const [first, second] = [await redeem(), await redeem()];
  const problems = [
    ...(first.status === 201 ? [] : [`a valid code was not redeemed: ${codeOf(first)}`]),
    ...(codeOf(second) === '409 already_redeemed' ? [] : [`a code was shown twice: ${codeOf(second)}`]),
  ];
  const lines = [`${claim.code} redeemed at the counter; shown a second time: ${codeOf(second)}`];
  return { lines, problems, issued: 0 };
}

/**
 * Somebody who came too late joins the waiting list, claims are cancelled, and the unit goes to who waits.
 * @param cancellable claims that the merchant may cancel
 */
export async function fromTheWaitingList(
  client: Client,
  merchant: DemoMerchant,
  voucherId: string,
  waiter: Headers,
  cancellable: readonly IssuedClaim[],
): Promise<Aftermath> {
  const path = `/v1/vouchers/${voucherId}/waiting-list`;
  const place = await client.json<Entry>('POST', path, 200, { headers: waiter });
  // Who watches the demo may have joined before: everybody ahead gets a unit first.
  const position = place.position ?? 1;
  const cancelled = cancellable.slice(0, position);
  for (const claim of cancelled) await merchant.cancel(claim.id);
  const offered = await poll(async () => {
    const entry = await client.json<Entry>('GET', path, 200, { headers: waiter });
    return entry.status === 'offered' ? entry : undefined;
  });
  if (!offered)
    return { lines: [], problems: ['a unit that was cancelled was offered to nobody'], issued: 0 };
  const claim = await client.json<ClaimAnswer>('POST', `${path}/accept`, 202, { headers: waiter });
  const issued = await poll(async () => {
    const now = await client.json<ClaimAnswer>('GET', `/v1/claims/${claim.id}`, 200, { headers: waiter });
    return now.status === 'issued' && now.code !== null ? now : undefined;
  });
  if (!issued) return { lines: [], problems: ['an accepted offer was not issued'], issued: 0 };
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
