import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { base32Number } from '../../src/common/ids.js';
import type { Client } from '../../src/cli/demo/client.js';
import type { History, Send, ClaimIntent } from './history.js';

/** An intent that got no clear answer is sent again, over the next process, this often, at first after this time. */
const MOST_SENDS = 40;
const FIRST_RETRY_AFTER_MS = 400;
const LAST_RETRY_AFTER_MS = 4_000;
/**
 * While the fault lasts this part of the stock is spared: the closer to it, the fewer come, but never fewer than this a second.
 * A slow machine restarts its servers slowly, and a fault that outlasts the stock would say nothing about the time after it.
 */
const SPARED_PART = 0.3;
const SPARING_RATE = 2;
/** Lifetime of a shopper's token, s: longer than any run. */
const TOKEN_TTL_S = 7_200;

/** A small generator (mulberry32), so that a run's choices follow from its seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface WorkloadOptions {
  readonly voucherId: string;
  readonly total: number;
  readonly perUserLimit: number;
  /** Intents a second, where no stock is spared. */
  readonly rate: number;
  readonly jwtSecret: string;
  /** Number of the scenario: keeps shoppers and addresses of one apart from those of another. */
  readonly number: number;
  readonly random: () => number;
}

interface Shopper {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Shoppers who come at a steady rate, over both processes. Some want one unit, some more than they may have; some send twice
 * at once; who gets no clear answer asks again, with the same `Idempotency-Key`, over the other process.
 */
export class Workload {
  private readonly intents: (ClaimIntent & { readonly sends: Send[] })[] = [];
  private readonly working = new Set<Promise<void>>();
  private stopped = false;
  private soldOut = false;
  private sparing = true;
  private readonly taken = new Set<string>();
  private rate: number;
  private shoppers = 0;
  private coming: Promise<void> | undefined;

  constructor(
    private readonly clients: readonly Client[],
    private readonly options: WorkloadOptions,
  ) {
    this.rate = options.rate;
  }

  start(): void {
    this.coming = this.come();
  }

  get isSoldOut(): boolean {
    return this.soldOut;
  }

  get history(): History {
    const { voucherId, total, perUserLimit } = this.options;
    return { voucherId, total, perUserLimit, intents: this.intents };
  }

  /** The fault is over: the crowd comes at its whole rate again. */
  faultIsOver(): void {
    this.sparing = false;
  }

  /** Comes at another rate until the stock is sold out, or for at most so long: a last unit that is sold twice shows here. */
  async rush(rate: number, mostMs: number): Promise<void> {
    this.rate = rate;
    const deadline = performance.now() + mostMs;
    while (performance.now() < deadline && !this.isSoldOut) await delay(50);
  }

  /** Lets nobody else in, and waits for the answers of those who are there. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.coming;
    await Promise.all(this.working);
  }

  private async come(): Promise<void> {
    let due = 0;
    for (let last = performance.now(); !this.stopped;) {
      const now = performance.now();
      due += ((now - last) / 1_000) * this.rateNow();
      last = now;
      while (due > 0) due -= this.arrive();
      await delay(10);
    }
  }

  private rateNow(): number {
    if (!this.sparing) return this.rate;
    const { total } = this.options;
    const spared = total * SPARED_PART;
    const part = (total - this.taken.size - spared) / (total - spared);
    return Math.max(SPARING_RATE, this.rate * part);
  }

  /** @returns how many intents the shopper has */
  private arrive(): number {
    const shopper = this.newShopper();
    const wanted = [1, 1, 1, 1, 2, 2, 3][Math.floor(this.options.random() * 7)] ?? 1;
    for (let i = 0; i < wanted; i++) {
      const intent = { userId: shopper.id, key: `${shopper.id}-${i}`, sends: [] };
      this.intents.push(intent);
      const first = Math.floor(this.options.random() * this.clients.length);
      this.track(this.pursue(shopper, intent, first));
      if (this.options.random() < 0.15)
        this.track(this.send(shopper, intent, first + 1).then(() => undefined));
    }
    return wanted;
  }

  private async pursue(
    shopper: Shopper,
    intent: ClaimIntent & { readonly sends: Send[] },
    first: number,
  ): Promise<void> {
    for (let attempt = 0; attempt < MOST_SENDS; attempt++) {
      const { status } = await this.send(shopper, intent, first + attempt);
      const unclear = status === 0 || status >= 500;
      if (!unclear) return;
      // Further and further apart, else the waiting workload would be a fault of its own.
      const backoff = Math.min(LAST_RETRY_AFTER_MS, FIRST_RETRY_AFTER_MS * 1.6 ** attempt);
      await delay(backoff * (0.5 + this.options.random()));
    }
  }

  private async send(
    shopper: Shopper,
    intent: ClaimIntent & { readonly sends: Send[] },
    over: number,
  ): Promise<Send> {
    const to = over % this.clients.length;
    const client = this.clients[to] as Client;
    const sentAt = performance.now();
    const path = `/v1/vouchers/${this.options.voucherId}/claims`;
    const answer = await client.send('POST', path, { ...shopper.headers, 'idempotency-key': intent.key });
    const body = read(answer.body);
    if (body.code === 'sold_out') this.soldOut = true;
    if (answer.status === 202 && body.id) this.taken.add(body.id);
    const send: Send = {
      to,
      sentAt,
      answeredAt: performance.now(),
      status: answer.status,
      code: body.code ?? '',
      claimId: answer.status === 202 ? body.id : undefined,
    };
    intent.sends.push(send);
    return send;
  }

  /** A claim of a new shopper on another voucher, over the first process. It is no part of the history. */
  async ask(voucherId: string): Promise<{ readonly status: number }> {
    const { headers } = this.newShopper();
    return (this.clients[0] as Client).send('POST', `/v1/vouchers/${voucherId}/claims`, headers);
  }

  newShopper(): Shopper {
    const n = this.shoppers++;
    const id = `usr_${base32Number(this.options.number, 6)}${base32Number(n, 10)}`;
    const address = `10.${this.options.number % 256}.${(n >> 8) % 256}.${n % 256}`;
    return { id, headers: { ...bearer(id, this.options.jwtSecret), 'x-forwarded-for': address } };
  }

  private track(work: Promise<void>): void {
    this.working.add(work);
    void work.finally(() => this.working.delete(work));
  }
}

function read(body: string): { id?: string; code?: string } {
  try {
    return JSON.parse(body) as { id?: string; code?: string };
  } catch {
    return {};
  }
}

/** Signed like the server would: a workload of thousands needs no accounts for what is rehearsed here. */
function bearer(userId: string, secret: string): Readonly<Record<string, string>> {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: userId,
    sid: 'ses_0000000000000000',
    role: 'shopper',
    iat,
    exp: iat + TOKEN_TTL_S,
    iss: 'voucherconnect',
  };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  const signature = createHmac('sha256', secret).update(text).digest('base64url');
  return { authorization: `Bearer ${text}.${signature}`, 'content-length': '0' };
}
