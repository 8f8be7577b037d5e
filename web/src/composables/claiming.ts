import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { NO_ANSWER } from '../api/failure.js';
import type { Voucher } from '../api/types.js';
import { attemptName } from '../lib/attempt-store.js';
import { ClaimAttempt, type AttemptState } from '../lib/claim-attempt.js';
import { browserWorld, intent } from '../lib/claim-world.js';
import { useSession } from '../stores/session.js';

export interface Claiming {
  readonly state: ShallowRef<AttemptState>;
  /** When `state` began, by `performance.now()`: a wait is shown from then on. */
  readonly since: Ref<number>;
  readonly press: () => void;
  readonly attempt: () => ClaimAttempt | undefined;
  /** What was refused is no longer so: the button comes back. */
  readonly forgive: () => void;
}

/**
 * Ties the claim attempt to the page: who is signed in, other tabs, the connection.
 * @param before what a claim waits for
 */
export function useClaiming(
  voucher: Ref<Voucher | undefined>,
  signIn: () => void,
  before: () => Promise<void>,
): Claiming {
  const session = useSession();
  const state = shallowRef<AttemptState>({ kind: 'idle' });
  const since = ref(0);
  let current: ClaimAttempt | undefined;

  const show = (next: AttemptState): void => {
    state.value = next;
    since.value = performance.now();
    if (next.kind !== 'sign-in') return;
    if (voucher.value) intent.remember(voucher.value.id);
    session.leave();
    signIn();
  };

  function make(): void {
    current?.dispose();
    current = undefined;
    const [user, terms] = [session.user, voucher.value];
    if (!user || !terms) return;
    const { claim_link: link, captcha } = terms.protection;
    current = new ClaimAttempt(
      browserWorld,
      {
        userId: user.id,
        voucherId: terms.id,
        asksForLink: link || captcha !== 'none',
        asksForCaptcha: captcha !== 'none',
      },
      show,
    );
    if (intent.take(terms.id)) void press();
    // Nobody has one before it opens.
    else void current.resume(terms.status !== 'scheduled');
  }
  watch(
    () => [session.user?.id, voucher.value?.id] as const,
    ([user, id], before) => {
      if (user === before?.[0] && id === before?.[1]) return;
      state.value = { kind: 'idle' };
      make();
    },
    { immediate: true },
  );

  const onStorage = (event: StorageEvent): void => {
    if (!session.user || !voucher.value || event.key !== attemptName(session.user.id, voucher.value.id))
      return;
    const claimId = current?.record?.claimId;
    const shown = state.value.kind === 'accepted' ? state.value.claimId : undefined;
    if (claimId !== undefined && claimId !== shown) show({ kind: 'accepted', claimId });
    // Another tab has begun: this one queues behind it and shows the same end.
    else if (claimId === undefined && current?.record && state.value.kind !== 'elsewhere')
      void current.resume();
  };
  const onOnline = (): void => current?.retryNow();
  addEventListener('storage', onStorage);
  addEventListener('online', onOnline);
  onScopeDispose(() => {
    removeEventListener('storage', onStorage);
    removeEventListener('online', onOnline);
    current?.dispose();
  });

  async function press(): Promise<void> {
    if (current) {
      const attempt = current;
      await before();
      return attempt.press();
    }
    if (!voucher.value || state.value.kind === 'sending') return;
    // Nobody is known to be here yet: the press is kept until it is known who pressed.
    intent.remember(voucher.value.id);
    show({ kind: 'sending' });
    const isKnown = await session.restore(true);
    if (session.user) return; // the watch above has made an attempt, which took the intent
    if (isKnown) show({ kind: 'sign-in' });
    else show({ kind: 'refused', failure: NO_ANSWER, heldClaimId: undefined });
  }

  return {
    state,
    since,
    attempt: () => current,
    forgive: () => {
      if (state.value.kind === 'refused' && !current?.record) show({ kind: 'idle' });
    },
    press: () => void press(),
  };
}
