import {
  VoucherConnectError,
  type Schemas,
  type VoucherConnect,
} from '../../../clients/typescript/src/index.js';
import { ConfigError, type Config } from '../../config/index.js';
import { register, tokenOf } from '../demo/sessions.js';
import { PlainError } from '../plain-error.js';
import { SEED_DROPS, type SeedDrop, type SeedState } from './drops.js';

export const SEED_MERCHANT = 'merchant@seed.example';
export const SEED_SHOPPER = 'shopper1@seed.example';

const SHOPPERS = 10;
const ISSUE_TIMEOUT_MS = 60_000;
const DAY_MS = 86_400_000;

type Move = 'publish' | 'pause' | 'end' | 'archive';

/** The moves from a published voucher to a state. */
const MOVES: Readonly<Record<SeedState, readonly Move[]>> = {
  draft: [],
  scheduled: ['publish'],
  live: ['publish'],
  paused: ['publish', 'pause'],
  ended: ['publish', 'end'],
  archived: ['publish', 'end', 'archive'],
};

interface Issued {
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
 * @throws PlainError where the merchant is refused; VoucherConnectError, ClaimStillPendingError
 */
export async function seed(api: VoucherConnect, password: string): Promise<Seeded | undefined> {
  const owner = await newMerchant(api, password);
  if (!owner) return undefined;
  const merchant = api.as(tokenOf(owner));
  const shoppers: VoucherConnect[] = [];
  for (let i = 1; i <= SHOPPERS; i++) {
    const body = { email: `shopper${i}@seed.example`, password, name: `Shopper ${i}` };
    shoppers.push(api.as(await register(api, body)));
  }
  let claims = 0;
  for (const [at, drop] of SEED_DROPS.entries()) {
    // Others begin each time: nobody comes near the limit of claims.
    const first = (at * 3) % SHOPPERS;
    const queue = [...shoppers.slice(first), ...shoppers.slice(0, first)];
    claims += await seedDrop(merchant, queue, drop);
  }
  return { vouchers: SEED_DROPS.length, claims };
}

/** @returns `undefined` where there is one already */
async function newMerchant(api: VoucherConnect, password: string): Promise<Schemas['Session'] | undefined> {
  const owner = { email: SEED_MERCHANT, password, name: 'Chen Bo' };
  const body = { name: 'Tea House Seven', time_zone: 'Asia/Shanghai', owner };
  try {
    return (await api.call('post', '/v1/merchants', { body })).session;
  } catch (error) {
    if (!(error instanceof VoucherConnectError)) throw error;
    if (error.code === 'email_taken') return undefined;
    throw new PlainError(`the merchant was refused: ${error.message}`);
  }
}

/** @returns how many claims were issued */
async function seedDrop(
  merchant: VoucherConnect,
  shoppers: readonly VoucherConnect[],
  drop: SeedDrop,
): Promise<number> {
  const { id } = await merchant.call('post', '/v1/vouchers', { body: termsOf(drop, Date.now()) });
  const [publish, ...others] = MOVES[drop.state];
  if (publish === undefined) return 0;
  const params = { id };
  const move = (name: Move): Promise<unknown> =>
    merchant.call('post', `/v1/vouchers/{id}/${name}`, { params });
  await move(publish);
  const issued = await claim(id, shoppers.slice(0, drop.claims ?? 0));
  const redeemed = issued.slice(0, drop.redeemed ?? 0);
  for (const { code } of redeemed)
    await merchant.call('post', '/v1/redemptions', { body: { code, location: 'Counter 1' } });
  const cancelled = issued.slice(redeemed.length, redeemed.length + (drop.cancelled ?? 0));
  for (const { id: claimId } of cancelled)
    await merchant.call('post', '/v1/claims/{id}/cancel', {
      params: { id: claimId },
      body: { reason: 'claimed by mistake' },
    });
  for (const shopper of shoppers.slice(issued.length, issued.length + (drop.waiting ?? 0)))
    await shopper.call('post', '/v1/vouchers/{id}/waiting-list', { params });
  for (const name of others) await move(name);
  return issued.length;
}

/** One claim for each shopper, until all of them are issued. */
async function claim(voucherId: string, shoppers: readonly VoucherConnect[]): Promise<Issued[]> {
  const issued: Issued[] = [];
  for (const shopper of shoppers) {
    const { id } = await shopper.claim(voucherId);
    const { status, code } = await shopper.claimEnded(id, { withinMs: ISSUE_TIMEOUT_MS });
    if (code === null) throw new PlainError(`a claim was accepted and then ${status}`);
    issued.push({ id, code });
  }
  return issued;
}

function termsOf(drop: SeedDrop, now: number): Schemas['CreateVoucherRequest'] {
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
