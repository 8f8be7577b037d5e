import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError, type Config } from '../../config/index.js';
import { codeOf } from '../demo/answer-counts.js';
import type { Client, Headers } from '../demo/client.js';
import { bearer, type ClaimAnswer, type Session } from '../demo/sessions.js';
import { PlainError } from '../plain-error.js';
import { SEED_DROPS, type SeedDrop, type SeedState } from './drops.js';

export const SEED_MERCHANT = 'merchant@seed.example';
export const SEED_SHOPPER = 'shopper1@seed.example';

const SHOPPERS = 10;
const ISSUE_TIMEOUT_MS = 60_000;
const POLL_EVERY_MS = 100;
const DAY_MS = 86_400_000;

/** The moves from a published voucher to a state. */
const MOVES: Readonly<Record<SeedState, readonly string[]>> = {
  draft: [],
  scheduled: ['publish'],
  live: ['publish'],
  paused: ['publish', 'pause'],
  ended: ['publish', 'end'],
  archived: ['publish', 'end', 'archive'],
};

interface Issued {
  readonly owner: Headers;
  readonly id: string;
  readonly code: string;
}

export interface Seeded {
  readonly vouchers: number;
  readonly claims: number;
}

/** Accounts with one printed password have no place in production. @throws ConfigError there */
export function requireDevelopment({ NODE_ENV }: Pick<Config, 'NODE_ENV'>): void {
  if (NODE_ENV === 'production') throw new ConfigError(['NODE_ENV: examples are for development only']);
}

/**
 * A merchant, shoppers, and vouchers in every state, through the API of a running server.
 * @returns `undefined` where the merchant exists already: then nothing was changed
 * @throws PlainError where an answer is not the expected one
 */
export async function seed(client: Client, password: string): Promise<Seeded | undefined> {
  const owner = { email: SEED_MERCHANT, password, name: 'Chen Bo' };
  const text = JSON.stringify({ name: 'Tea House Seven', time_zone: 'Asia/Shanghai', owner });
  const answer = await client.send('POST', '/v1/merchants', jsonHeaders(text), text);
  if (codeOf(answer) === '409 email_taken') return undefined;
  if (answer.status !== 201) throw new PlainError(`the merchant was refused: ${codeOf(answer)}`);
  const merchant = bearer((JSON.parse(answer.body) as { session: Session }).session);
  const shoppers: Headers[] = [];
  for (let i = 1; i <= SHOPPERS; i++) {
    const body = { email: `shopper${i}@seed.example`, password, name: `Shopper ${i}` };
    shoppers.push(bearer(await client.json<Session>('POST', '/v1/auth/register', 201, { body })));
  }
  let claims = 0;
  for (const [at, drop] of SEED_DROPS.entries()) {
    // Others begin each time: nobody comes near the limit of claims.
    const first = (at * 3) % SHOPPERS;
    const queue = [...shoppers.slice(first), ...shoppers.slice(0, first)];
    claims += await seedDrop(client, merchant, queue, drop);
  }
  return { vouchers: SEED_DROPS.length, claims };
}

/** @returns how many claims were issued */
async function seedDrop(
  client: Client,
  headers: Headers,
  shoppers: readonly Headers[],
  drop: SeedDrop,
): Promise<number> {
  const body = termsOf(drop, Date.now());
  const { id } = await client.json<{ id: string }>('POST', '/v1/vouchers', 201, { headers, body });
  const [publish, ...others] = MOVES[drop.state];
  if (publish === undefined) return 0;
  const move = (name: string): Promise<unknown> =>
    client.json('POST', `/v1/vouchers/${id}/${name}`, 200, { headers });
  await move(publish);
  const issued = await claim(client, id, shoppers.slice(0, drop.claims ?? 0));
  const redeemed = issued.slice(0, drop.redeemed ?? 0);
  for (const { code } of redeemed)
    await client.json('POST', '/v1/redemptions', 201, { headers, body: { code, location: 'Counter 1' } });
  const cancelled = issued.slice(redeemed.length, redeemed.length + (drop.cancelled ?? 0));
  for (const { id: claimId } of cancelled)
    await client.json('POST', `/v1/claims/${claimId}/cancel`, 200, {
      headers,
      body: { reason: 'claimed by mistake' },
    });
  for (const shopper of shoppers.slice(issued.length, issued.length + (drop.waiting ?? 0)))
    await client.json('POST', `/v1/vouchers/${id}/waiting-list`, 200, { headers: shopper });
  for (const name of others) await move(name);
  return issued.length;
}

/** One claim for each shopper, until all of them are issued. */
async function claim(client: Client, voucherId: string, shoppers: readonly Headers[]): Promise<Issued[]> {
  const deadline = performance.now() + ISSUE_TIMEOUT_MS;
  const issued: Issued[] = [];
  for (const owner of shoppers) {
    const { id } = await client.json<ClaimAnswer>('POST', `/v1/vouchers/${voucherId}/claims`, 202, {
      headers: owner,
    });
    for (;;) {
      const { code } = await client.json<ClaimAnswer>('GET', `/v1/claims/${id}`, 200, { headers: owner });
      if (code !== null) {
        issued.push({ owner, id, code });
        break;
      }
      if (performance.now() > deadline) throw new PlainError('claims were accepted and not issued in time');
      await delay(POLL_EVERY_MS);
    }
  }
  return issued;
}

function termsOf(drop: SeedDrop, now: number): Readonly<Record<string, unknown>> {
  const opensAt = drop.state === 'scheduled' || drop.state === 'draft' ? now + DAY_MS : now - 1_000;
  return {
    title: drop.title,
    description: drop.description,
    total_stock: drop.units,
    per_user_limit: drop.perUser ?? 1,
    opens_at: new Date(opensAt).toISOString(),
    closes_at: new Date(opensAt + 7 * DAY_MS).toISOString(),
    redeem_until: new Date(opensAt + 37 * DAY_MS).toISOString(),
    ...(drop.value === undefined ? {} : { face_value: { amount: drop.value, currency: 'CNY' } }),
    ...(drop.captcha === undefined ? {} : { protection: { claim_link: true, captcha: drop.captcha } }),
  };
}

const jsonHeaders = (text: string): Headers => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(text)),
});
