import { computed, type Ref } from 'vue';
import { useRoute } from 'vue-router';
import { turnsOf, type Cursor } from './pages.js';

/** A list whose filters and page stand in the address, as `?status=live&after=ID`: what the address says is what is shown. */
export function useListAddress(list: Ref<{ readonly has_more: boolean } | undefined>) {
  const route = useRoute();
  /** Of a name in the address; empty where it does not stand there. */
  const text = (name: string): string => {
    const value = route.query[name];
    return typeof value === 'string' ? value : '';
  };
  const cursor = computed<Cursor>(() => {
    if (text('before') !== '') return { ending_before: text('before') };
    return text('after') === '' ? {} : { starting_after: text('after') };
  });
  const turns = computed(() => turnsOf(cursor.value, list.value?.has_more ?? false));
  return {
    text,
    cursor,
    older: computed(() => turns.value.older),
    newer: computed(() => turns.value.newer),
  };
}
