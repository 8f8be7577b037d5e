import { onScopeDispose, ref, watch, type Ref } from 'vue';
import { call, type Reply } from '../api/client.js';
import { NO_ANSWER, type Failure } from '../api/failure.js';
import type { Claim, WaitingListEntry } from '../api/types.js';
import { waitBeforeRetry } from '../lib/backoff.js';
import { newIntention } from '../lib/intention.js';
import { useSession } from '../stores/session.js';
import { usePolling } from './polling.js';

const POLL_MS = 4_000;
/** An answer that was lost is asked for again, with the same key: it is one unit however often it is sent. */
const TRIES = 6;
const BACKOFF = { baseMs: 1_000, maxMs: 8_000 };

export interface WaitingListView {
  /** The user's last place; `null` where they never had one, nothing while it is not known. */
  readonly entry: Ref<WaitingListEntry | null | undefined>;
  readonly failure: Ref<Failure | undefined>;
  readonly busy: Ref<boolean>;
  readonly join: () => Promise<void>;
  readonly leave: () => Promise<void>;
  readonly decline: () => Promise<void>;
  /** @returns the claim, where the unit was taken, and the key that it was asked for with */
  readonly accept: () => Promise<{ readonly claim: Claim; readonly key: string } | undefined>;
}

/** One user's place in the waiting list of a voucher, looked at again and again while they wait or have an offer. */
export function useWaitingList(voucherId: string, first?: WaitingListEntry): WaitingListView {
  const session = useSession();
  const entry = ref<WaitingListEntry | null | undefined>(first);
  const failure = ref<Failure>();
  const busy = ref(false);
  const params = { id: voucherId };
  let key = newIntention();
  let gone = false;
  onScopeDispose(() => (gone = true));

  const isOpen = (): boolean => entry.value?.status === 'waiting' || entry.value?.status === 'offered';
  const polling = usePolling(async () => {
    if (!session.user || busy.value) return undefined;
    const reply = await call('get', '/v1/vouchers/{id}/waiting-list', { params });
    if (!busy.value) show(reply);
    return reply.ok ? undefined : reply.failure.retryAfterMs;
  }, POLL_MS);
  /** Somebody who does not wait is not asked about again. */
  const follow = (): void => (isOpen() ? polling.start() : polling.stop());

  function show(reply: Reply<WaitingListEntry>): void {
    if (reply.ok) entry.value = reply.body;
    else if (reply.failure.status === 404) entry.value = null;
    follow();
  }
  async function look(): Promise<void> {
    show(await call('get', '/v1/vouchers/{id}/waiting-list', { params }));
  }
  async function carryOut(work: () => Promise<Failure | undefined>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    failure.value = await work();
    busy.value = false;
  }
  const place = (reply: Reply<WaitingListEntry>): Failure | undefined => {
    if (reply.ok) show(reply);
    return reply.ok ? undefined : reply.failure;
  };

  async function accept(): Promise<{ readonly claim: Claim; readonly key: string } | undefined> {
    let taken: { readonly claim: Claim; readonly key: string } | undefined;
    await carryOut(async () => {
      let refused: Failure = NO_ANSWER;
      for (let tries = 1; tries <= TRIES && !gone; tries += 1) {
        const reply = await call('post', '/v1/vouchers/{id}/waiting-list/accept', {
          params,
          headers: { 'idempotency-key': key },
        });
        if (reply.ok) {
          taken = { claim: reply.body, key };
          key = newIntention();
          break;
        }
        refused = reply.failure;
        if (refused.status !== 0 && refused.status < 500 && refused.status !== 429) break;
        const ms = waitBeforeRetry(tries, refused.retryAfterMs, BACKOFF, Math.random);
        await new Promise((resolve) => setTimeout(resolve, ms));
      }
      await look();
      return taken ? undefined : refused;
    });
    return taken;
  }

  watch(
    () => session.user?.id,
    (user) => {
      if (user === undefined) {
        entry.value = undefined;
        polling.stop();
      } else if (entry.value === undefined) void look();
      else follow();
    },
    { immediate: true },
  );
  return {
    entry,
    failure,
    busy,
    join: () => carryOut(async () => place(await call('post', '/v1/vouchers/{id}/waiting-list', { params }))),
    decline: () =>
      carryOut(async () => place(await call('post', '/v1/vouchers/{id}/waiting-list/decline', { params }))),
    leave: () =>
      carryOut(async () => {
        const reply = await call('delete', '/v1/vouchers/{id}/waiting-list', { params });
        await look();
        return reply.ok || reply.failure.status === 404 ? undefined : reply.failure;
      }),
    accept,
  };
}
