import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { call } from '../../api/client.js';
import { NO_ANSWER, type Failure } from '../../api/failure.js';
import type { Redemption, RedemptionPreview } from '../../api/types.js';
import { newIntention } from '../../lib/intention.js';

/** What the counter says about the code that was shown last. */
export type Decision =
  | { readonly kind: 'redeemed'; readonly redemption: Redemption }
  | { readonly kind: 'rolled-back'; readonly redemption: Redemption }
  /** Looked at, and not redeemed yet. */
  | { readonly kind: 'check'; readonly code: string; readonly preview: RedemptionPreview }
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** Nothing was sent. */
  | { readonly kind: 'offline' }
  /** It was sent, and nobody knows what became of it: sent again with the same key it counts once. */
  | { readonly kind: 'unknown'; readonly code: string; readonly key: string };

export interface Counter {
  readonly decision: ShallowRef<Decision | undefined>;
  readonly busy: Ref<boolean>;
  /** A code was scanned or typed. */
  show(code: string): Promise<void>;
  /** The code that was looked at, or one whose answer was lost. */
  redeem(code: string, key?: string): Promise<void>;
  clear(): void;
}

export interface CounterSetting {
  readonly online: Readonly<Ref<boolean>>;
  readonly place: () => string;
  readonly askFirst: () => boolean;
  readonly onDecision: (decision: Decision) => void;
}

/** A counter waits for nobody: what has no answer after this time is said so. */
const TIMEOUT_MS = 8_000;

/** One code at a time: what is shown while another one is asked about is dropped, never queued. */
export function useCounter({ online, place, askFirst, onDecision }: CounterSetting): Counter {
  const decision = shallowRef<Decision>();
  const busy = ref(false);

  function decide(next: Decision): void {
    decision.value = next;
    onDecision(next);
  }
  async function alone(work: () => Promise<Decision>): Promise<void> {
    if (busy.value) return;
    if (!online.value) return decide({ kind: 'offline' });
    busy.value = true;
    try {
      decide(await work());
    } finally {
      busy.value = false;
    }
  }

  const redeem = (code: string, key = newIntention()): Promise<void> =>
    alone(async () => {
      const location = place().trim();
      const reply = await call('post', '/v1/redemptions', {
        body: { code, ...(location === '' ? {} : { location }) },
        headers: { 'idempotency-key': key },
        timeoutMs: TIMEOUT_MS,
      });
      if (reply.ok) return { kind: 'redeemed', redemption: reply.body };
      const { failure } = reply;
      const unknown = failure.code === 'no_answer' || failure.status >= 500;
      return unknown && failure.code !== 'overloaded'
        ? { kind: 'unknown', code, key }
        : { kind: 'refused', failure };
    });

  const look = (code: string): Promise<void> =>
    alone(async () => {
      const reply = await call('get', '/v1/redemptions/preview', {
        query: { code },
        timeoutMs: TIMEOUT_MS,
      });
      if (!reply.ok) return { kind: 'refused', failure: reply.failure };
      const { body: preview } = reply;
      return preview.redeemable
        ? { kind: 'check', code, preview }
        : { kind: 'refused', failure: refusalOf(preview) };
    });

  return {
    decision,
    busy,
    show: (code) => (askFirst() ? look(code) : redeem(code)),
    redeem,
    clear: () => void (decision.value = undefined),
  };
}

/** What a redemption would have been refused with. */
const refusalOf = (preview: RedemptionPreview): Failure => ({
  ...NO_ANSWER,
  code: preview.refusal ?? 'internal_error',
  status: 409,
  members: {
    redemption: preview.redemption,
    changed_at: preview.changed_at,
    redeem_from: preview.voucher.redeem_from,
    redeem_until: preview.voucher.redeem_until,
    time_zone: preview.voucher.time_zone,
  },
});
