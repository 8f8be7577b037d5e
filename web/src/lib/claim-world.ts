import { newIdempotencyKey } from '../../../clients/typescript/src/key.js';
import { call, follow } from '../api/client.js';
import type { Claim } from '../api/types.js';
import { AttemptStore, type KeyValue } from './attempt-store.js';
import type { AttemptWorld } from './claim-attempt.js';

/** Reading the property itself throws where a browser forbids storage. */
function storage(): KeyValue | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

const store = new AttemptStore(storage(), () => Date.now());

const claimTimeout = 20_000;

/** The claim attempt's world in a browser. */
export const browserWorld: AttemptWorld = {
  store,
  claim: (id, key) =>
    call('post', '/v1/vouchers/{id}/claims', {
      params: { id },
      idempotencyKey: key,
      timeoutMs: claimTimeout,
    }),
  claimThrough: (link, key) => follow<Claim>('post', link, { idempotencyKey: key, timeoutMs: claimTimeout }),
  link: (id, solution) =>
    call('post', '/v1/vouchers/{id}/claim-links', {
      params: { id },
      body: solution ? { captcha_id: solution.captchaId, captcha_answer: solution.answer } : {},
    }),
  async claimsOn(voucherId) {
    const reply = await call('get', '/v1/me/claims', { query: { voucher: voucherId } });
    return reply.ok ? reply.body.data : undefined;
  },
  /** Where the browser has no locks (plain http), each tab sends for itself: with the same key, so it is one claim all the same. */
  async exclusively(name, queued, work) {
    if (!('locks' in navigator)) return work();
    const alone = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      return lock !== null;
    });
    if (alone) return;
    queued();
    await navigator.locks.request(name, work);
  },
  wait: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    }),
  newKey: newIdempotencyKey,
  now: () => Date.now(),
  random: Math.random,
};

const INTENT = 'vc_intent';
/** Set by the server where the press came from the plain form, before the script had taken over. */
const INTENT_COOKIE = /(?:^|;\s*)vc_intent=(vch_[0-9a-z]+)(?:;|$)/;

/** Whether the plain form was pressed for the voucher; asked once. */
function pressedByForm(voucherId: string): boolean {
  if (INTENT_COOKIE.exec(document.cookie)?.[1] !== voucherId) return false;
  forgetForm();
  return true;
}
const forgetForm = (): void => void (document.cookie = `${INTENT}=; Path=/; Max-Age=0; SameSite=Lax`);

/** Kept for this tab alone; where a browser keeps nothing, nothing was kept. */
const ofTab = {
  get(name: string): string | null {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set(name: string, value: string | null): void {
    try {
      if (value === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, value);
    } catch {
      // Then it is asked for once more.
    }
  },
};

const SHARED = 'vc_share_contact';

/** The voucher whose box for the contact was ticked before signing in: it is ticked afterwards too, until the claim. */
export const contactTick = {
  keep: (voucherId: string, ticked: boolean): void => ofTab.set(SHARED, ticked ? voucherId : null),
  of: (voucherId: string): boolean => ofTab.get(SHARED) === voucherId,
};

const INVITATION = 'vc_invitation';

/**
 * The token of a merchant that came with the address of a drop (docs/adr/0105-token-in-the-fragment.md): kept while its bearer
 * signs in, and until it was brought or refused.
 */
export const invitation = {
  keep: (voucherId: string, token: string | null): void =>
    ofTab.set(INVITATION, token === null ? null : `${voucherId} ${token}`),
  of(voucherId: string): string | undefined {
    const [id, token] = ofTab.get(INVITATION)?.split(' ') ?? [];
    return id === voucherId ? token : undefined;
  },
};

/**
 * Somebody pressed before signing in: the press counts once they have. Kept for this tab alone, so that an address that is
 * passed around claims nothing.
 */
export const intent = {
  remember: (voucherId: string): void => ofTab.set(INTENT, voucherId),
  /** Whoever pressed has left. */
  forget(): void {
    forgetForm();
    for (const name of [INTENT, SHARED, INVITATION]) ofTab.set(name, null);
  },
  take(voucherId: string): boolean {
    if (pressedByForm(voucherId)) return true;
    if (ofTab.get(INTENT) !== voucherId) return false;
    ofTab.set(INTENT, null);
    return true;
  },
};
