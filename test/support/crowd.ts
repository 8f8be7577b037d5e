import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { DEVELOPMENT_JWT_SECRET } from '../../src/config/schema.js';
import { newAddress } from './api.js';
import { PATIENCE_MS } from './patience.js';

export interface Answer {
  readonly status: number;
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** One request; status 0 where the connection broke, which is what a client sees of a kill -9. */
export function call(
  base: string,
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const text = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve) => {
    const sent = request(
      base + path,
      {
        method,
        agent,
        headers: {
          'x-forwarded-for': newAddress(),
          ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
      },
      (response) => {
        let data = '';
        response.on('data', (chunk: Buffer) => (data += chunk.toString()));
        response.on('error', () => resolve({ status: 0, body: undefined, headers: {} }));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: data === '' ? undefined : JSON.parse(data),
            headers: response.headers,
          }),
        );
      },
    );
    sent.on('error', () => resolve({ status: 0, body: undefined, headers: {} }));
    sent.end(text);
  });
}

/** An access token as the server would sign it: a crowd of thousands needs no account for a claim. */
export function tokenFor(userId: string, role: 'shopper' | 'admin' = 'shopper', lifetimeS = 900): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: userId,
    sid: 'ses_0000000000000000',
    role,
    iat: now,
    exp: now + lifetimeS,
    iss: 'voucherconnect',
  };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', DEVELOPMENT_JWT_SECRET).update(text).digest('base64url')}`;
}

/** Users whose ids no other test has. */
export function users(count: number): { id: string; token: string }[] {
  const run = Date.now()
    .toString(32)
    .slice(-7)
    .replaceAll(/[ilou]/g, 'z')
    .padStart(7, '0');
  return Array.from({ length: count }, (_none, index) => {
    const id = `usr_${run}${String(index).padStart(9, '0')}`;
    return { id, token: tokenFor(id) };
  });
}

export interface Drop {
  readonly id: string;
  readonly merchantToken: string;
}

/** A merchant with one published voucher that is open now. */
export async function openDrop(
  base: string,
  units: number,
  more: Record<string, unknown> = {},
): Promise<Drop> {
  const email = `m${Date.now()}${Math.random().toString(36).slice(2)}@test.example`;
  const owner = { email, password: 'a long password', name: 'Owner' };
  const merchant = await call(base, 'POST', '/v1/merchants', {
    body: { name: 'Tea', time_zone: 'UTC', owner },
  });
  const merchantToken = merchant.body.session.access_token as string;
  const body = {
    title: 'A drop',
    total_stock: units,
    opens_at: new Date(Date.now() - 60_000).toISOString(),
    closes_at: new Date(Date.now() + 3_600_000).toISOString(),
    ...more,
  };
  const voucher = await call(base, 'POST', '/v1/vouchers', { token: merchantToken, body });
  const id = voucher.body.id as string;
  let published: Answer | undefined;
  // While a gate opens, publishing is refused with 503 for a moment.
  await eventually('publishing is answered', async () => {
    published = await call(base, 'POST', `/v1/vouchers/${id}/publish`, { token: merchantToken });
    return published.status !== 503;
  });
  if (published?.status !== 200) throw new Error(`not published: ${JSON.stringify(published?.body)}`);
  return { id, merchantToken };
}

export const claim = (
  base: string,
  voucherId: string,
  token: string,
  headers?: Record<string, string>,
): Promise<Answer> =>
  call(base, 'POST', `/v1/vouchers/${voucherId}/claims`, { token, ...(headers ? { headers } : {}) });

/** As a shopper's page does: who is told to come again comes again. @throws Error when no answer is clear */
export async function claimUntilClear(base: string, voucherId: string, token: string): Promise<Answer> {
  const headers = { 'idempotency-key': randomUUID() };
  let answer: Answer | undefined;
  await eventually('a clear answer', async () => {
    answer = await claim(base, voucherId, token, headers);
    return answer.status !== 503 && answer.status !== 429;
  });
  return answer as Answer;
}

/** Waits until `check` answers true. @throws Error with `what` after `ms` */
export async function eventually(
  what: string,
  check: () => Promise<boolean>,
  ms = PATIENCE_MS,
): Promise<void> {
  const until = Date.now() + ms;
  while (Date.now() < until) {
    if (await check()) return;
    await delay(100);
  }
  throw new Error(`never happened: ${what}`);
}

type Equations = Readonly<Record<string, { left: number; right: number; holds: boolean }>>;

/** Waits until the auditor is content. @throws Error with the equations that do not hold */
export async function equationsHold(ask: () => Promise<Equations>): Promise<void> {
  let broken: unknown;
  const check = async (): Promise<boolean> => {
    const unequal = Object.entries(await ask()).filter(([, { holds }]) => !holds);
    broken = Object.fromEntries(unequal);
    return unequal.length === 0;
  };
  await eventually('the equations hold', check).catch((cause: unknown) => {
    throw new Error(`these equations do not hold: ${JSON.stringify(broken)}`, { cause });
  });
}

/** Waits until every claim has reached its end; @returns the statuses by claim id */
export async function settle(
  base: string,
  claims: readonly { readonly id: string; readonly token: string }[],
): Promise<Map<string, string>> {
  const statuses = new Map<string, string>();
  await eventually('every claim reaches an end', async () => {
    const open = claims.filter(({ id }) => !statuses.has(id));
    await Promise.all(
      open.map(async ({ id, token }) => {
        const { status, body } = await call(base, 'GET', `/v1/claims/${id}`, { token });
        if (status === 200 && body.status !== 'pending') statuses.set(id, body.status as string);
      }),
    );
    return statuses.size === new Set(claims.map(({ id }) => id)).size;
  });
  return statuses;
}

/** The auditor's word. */
export async function audit(base: string, drop: Drop): Promise<Equations> {
  const { body } = await call(base, 'GET', `/v1/vouchers/${drop.id}/audit`, { token: drop.merchantToken });
  return Object.fromEntries(body.equations.map((e: { name: string }) => [e.name, e]));
}

/** Claims one after the other in small waves until `stop`; remembers every 202. */
export function crowdAt(base: () => string, drop: Drop, size: number, together = 10) {
  const crowd = users(size);
  const won: { id: string; token: string }[] = [];
  const answers: Answer[] = [];
  let stopped = false;
  const run = (async () => {
    for (let from = 0; from < crowd.length && !stopped; from += together) {
      await Promise.all(
        crowd.slice(from, from + together).map(async ({ token }) => {
          const answer = await claim(base(), drop.id, token);
          answers.push(answer);
          if (answer.status === 202) won.push({ id: answer.body.id as string, token });
        }),
      );
      await delay(10);
    }
  })();
  return {
    won,
    answers,
    stop: async () => {
      stopped = true;
      await run;
    },
  };
}
