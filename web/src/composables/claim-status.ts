import { effectScope, onScopeDispose, ref, watch, type EffectScope, type Ref } from 'vue';
import { call } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import type { Claim } from '../api/types.js';
import { useLive, type Live, type Polled } from './event-stream.js';

const POLL_MS = 1_500;

export interface ClaimStatusView {
  readonly claim: Ref<Claim | undefined>;
  /** Why there is no news at the moment; it goes on asking unless that is of no use. */
  readonly failure: Ref<Failure | undefined>;
  readonly retry: () => void;
}

/**
 * Follows a claim until its end.
 * @param said what the answer that took the claim said: it holds until there is news, whatever becomes of the next question
 */
export function useClaimStatus(
  claimId: Ref<string | undefined>,
  said: () => Claim | undefined = () => undefined,
): ClaimStatusView {
  const claim = ref<Claim>();
  const failure = ref<Failure>();
  let live: Live | undefined;
  let scope: EffectScope | undefined;

  const show = (news: Claim): void => {
    if (news.id !== claimId.value) return;
    claim.value = news;
    failure.value = undefined;
    if (news.status !== 'pending') live?.stop();
  };
  const ask = async (id: string): Promise<Polled> => {
    const reply = await call('get', '/v1/claims/{id}', { params: { id } });
    if (reply.ok) {
      show(reply.body);
      return { renewed: true };
    }
    failure.value = reply.failure;
    if (reply.failure.status === 404 || reply.failure.status === 401) live?.stop();
    return { renewed: false, waitMs: reply.failure.retryAfterMs };
  };
  const follow = (id: string | undefined): void => {
    scope?.stop();
    live = undefined;
    const known = said();
    claim.value = known?.id === id ? known : undefined;
    failure.value = undefined;
    if (id === undefined) return;
    scope = effectScope(true);
    live = scope.run(() =>
      useLive({
        url: `/v1/claims/${encodeURIComponent(id)}/events`,
        event: 'claim',
        onData: (data) => show(JSON.parse(data) as Claim),
        poll: () => ask(id),
        pollMs: POLL_MS,
      }),
    );
    // One look first: most claims are issued within milliseconds, and then no stream is needed.
    void ask(id).then(() => {
      if (
        claim.value?.status === 'pending' ||
        (failure.value && failure.value.status !== 404 && failure.value.status !== 401)
      )
        live?.start();
    });
  };
  watch(claimId, follow, { immediate: true });
  onScopeDispose(() => scope?.stop());
  return { claim, failure, retry: () => follow(claimId.value) };
}
