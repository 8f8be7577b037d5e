import type { Reply } from '../api/client.js';
import { textMember, type Failure } from '../api/failure.js';
import type { Claim } from '../api/types.js';
import { attemptName, type AttemptRecord, type AttemptStore } from './attempt-store.js';
import { waitBeforeRetry, type Random } from './backoff.js';

export interface CaptchaSolution {
  readonly captchaId: string;
  readonly answer: string;
}

/** Everything that the machine does in the world. */
export interface AttemptWorld {
  readonly store: AttemptStore;
  /** POST of the claim, plain. */
  claim(voucherId: string, key: string): Promise<Reply<Claim>>;
  /** POST to a claim link. */
  claimThrough(link: string, key: string): Promise<Reply<Claim>>;
  /** Asks for a claim link. */
  link(voucherId: string, solution: CaptchaSolution | undefined): Promise<Reply<{ readonly url: string }>>;
  /** The user's claims on the voucher, the newest first; nothing where that cannot be told now. */
  claimsOn(voucherId: string): Promise<readonly Claim[] | undefined>;
  /** Runs `work` in one tab at a time; `queued` is called where another tab is at it. */
  exclusively(name: string, queued: () => void, work: () => Promise<void>): Promise<void>;
  /** Resolves after `ms`, or as soon as `hurry` is called (back online). */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  newKey(): string;
  /** Milliseconds since 1970, of the device. */
  now(): number;
  readonly random: Random;
}

export interface AttemptSubject {
  readonly userId: string;
  readonly voucherId: string;
  readonly asksForLink: boolean;
  readonly asksForCaptcha: boolean;
}

export type AttemptState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  /** Another tab of this browser is sending the same claim; this one shows what comes of it. */
  | { readonly kind: 'elsewhere' }
  /** Will be sent again by itself. `uncertain`: the unit may be taken already. */
  | { readonly kind: 'waiting'; readonly ms: number; readonly failure: Failure; readonly uncertain: boolean }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'captcha'; readonly failure: Failure | undefined }
  /** `claim` is what the answer said; after a reload the record alone knows. */
  | { readonly kind: 'accepted'; readonly claimId: string; readonly claim?: Claim | undefined }
  /** Nothing was taken by this attempt, or nobody can say and the user has to decide. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly heldClaimId: string | undefined };

/** The gate knows the key of a claim that it took: what it refuses was not taken before. */
const SAID_BY_THE_GATE = [
  'sold_out',
  'paused',
  'voucher_ended',
  'not_started',
  'claim_limit_reached',
  'not_found',
];
/** A drop that opens this soon is waited for: clocks are that far apart. */
const NEARLY_OPEN_MS = 5_000;
const BACKOFF = { baseMs: 1_000, maxMs: 15_000 };
/** A server that breaks on a request does so again. */
const MAX_BROKEN = 5;
/** Of a claim that its user has or is about to have. */
const HAD: readonly Claim['status'][] = ['pending', 'held', 'issued', 'redeemed'];
/** Clocks of devices are off by as much; a claim that is much older than the press is another one. */
const CLOCKS_MS = 120_000;
/** While the truth is looked for among the written claims. */
const LOOKS = 6;
const LOOK_EVERY_MS = 1_500;

/**
 * One press, one claim. The key is stored before the first request and sent with every repeat, so a double click, a reload,
 * the back button, a lost connection and a second tab all mean the same claim. The record goes when the server has said what
 * became of it, and not before.
 */
export class ClaimAttempt {
  private readonly name: string;
  private running: Promise<void> | undefined;
  private readonly gone = new AbortController();
  private hurry: AbortController | undefined;
  private givenUp = false;
  private solution: CaptchaSolution | undefined;

  constructor(
    private readonly world: AttemptWorld,
    private readonly subject: AttemptSubject,
    private readonly show: (state: AttemptState) => void,
  ) {
    this.name = attemptName(subject.userId, subject.voucherId);
  }

  get record(): AttemptRecord | undefined {
    return this.world.store.get(this.name);
  }

  /** The button: begins an attempt, or goes on with the one there is. */
  press(): Promise<void> {
    this.givenUp = false;
    this.running ??= this.world
      .exclusively(
        this.name,
        () => this.show({ kind: 'elsewhere' }),
        () => this.carryOut(),
      )
      .catch(() => undefined) // the page is gone
      .finally(() => (this.running = undefined));
    return this.running;
  }

  /**
   * After a reload, or in another tab: goes on with what was begun, and begins nothing.
   * @param mayHaveOne whether the user may have a claim that this browser knows nothing of: made on another device
   */
  async resume(mayHaveOne = false): Promise<void> {
    if (this.record) return this.press();
    if (!mayHaveOne) return;
    const claims = await this.world.claimsOn(this.subject.voucherId);
    const found = claims?.find(({ status }) => HAD.includes(status));
    // A press that came meanwhile finds out by itself.
    if (found && !this.record && !this.running && !this.gone.signal.aborted)
      this.adopt(found, this.world.newKey());
  }

  answer(solution: CaptchaSolution): Promise<void> {
    this.solution = solution;
    return this.press();
  }

  /**
   * One more unit, where one user may have several.
   * @param shown the claim that the page shows: another tab may have begun the next one already
   */
  async another(shown: string): Promise<void> {
    if (this.record?.claimId === shown) this.world.store.remove(this.name);
    await this.press();
  }

  /** The claim has come to its end; one that failed makes room for a new try. */
  ended(claimId: string, end: NonNullable<AttemptRecord['end']>): void {
    const record = this.record;
    if (record?.claimId !== claimId) return;
    if (end === 'issued' || end === 'redeemed') this.world.store.put(this.name, { ...record, end });
    else if (end !== 'held') this.world.store.remove(this.name);
  }

  /** A unit was taken in another way, with a key of its own: by an offer of the waiting list, on another device. */
  adopt(claim: Claim, key: string): void {
    this.accept({ key, startedAt: this.world.now(), uncertain: false }, claim.id, claim);
  }

  /** Ends the waiting; what may have been taken is not forgotten by that. */
  giveUp(): void {
    this.givenUp = true;
    this.hurry?.abort();
  }

  /** The connection is back: no reason to wait any longer. */
  retryNow(): void {
    this.hurry?.abort();
  }

  /** The page goes; the record stays for the next one. */
  dispose(): void {
    this.gone.abort();
    this.hurry?.abort();
  }

  private async carryOut(): Promise<void> {
    const { store } = this.world;
    let record: AttemptRecord =
      store.get(this.name) ??
      this.keep({ key: this.world.newKey(), startedAt: this.world.now(), uncertain: false });
    if (record.claimId !== undefined) return this.show({ kind: 'accepted', claimId: record.claimId });
    for (let failures = 1; !this.gone.signal.aborted; failures += 1) {
      this.show({ kind: 'sending' });
      const linked = await this.withLink(record);
      if (linked === undefined) return;
      let failure: Failure;
      if ('failure' in linked) failure = linked.failure;
      else {
        const before = linked.record;
        // From here on the server may have the claim: that is written down before it is asked.
        record = this.keep({ ...before, uncertain: true });
        const reply = await this.send(record);
        if (reply.ok) return this.accept(record, reply.body.id, reply.body);
        failure = reply.failure;
        if (isAnswerOfThisClaim(failure)) record = this.keep({ ...record, uncertain: before.uncertain });
      }
      const next = await this.judge(record, failure, failures);
      if (next === undefined) return;
      record = next;
    }
  }

  private send(record: AttemptRecord): Promise<Reply<Claim>> {
    return record.link === undefined
      ? this.world.claim(this.subject.voucherId, record.key)
      : this.world.claimThrough(record.link, record.key);
  }

  /** @returns nothing where the user has to do something first */
  private async withLink(
    record: AttemptRecord,
  ): Promise<{ readonly record: AttemptRecord } | { readonly failure: Failure } | undefined> {
    if (!this.subject.asksForLink || record.link !== undefined) return { record };
    if (this.subject.asksForCaptcha && this.solution === undefined) {
      this.show({ kind: 'captcha', failure: undefined });
      return undefined;
    }
    const reply = await this.world.link(this.subject.voucherId, this.solution);
    if (!reply.ok) {
      const { failure } = reply;
      // One try each, right or wrong; a refusal for another reason leaves it good.
      if (failure.code === 'captcha_failed' || failure.code === 'captcha_required') {
        this.solution = undefined;
        this.show({ kind: 'captcha', failure });
        return undefined;
      }
      return { failure };
    }
    this.solution = undefined;
    return { record: this.keep({ ...record, link: reply.body.url }) };
  }

  /** @returns the record to go on with, or nothing where it ends here */
  private async judge(
    record: AttemptRecord,
    failure: Failure,
    failures: number,
  ): Promise<AttemptRecord | undefined> {
    if (failure.status === 401) {
      this.show({ kind: 'sign-in' });
      return undefined;
    }
    if (failure.code === 'challenge_required' && record.link !== undefined) return this.withoutLink(record);
    if (failure.code === 'claim_limit_reached') {
      const held = textMember(failure, 'claim_id');
      // An earlier request whose answer was lost has taken it.
      if (held !== undefined && record.uncertain) {
        this.accept(record, held);
        return undefined;
      }
    }
    if (repeats(failure) && !(failure.status === 500 && failures >= MAX_BROKEN)) {
      if (await this.waited(record, failure, failures)) return record;
      if (this.gone.signal.aborted) return undefined;
    }
    this.refuse(record, failure);
    return undefined;
  }

  /** @returns whether to go on */
  private async waited(record: AttemptRecord, failure: Failure, failures: number): Promise<boolean> {
    const ms = waitBeforeRetry(failures, failure.retryAfterMs, BACKOFF, this.world.random);
    this.show({ kind: 'waiting', ms, failure, uncertain: record.uncertain });
    this.hurry = new AbortController();
    await this.world.wait(ms, this.hurry.signal);
    return !this.givenUp && !this.gone.signal.aborted;
  }

  /** The link is over. Where a request through it got no answer, its claim may be on its way to the books. */
  private async withoutLink(record: AttemptRecord): Promise<AttemptRecord | undefined> {
    if (record.uncertain) {
      for (let look = 0; look < LOOKS && !this.gone.signal.aborted; look += 1) {
        const claims = await this.world.claimsOn(this.subject.voucherId);
        const since = record.startedAt - CLOCKS_MS;
        const found = claims?.find((claim) => Date.parse(claim.created_at ?? '') > since);
        if (found) {
          this.accept(record, found.id);
          return undefined;
        }
        await this.world.wait(LOOK_EVERY_MS, this.gone.signal);
      }
    }
    return this.keep({ ...record, link: undefined });
  }

  private accept(record: AttemptRecord, claimId: string, claim?: Claim): void {
    this.keep({ ...record, claimId, uncertain: false });
    this.show({ kind: 'accepted', claimId, ...(claim ? { claim } : {}) });
  }

  private refuse(record: AttemptRecord, failure: Failure): void {
    if (!record.uncertain || SAID_BY_THE_GATE.includes(failure.code)) this.world.store.remove(this.name);
    this.show({ kind: 'refused', failure, heldClaimId: textMember(failure, 'claim_id') });
  }

  private keep(record: AttemptRecord): AttemptRecord {
    this.world.store.put(this.name, record);
    return record;
  }
}

/** What is sent again with the same key, after a while. */
const repeats = ({ code, status, retryAfterMs }: Failure): boolean =>
  code === 'no_answer' ||
  status >= 500 ||
  status === 429 ||
  code === 'idempotency_in_progress' ||
  (code === 'not_started' && (retryAfterMs ?? Infinity) <= NEARLY_OPEN_MS);

/**
 * Whether the answer leaves no doubt that this request took nothing. `503` from in between, a broken connection and
 * `claim_unconfirmed` do not.
 */
const isAnswerOfThisClaim = ({ code, status }: Failure): boolean =>
  (status >= 400 && status < 500 && code !== 'idempotency_in_progress') ||
  code === 'overloaded' ||
  code === 'gate_recovering';
