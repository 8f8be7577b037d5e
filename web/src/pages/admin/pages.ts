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

/** Forth and back through a list that the server pages by the ids at its ends. */
export function usePages<T extends { readonly id: string }>(
  cursor: Ref<Cursor>,
  list: Ref<ListOf<T> | undefined>,
) {
  const first = (): string | undefined => list.value?.data[0]?.id;
  const last = (): string | undefined => list.value?.data.at(-1)?.id;
  const more = computed(() => list.value?.has_more ?? false);
  const goes = (to: 'older' | 'newer'): void => {
    const id = to === 'older' ? last() : first();
    if (id !== undefined) cursor.value = to === 'older' ? { starting_after: id } : { ending_before: id };
  };
  return {
    /** `has_more` is about the direction that was asked for; the way back is always there. */
    older: computed(() => (cursor.value.ending_before === undefined ? more.value : true)),
    newer: computed(() =>
      cursor.value.ending_before === undefined ? cursor.value.starting_after !== undefined : more.value,
    ),
    goes,
    toFirst: () => (cursor.value = {}),
  };
}
