import { ref, watch, type Ref } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { call } from '../api/client.js';
import type { Failure } from '../api/failure.js';
import type { Voucher } from '../api/types.js';
import { invitation } from '../lib/claim-world.js';
import { useSession } from '../stores/session.js';

export type InvitationState =
  | { readonly kind: 'none' }
  /** Nobody is signed in yet. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'accepted' }
  /** `again`: the same token may be taken later. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly again: boolean };

export interface Invitation {
  readonly state: Ref<InvitationState>;
  /** Brings the token, where there is one and somebody is signed in. Resolves when it is known what became of it. */
  readonly bring: () => Promise<void>;
}

/** A token of the merchant in `#token=` of the address: taken out of it at once, and brought as soon as somebody is signed in. */
export function useInvitation(voucher: Ref<Voucher>): Invitation {
  const route = useRoute();
  const router = useRouter();
  const session = useSession();
  const state = ref<InvitationState>({ kind: 'none' });
  let running: Promise<void> | undefined;

  async function send(token: string): Promise<void> {
    state.value = { kind: 'sending' };
    const { id } = voucher.value;
    const reply = await call('post', '/v1/vouchers/{id}/eligibility-proofs', {
      params: { id },
      body: { token },
    });
    if (reply.ok) state.value = { kind: 'accepted' };
    else {
      const { failure } = reply;
      const again = failure.status === 0 || failure.status === 429 || failure.status >= 500;
      // Whoever has been signed out signs in by the claim, and brings it then.
      if (failure.status === 401) state.value = { kind: 'kept' };
      else state.value = { kind: 'refused', failure, again };
      if (again || failure.status === 401) return;
    }
    if (invitation.of(id) === token) invitation.keep(id, null);
  }

  function bring(): Promise<void> {
    const token = invitation.of(voucher.value.id);
    if (token === undefined) return Promise.resolve();
    if (voucher.value.eligibility !== 'token') {
      invitation.keep(voucher.value.id, null);
      return Promise.resolve();
    }
    if (!session.user) {
      state.value = { kind: 'kept' };
      return Promise.resolve();
    }
    running ??= send(token).finally(() => (running = undefined));
    return running;
  }

  watch(
    () => route.hash,
    (hash) => {
      const token = new URLSearchParams(hash.slice(1)).get('token');
      if (token === null) return;
      invitation.keep(voucher.value.id, token);
      void router.replace({ path: route.path, query: route.query, hash: '' });
      void bring();
    },
    { immediate: true },
  );
  watch(
    () => session.user?.id,
    () => {
      state.value = { kind: 'none' }; // what was accepted or refused was somebody else's
      void bring();
    },
    { immediate: true },
  );

  return { state, bring };
}
