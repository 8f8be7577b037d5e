import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { call, onExpiredSession, type Reply } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import type { User } from '../api/types.js';
import { intent } from '../lib/claim-world.js';
import { kept } from '../lib/kept.js';
import { testMode } from '../lib/test-mode.js';
import { forgetOthersWallet, forgetWallet } from '../lib/offline-wallet.js';

/**
 * Says that this browser has signed in once, so that visitors who never did cost no request. It is no proof of anything;
 * the session itself is in cookies that no script can read.
 */
const HINT = 'vc_signed_in';
/** When any tab last renewed the session, milliseconds since 1970. */
const RENEWED_AT = 'vc_renewed_at';
const RENEW_LOCK = 'vc-renew';

export const useSession = defineStore('session', () => {
  const user = ref<User | null>(null);
  /** Whether it is known who is here. */
  const known = ref(false);
  let restoring: Promise<boolean> | undefined;

  const isMerchant = computed(() => user.value?.roles.includes('merchant') ?? false);
  const isShopper = computed(() => user.value?.roles.includes('shopper') ?? false);
  const isOwner = computed(() => user.value?.roles.includes('owner') ?? false);
  /** Of the merchant's people those who may know what the others did. */
  const reads = computed(() => isOwner.value || (user.value?.roles.includes('editor') ?? false));
  const isAdmin = computed(() => user.value?.roles.includes('admin') ?? false);

  function enter(who: User): void {
    if (user.value?.id !== who.id) void forgetOthersWallet(who.id);
    user.value = who;
    known.value = true;
    kept.set(HINT, '1');
  }

  function leave(): void {
    user.value = null;
    known.value = true;
    kept.set(HINT, null);
    testMode.set(false);
    void forgetWallet();
  }

  /**
   * Finds out who is here.
   * @param always asks also where nobody is known to have signed in: before a page that needs someone
   * @returns whether it is known now; an answer that did not come leaves it open
   */
  async function restore(always = false): Promise<boolean> {
    if (known.value && (user.value || !always)) return true;
    if (!always && kept.get(HINT) === null) {
      known.value = true;
      return true;
    }
    restoring ??= call('get', '/v1/me')
      .then((reply) => {
        if (reply.ok) enter(reply.body);
        else if (reply.failure.status === 401) leave();
        // Else nobody knows: the session may well be alive, and the next page asks again.
        return reply.ok || reply.failure.status === 401;
      })
      .finally(() => (restoring = undefined));
    return restoring;
  }

  /** @returns what was refused, or nothing */
  async function signIn(attempt: Promise<Reply<{ user: User }>>): Promise<Failure | undefined> {
    const reply = await attempt;
    if (!reply.ok) return reply.failure;
    kept.set(RENEWED_AT, String(Date.now()));
    enter(reply.body.user);
    return undefined;
  }

  const login = (email: string, password: string) =>
    signIn(call('post', '/v1/auth/login', { body: { email, password } }));
  const register = (email: string, password: string, name: string) =>
    signIn(call('post', '/v1/auth/register', { body: { email, password, name } }));
  /** @param requestId of the request for the code, which is good with it alone */
  const phoneLogin = (phone: string, code: string, requestId: string | undefined) =>
    signIn(
      call('post', '/v1/auth/phone/login', {
        body: { phone, code, ...(requestId === undefined ? {} : { request_id: requestId }) },
      }),
    );

  async function logout(): Promise<Failure | undefined> {
    const reply = await call('post', '/v1/auth/logout');
    if (!reply.ok && reply.failure.status !== 401) return reply.failure;
    intent.forget();
    leave();
    return undefined;
  }

  /** One tab renews for all: a refresh token is good for one call, and a second use would end the session. */
  async function renew(): Promise<boolean> {
    const asked = Date.now();
    const work = async (): Promise<boolean> => {
      if (Number(kept.get(RENEWED_AT) ?? 0) >= asked) return true; // another tab did, while this one waited
      const reply = await call('post', '/v1/auth/refresh');
      if (reply.ok) {
        kept.set(RENEWED_AT, String(Date.now()));
        return true;
      }
      if (reply.failure.status === 401 || reply.failure.status === 422) leave();
      return false;
    };
    return navigator.locks ? navigator.locks.request(RENEW_LOCK, work) : work();
  }
  onExpiredSession(renew);

  return {
    user,
    known,
    isShopper,
    isMerchant,
    isOwner,
    reads,
    isAdmin,
    restore,
    enter,
    leave,
    login,
    register,
    phoneLogin,
    logout,
  };
});
