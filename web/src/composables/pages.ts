import { computed, type Ref } from 'vue';

/** Where a page of a list begins; undefined: with the newest. */
export interface Cursor {
  readonly starting_after?: string;
  readonly ending_before?: string;
}

interface ListOf<T> {
  readonly has_more: boolean;
  readonly data: readonly T[];
}

/** Whether there is a page beside the one that begins there; `has_more` is about the direction that was asked for, the way back is always there. */
export function turnsOf(
  cursor: Cursor,
  hasMore: boolean,
): { readonly older: boolean; readonly newer: boolean } {
  const back = cursor.ending_before !== undefined;
  return { older: back || hasMore, newer: back ? hasMore : cursor.starting_after !== undefined };
}

/** Forth and back through a list that the server pages by the ids at its ends. */
export function usePages<T extends { readonly id: string }>(
  cursor: Ref<Cursor>,
  list: Ref<ListOf<T> | undefined>,
) {
  const first = (): string | undefined => list.value?.data[0]?.id;
  const last = (): string | undefined => list.value?.data.at(-1)?.id;
  const turns = computed(() => turnsOf(cursor.value, list.value?.has_more ?? false));
  const goes = (to: 'older' | 'newer'): void => {
    const id = to === 'older' ? last() : first();
    if (id !== undefined) cursor.value = to === 'older' ? { starting_after: id } : { ending_before: id };
  };
  return {
    older: computed(() => turns.value.older),
    newer: computed(() => turns.value.newer),
    goes,
    toFirst: () => (cursor.value = {}),
  };
}
