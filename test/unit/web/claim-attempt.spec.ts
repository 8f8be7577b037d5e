import { beforeEach, describe, expect, it } from '@jest/globals';
import { NO_ANSWER, type Failure } from '../../../web/src/api/failure.js';
import type { Reply } from '../../../web/src/api/client.js';
import type { Claim } from '../../../web/src/api/types.js';
import { AttemptStore, attemptName, type KeyValue } from '../../../web/src/lib/attempt-store.js';
import {
  ClaimAttempt,
  type AttemptState,
  type AttemptSubject,
  type AttemptWorld,
} from '../../../web/src/lib/claim-attempt.js';

const refused = (code: string, status: number, more: Partial<Failure> = {}): Reply<never> => ({
  ok: false,
  failure: { ...NO_ANSWER, code: code as Failure['code'], status, ...more },
});
const lost: Reply<never> = { ok: false, failure: NO_ANSWER };
const taken = (id = 'clm_1'): Reply<Claim> =>
  ({ ok: true, status: 202, headers: new Headers(), body: { id } }) as Reply<Claim>;
const written = (id: string, status: Claim['status']): Claim =>
  ({ id, status, created_at: new Date(1_000_000).toISOString() }) as Claim;
const linked = (url = '/v1/claim-links/one'): Reply<{ url: string }> => ({
  ok: true,
  status: 201,
  headers: new Headers(),
  body: { url },
});

class Storage implements KeyValue {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

/** Answers in order; what was asked is noted. */
class World implements AttemptWorld {
  readonly store: AttemptStore;
  readonly sent: { readonly to: string; readonly key: string }[] = [];
  readonly waits: number[] = [];
  readonly links: unknown[] = [];
  answers: (Reply<Claim> | Promise<Reply<Claim>>)[] = [];
  linkAnswers: Reply<{ url: string }>[] = [];
  written: readonly Claim[] | undefined;
  time = 1_000_000;
  private keys = 0;
  private tail: Promise<void> = Promise.resolve();
  /** What the storage held when a request went out. */
  readonly keptAtSending: string[] = [];

  constructor(readonly storage = new Storage()) {
    this.store = new AttemptStore(storage, () => this.time);
  }
  private next(to: string, key: string): Promise<Reply<Claim>> {
    this.sent.push({ to, key });
    this.keptAtSending.push([...this.storage.kept.values()].join());
    const answer = this.answers.shift();
    if (!answer) throw new Error('asked once more than expected');
    return Promise.resolve(answer);
  }
  claim = (voucherId: string, key: string) => this.next(voucherId, key);
  claimThrough = (link: string, key: string) => this.next(link, key);
  link = async (_voucher: string, solution: unknown) => {
    this.links.push(solution);
    return this.linkAnswers.shift() ?? linked();
  };
  claimsOn = async () => this.written;
  exclusively = (_name: string, queued: () => void, work: () => Promise<void>) => {
    queued();
    this.tail = this.tail.then(work);
    return this.tail;
  };
  wait = async (ms: number) => void this.waits.push(ms);
  newKey = () => `key-${(this.keys += 1)}-${Math.random()}`;
  now = () => this.time;
  random = () => 0;
}

const subject = (more: Partial<AttemptSubject> = {}): AttemptSubject => ({
  userId: 'usr_1',
  voucherId: 'vch_1',
  asksForLink: false,
  asksForCaptcha: false,
  ...more,
});

let world: World;
let states: AttemptState[];
const tab = (more: Partial<AttemptSubject> = {}): ClaimAttempt =>
  new ClaimAttempt(world, subject(more), (state) => states.push(state));
const last = (): AttemptState | undefined => states.at(-1);
const record = () => world.store.get(attemptName('usr_1', 'vch_1'));

beforeEach(() => {
  world = new World();
  states = [];
});

describe('a claim attempt', () => {
  it('has its key stored before the first request goes out', async () => {
    world.answers = [taken()];
    await tab().press();
    expect(world.keptAtSending[0]).toContain(world.sent[0]?.key);
    expect(last()).toEqual({ kind: 'accepted', claimId: 'clm_1', claim: { id: 'clm_1' } });
  });

  it('sends one request for a double click', async () => {
    world.answers = [taken()];
    const attempt = tab();
    await Promise.all([attempt.press(), attempt.press()]);
    expect(world.sent).toHaveLength(1);
  });

  it('sends one request for two tabs that are pressed at once, and both show its claim', async () => {
    world.answers = [taken()];
    const [one, two] = [tab(), tab()];
    await Promise.all([one.press(), two.press()]);
    expect(world.sent).toHaveLength(1);
    expect(states.filter(({ kind }) => kind === 'accepted')).toHaveLength(2);
  });

  it('repeats with the same key until it knows, however often the connection breaks', async () => {
    world.answers = [lost, refused('claim_unconfirmed', 503, { retryAfterMs: 2_000 }), lost, taken()];
    await tab().press();
    expect(new Set(world.sent.map(({ key }) => key)).size).toBe(1);
    expect(world.sent).toHaveLength(4);
    expect(last()).toEqual({ kind: 'accepted', claimId: 'clm_1', claim: { id: 'clm_1' } });
  });

  it('goes on after a reload with the key of before', async () => {
    world.answers = [new Promise(() => undefined)];
    void tab().press();
    await new Promise(setImmediate);
    const before = world.sent[0]?.key;
    const reloaded = new World(world.storage);
    reloaded.answers = [taken()];
    await new ClaimAttempt(reloaded, subject(), (state) => states.push(state)).resume();
    expect(reloaded.sent.map(({ key }) => key)).toEqual([before]);
    expect(last()).toEqual({ kind: 'accepted', claimId: 'clm_1', claim: { id: 'clm_1' } });
  });

  it('begins nothing after a reload where nothing was begun', async () => {
    await tab().resume();
    expect(world.sent).toEqual([]);
  });

  it('shows a claim that was made on another device, and remembers it', async () => {
    world.written = [written('clm_3', 'rejected'), written('clm_2', 'issued'), written('clm_1', 'issued')];
    await tab().resume();
    expect(states).toEqual([]);
    await tab().resume(true);
    expect(last()).toMatchObject({ kind: 'accepted', claimId: 'clm_2', claim: { status: 'issued' } });
    await tab().press();
    expect(last()).toMatchObject({ kind: 'accepted', claimId: 'clm_2' });
    expect(world.sent).toEqual([]);
  });

  it('leaves the button where no claim is there, none can be told, or none is had any more', async () => {
    for (const found of [undefined, [], [written('clm_1', 'released')], [written('clm_1', 'cancelled')]]) {
      world.written = found;
      await tab().resume(true);
    }
    expect(states).toEqual([]);
  });

  it('does not put a claim of before in the place of a press that came while it was looked for', async () => {
    let tell = (_claims: readonly Claim[]): void => undefined;
    world.claimsOn = () => new Promise((resolve) => (tell = resolve));
    world.answers = [taken('clm_2')];
    const attempt = tab();
    const resumed = attempt.resume(true);
    await attempt.press();
    tell([written('clm_1', 'issued')]);
    await resumed;
    expect(last()).toMatchObject({ kind: 'accepted', claimId: 'clm_2' });
  });

  it('shows the claim it has instead of asking again', async () => {
    world.answers = [taken()];
    await tab().press();
    await tab().press();
    expect(world.sent).toHaveLength(1);
  });

  it('never comes before the time that the server named', async () => {
    world.answers = [refused('rate_limited', 429, { retryAfterMs: 4_000 }), taken()];
    await tab().press();
    expect(world.waits).toHaveLength(1);
    expect(world.waits[0]).toBeGreaterThanOrEqual(4_000);
  });

  it('says whether the unit may be taken while it waits', async () => {
    world.answers = [refused('overloaded', 503), lost, refused('overloaded', 503), taken()];
    await tab().press();
    const uncertain = states.flatMap((state) => (state.kind === 'waiting' ? [state.uncertain] : []));
    expect(uncertain).toEqual([false, true, true]);
  });

  it.each(['sold_out', 'paused', 'voucher_ended', 'not_started'])(
    'is over where the gate says %s, and the next press has a new key',
    async (code) => {
      world.answers = [lost, refused(code, 409, { retryAfterMs: 60_000 }), taken()];
      await tab().press();
      expect(last()).toMatchObject({ kind: 'refused', failure: { code } });
      expect(record()).toBeUndefined();
      await tab().press();
      expect(world.sent[2]?.key).not.toBe(world.sent[0]?.key);
    },
  );

  it('waits for a drop that opens within moments', async () => {
    world.answers = [refused('not_started', 409, { retryAfterMs: 1_000 }), taken()];
    await tab().press();
    expect(last()?.kind).toBe('accepted');
  });

  it('keeps what may be taken when somebody in between refuses', async () => {
    world.answers = [lost, refused('blocked', 403)];
    await tab().press();
    expect(last()).toMatchObject({ kind: 'refused', failure: { code: 'blocked' } });
    expect(record()?.uncertain).toBe(true);
  });

  it('takes the claim that the limit names for its own, where an answer of its own was lost', async () => {
    world.answers = [lost, refused('claim_limit_reached', 409, { members: { claim_id: 'clm_7' } })];
    await tab().press();
    expect(last()).toEqual({ kind: 'accepted', claimId: 'clm_7' });
  });

  it('shows the claim that is held where the limit was reached before', async () => {
    world.answers = [refused('claim_limit_reached', 409, { members: { claim_id: 'clm_7' } })];
    await tab().press();
    expect(last()).toMatchObject({ kind: 'refused', heldClaimId: 'clm_7' });
  });

  it('asks to sign in where the session is over, and goes on with the same key afterwards', async () => {
    world.answers = [lost, refused('token_expired', 401), taken()];
    await tab().press();
    expect(last()).toEqual({ kind: 'sign-in' });
    await tab().resume();
    expect(new Set(world.sent.map(({ key }) => key)).size).toBe(1);
    expect(last()?.kind).toBe('accepted');
  });

  it('gives a server up that breaks on the request, without forgetting what may be taken', async () => {
    world.answers = Array.from({ length: 5 }, () => refused('internal_error', 500));
    await tab().press();
    expect(world.sent).toHaveLength(5);
    expect(last()).toMatchObject({ kind: 'refused', failure: { code: 'internal_error' } });
    expect(record()?.key).toBe(world.sent[0]?.key);
  });

  it('stops when it is told to', async () => {
    world.answers = [refused('overloaded', 503), taken()];
    const attempt = tab();
    world.wait = async () => {
      attempt.giveUp();
      return undefined;
    };
    await attempt.press();
    expect(world.sent).toHaveLength(1);
    expect(last()).toMatchObject({ kind: 'refused', failure: { code: 'overloaded' } });
    expect(record()).toBeUndefined();
  });

  it('begins the next claim once, however many tabs ask for it', async () => {
    world.answers = [taken('clm_1'), taken('clm_2')];
    const [one, two] = [tab(), tab()];
    await one.press();
    await Promise.all([one.another('clm_1'), two.another('clm_1')]);
    expect(world.sent).toHaveLength(2);
    expect(last()).toEqual({ kind: 'accepted', claimId: 'clm_2' });
  });

  it('makes room for a new try when the claim was rejected, and remembers one that was issued', async () => {
    world.answers = [taken('clm_1'), taken('clm_2')];
    const attempt = tab();
    await attempt.press();
    attempt.ended('clm_1', 'rejected');
    expect(record()).toBeUndefined();
    await attempt.press();
    attempt.ended('clm_2', 'issued');
    expect(record()).toMatchObject({ claimId: 'clm_2', end: 'issued' });
  });

  it('does not send a wish of yesterday again', async () => {
    world.answers = [new Promise(() => undefined)];
    void tab().press();
    await new Promise(setImmediate);
    world.time += 25 * 3_600_000;
    expect(record()).toBeUndefined();
  });

  it('works where the browser keeps nothing', async () => {
    const forbidden: KeyValue = {
      getItem: () => null,
      setItem: () => {
        throw new Error('forbidden');
      },
      removeItem: () => undefined,
    };
    const store = new AttemptStore(forbidden, () => 0);
    store.put('a', { key: 'k', startedAt: 0, uncertain: false });
    expect(store.get('a')?.key).toBe('k');
    store.remove('a');
    expect(store.get('a')).toBeUndefined();
  });
});

describe('a claim attempt on a protected voucher', () => {
  const link = { asksForLink: true };
  const captcha = { asksForLink: true, asksForCaptcha: true };

  it('asks for a link and claims through it', async () => {
    world.answers = [taken()];
    await tab(link).press();
    expect(world.sent[0]?.to).toBe('/v1/claim-links/one');
  });

  it('repeats through the same link with the same key', async () => {
    world.answers = [lost, taken()];
    await tab(link).press();
    expect(world.links).toHaveLength(1);
    expect(new Set(world.sent.map(({ to, key }) => to + key)).size).toBe(1);
  });

  it('shows the captcha first, and sends its answer once', async () => {
    world.answers = [taken()];
    const attempt = tab(captcha);
    await attempt.press();
    expect(last()).toEqual({ kind: 'captcha', failure: undefined });
    expect(world.sent).toEqual([]);
    await attempt.answer({ captchaId: 'cap_1', answer: '51' });
    expect(world.links).toEqual([{ captchaId: 'cap_1', answer: '51' }]);
    expect(last()?.kind).toBe('accepted');
  });

  it('shows another captcha where the answer was wrong', async () => {
    world.linkAnswers = [refused('captcha_failed', 403)];
    const attempt = tab(captcha);
    await attempt.press();
    await attempt.answer({ captchaId: 'cap_1', answer: 'x' });
    expect(last()).toMatchObject({ kind: 'captcha', failure: { code: 'captcha_failed' } });
  });

  it('asks for a new link where the old one ran out before anything was sent', async () => {
    world.linkAnswers = [linked('/old'), linked('/new')];
    world.answers = [refused('challenge_required', 403), taken()];
    await tab(link).press();
    expect(world.sent.map(({ to }) => to)).toEqual(['/old', '/new']);
  });

  it('looks among the written claims before it asks for a new link, where an answer was lost', async () => {
    world.written = [written('clm_9', 'issued')];
    world.answers = [lost, refused('challenge_required', 403)];
    await tab(link).press();
    expect(last()).toEqual({ kind: 'accepted', claimId: 'clm_9' });
    expect(world.links).toHaveLength(1);
  });
});
