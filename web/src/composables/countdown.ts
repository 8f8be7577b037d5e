import { computed, onScopeDispose, ref, type ComputedRef } from 'vue';

export interface Wait {
  /** Whole seconds left; 0 when it is over. */
  readonly seconds: ComputedRef<number>;
  start(ms: number | undefined): void;
}

/** A visible wait, as `Retry-After` asks for. By the monotonic clock. */
export function useWait(): Wait {
  const until = ref(0);
  const now = ref(performance.now());
  const timer = setInterval(() => (now.value = performance.now()), 250);
  onScopeDispose(() => clearInterval(timer));
  return {
    seconds: computed(() => Math.max(0, Math.ceil((until.value - now.value) / 1_000))),
    start: (ms) => {
      now.value = performance.now();
      until.value = ms === undefined ? 0 : now.value + ms;
    },
  };
}
