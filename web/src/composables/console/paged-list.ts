import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { Reply } from '../../api/client.js';
import type { Failure } from '../../api/failure.js';
import { turnsOf, type Cursor } from '../pages.js';
import { useWork } from './work.js';

interface Listed {
  readonly id: string;
}

/** What `PagedList` shows. */
export interface PagedItems<T extends Listed> {
  /** Of the page that was read last; nothing before the first. */
  readonly items: ShallowRef<readonly T[] | undefined>;
  readonly more: Ref<ReturnType<typeof turnsOf>>;
  readonly busy: Readonly<Ref<boolean>>;
  readonly failure: Readonly<Ref<Failure | undefined>>;
  /** @param cursor the first page unless given */
  readonly load: (cursor?: Cursor) => Promise<void>;
  /** The page that is shown, again. */
  readonly reload: () => Promise<void>;
}

/** A list of the merchant's, newest first. */
export function usePagedList<T extends Listed>(
  read: (cursor: Cursor) => Promise<Reply<{ readonly data: readonly T[]; readonly has_more: boolean }>>,
): PagedItems<T> {
  const { busy, failure, run } = useWork();
  const items = shallowRef<readonly T[]>();
  const more = ref({ newer: false, older: false });
  const page = ref<Cursor>({});

  async function load(cursor: Cursor = {}): Promise<void> {
    const list = await run(() => read(cursor));
    if (!list) return;
    [page.value, items.value] = [cursor, list.data];
    more.value = turnsOf(cursor, list.has_more);
  }

  return { items, more, busy, failure, load, reload: () => load(page.value) };
}
