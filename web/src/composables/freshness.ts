import { onScopeDispose, ref, type Ref } from 'vue';
import { Freshness } from '../lib/freshness.js';

const LOOK_MS = 250;

export interface FreshnessView {
  /** Whether what is shown may no longer be so. */
  readonly old: Readonly<Ref<boolean>>;
  readonly renewed: () => void;
  readonly start: () => void;
  readonly stop: () => void;
}

/**
 * Says when live numbers on the page have become old.
 * @param onOld called once each time that they do
 */
export function useFreshness(onOld: () => void = () => undefined): FreshnessView {
  const freshness = new Freshness(() => performance.now());
  const old = ref(false);
  const look = (): void => {
    if (document.hidden || freshness.old === old.value) return;
    old.value = freshness.old;
    if (old.value) onOld();
  };
  // A hidden page asks nothing; once it is seen again it has as long as ever to hear something.
  const onVisible = (): void => {
    if (!document.hidden && freshness.ageMs > 0 && !old.value) freshness.restart();
  };
  const timer = setInterval(look, LOOK_MS);
  document.addEventListener('visibilitychange', onVisible);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
  });
  return {
    old,
    renewed: () => {
      freshness.renewed();
      old.value = false;
    },
    start: () => freshness.restart(),
    stop: () => {
      freshness.stop();
      old.value = false;
    },
  };
}
