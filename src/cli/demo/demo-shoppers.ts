import { setTimeout as delay } from 'node:timers/promises';
import type { Claim, VoucherConnect } from '../../../clients/typescript/src/index.js';
import { each, type Client, type Headers } from './client.js';
import { Progress } from './progress.js';
import { AnswerCounts, type AcceptedClaim, type IssuedClaim } from './answer-counts.js';
import { bearer, register } from './sessions.js';

const EARLY_BIRDS = 100;
const LATE_COMERS = 200;
const EVERY_NTH_SENDS_TWICE = 5;
/** Shoppers whose program presses the button without pause. */
const BOTS = 20;
const CLAIMS_OF_A_BOT = 100;
const REGISTRATIONS_AT_ONCE = 50;
const ISSUE_TIMEOUT_MS = 60_000;
const POLL_EVERY_MS = 50;

export interface Wave {
  readonly requests: number;
  readonly tookMs: number;
  /** Sorted, of each request by itself and since the opening. */
  readonly latency: Float64Array;
  readonly sinceOpening: Float64Array;
}

/** What came of the sale, as the shoppers saw it. */
export interface Sale {
  readonly counts: AnswerCounts;
  readonly late: ReadonlyMap<string, number>;
  readonly wave: Wave;
  readonly issued: readonly IssuedClaim[];
  readonly lastIssuedMs: number;
  readonly confirmedMs: number;
}

/** Many shoppers, through HTTP and nothing else. */
export class DemoShoppers {
  readonly counts = new AnswerCounts();
  private readonly tokens: string[] = [];
  private readonly shoppers: Headers[] = [];

  constructor(
    private readonly api: VoucherConnect,
    private readonly client: Client,
    private readonly users: number,
    private readonly password: string,
  ) {}

  /** Everybody registers, and a few try too early. */
  async arrive(voucherId: string): Promise<ReadonlyMap<string, number>> {
    await this.registerShoppers();
    return this.visit('early birds', claimsOf(voucherId), this.some(EARLY_BIRDS));
  }

  /**
   * The whole crowd, from the opening until every accepted claim has its code, and those who come too late.
   * @param opensAt ms since 1970
   * @param paceMs over which the crowd comes; 0: all at the same time
   */
  async run(voucherId: string, opensAt: number, paceMs: number): Promise<Sale> {
    const path = claimsOf(voucherId);
    await until(opensAt);
    const wave = await this.compete(path, paceMs);
    const { issued, lastAt, confirmedMs } = await this.followClaims(wave.beganAt);
    const late = await this.visit('late-comers', path, this.latecomers());
    const { counts } = this;
    return { counts, late, wave, issued, lastIssuedMs: lastAt - opensAt, confirmedMs };
  }

  /** One who got nothing; `undefined` where everybody has a unit. */
  get emptyHanded(): VoucherConnect | undefined {
    const holders = new Set(this.counts.accepted.map(({ owner }) => owner));
    const token = this.tokens.find((_, i) => !holders.has(i));
    return token === undefined ? undefined : this.api.as(token);
  }

  private async registerShoppers(): Promise<void> {
    const progress = new Progress('registering shoppers', this.users);
    const numbers = Array.from({ length: this.users }, (_, i) => i);
    await each(numbers, Math.min(REGISTRATIONS_AT_ONCE, this.client.connections), async (i) => {
      const email = `shopper${i + 1}@demo.example`;
      const body = { email, password: this.password, name: `Shopper ${i + 1}` };
      const from = { 'x-forwarded-for': addressOf(i) };
      const token = await register(this.api, body, from);
      this.tokens[i] = token;
      this.shoppers[i] = { ...bearer(token), ...from };
      progress.tick();
    });
    progress.finish();
  }

  /** A wave whose answers are only counted: too early, or too late. */
  private async visit(
    label: string,
    path: string,
    visitors: readonly number[],
  ): Promise<Map<string, number>> {
    const progress = new Progress(label, visitors.length);
    const heard = new Map<string, number>();
    await each(visitors, this.client.connections, async (shopper) => {
      const code = this.counts.add(await this.client.send('POST', path, this.headers(shopper)), shopper);
      heard.set(code, (heard.get(code) ?? 0) + 1);
      progress.tick();
    });
    progress.finish();
    return heard;
  }

  /**
   * Everybody, over the connections there are; who sends twice does so side by side, and bots come in between. With a pace the
   * crowd grows by the cube of the time, so that the units last for about half of it and the board is worth watching.
   */
  private async compete(path: string, paceMs: number): Promise<Wave & { readonly beganAt: number }> {
    const people = this.shoppers.flatMap((_, i) => (i % EVERY_NTH_SENDS_TWICE === 0 ? [i, i] : [i]));
    const order = withBots(people, this.some(BOTS));
    const latency = new Float64Array(order.length);
    const sinceOpening = new Float64Array(order.length);
    const progress = new Progress('the crowd', order.length);
    const beganAt = performance.now();
    await each(order, this.client.connections, async (shopper, i) => {
      const early = beganAt + paceMs * Math.cbrt(i / order.length) - performance.now();
      if (early > 0) await delay(early);
      const answer = await this.client.send('POST', path, this.headers(shopper));
      latency[i] = answer.ms;
      sinceOpening[i] = performance.now() - beganAt;
      this.counts.add(answer, shopper);
      progress.tick();
    });
    const tookMs = performance.now() - beganAt;
    progress.finish();
    return {
      requests: order.length,
      tookMs,
      latency: latency.sort(),
      sinceOpening: sinceOpening.sort(),
      beganAt,
    };
  }

  /** Asks for every accepted claim, as its owner, until it has its code. */
  private async followClaims(
    beganAt: number,
  ): Promise<{ issued: IssuedClaim[]; lastAt: number; confirmedMs: number }> {
    const issued: IssuedClaim[] = [];
    const progress = new Progress('issued, as the owners see it', this.counts.accepted.length);
    const deadline = performance.now() + ISSUE_TIMEOUT_MS;
    let waiting = [...this.counts.accepted];
    while (waiting.length > 0 && performance.now() < deadline) {
      const still: AcceptedClaim[] = [];
      await each(waiting, this.client.connections, async (claim) => {
        const found = await this.ask(claim);
        if (!found) return void still.push(claim);
        issued.push(found);
        progress.tick();
      });
      waiting = still;
      if (waiting.length > 0) await delay(POLL_EVERY_MS);
    }
    progress.finish();
    const lastAt = issued.reduce((last, { issuedAt }) => Math.max(last, issuedAt), 0);
    return { issued, lastAt, confirmedMs: performance.now() - beganAt };
  }

  private async ask(claim: AcceptedClaim): Promise<IssuedClaim | undefined> {
    const answer = await this.client.send('GET', `/v1/claims/${claim.id}`, this.headers(claim.owner));
    this.counts.watch(answer);
    if (answer.status !== 200) return undefined;
    const body = JSON.parse(answer.body) as Claim;
    if (body.status !== 'issued' || body.code === null || body.issued_at === null) return undefined;
    return { id: body.id, code: body.code, sequence: body.sequence, issuedAt: Date.parse(body.issued_at) };
  }

  private some(most: number): number[] {
    return Array.from({ length: Math.min(most, this.users) }, (_, i) => i);
  }

  /** Those who went away empty come back; where everybody got one, anybody. */
  private latecomers(): number[] {
    const holders = new Set(this.counts.accepted.map(({ owner }) => owner));
    const empty = this.shoppers.flatMap((_, i) => (holders.has(i) ? [] : [i]));
    return empty.length > 0 ? empty.slice(0, LATE_COMERS) : this.some(LATE_COMERS);
  }

  private headers(shopper: number): Headers {
    return this.shoppers[shopper] ?? {};
  }
}

/** The claims of the bots, spread evenly over those of the others. */
function withBots(people: readonly number[], bots: readonly number[]): number[] {
  const claims = Array.from({ length: CLAIMS_OF_A_BOT }, () => bots).flat();
  const upTo = (i: number) => Math.floor((i * people.length) / claims.length);
  return claims.flatMap((bot, i) => [...people.slice(upTo(i), upTo(i + 1)), bot]);
}

const claimsOf = (voucherId: string): string => `/v1/vouchers/${voucherId}/claims`;

/** A shopper's own address, in a private range (RFC 1918) of sixteen million. */
const addressOf = (shopper: number): string =>
  `10.${(shopper >> 16) & 255}.${(shopper >> 8) & 255}.${shopper & 255}`;

/** Timers may fire a little early; the shoppers must not. */
async function until(time: number): Promise<void> {
  while (Date.now() < time) await delay(Math.max(1, time - Date.now()));
}
