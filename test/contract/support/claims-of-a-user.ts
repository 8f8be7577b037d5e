import { expect } from '@jest/globals';
import type { ClaimLists } from '../../../src/claim/read/claim-lists.js';

/** All pages of a user's claims are those, each once, newest first, and the same from behind. */
export async function expectPagesOf(
  lists: ClaimLists,
  userId: string,
  claims: readonly string[],
  limit: number,
): Promise<void> {
  const forwards: string[] = [];
  const times: string[] = [];
  for (let after: string | undefined; ;) {
    const page = { limit, ...(after === undefined ? {} : { starting_after: after }) };
    const { data, has_more: more } = await lists.ofUser(userId, page, []);
    forwards.push(...data.map(({ id }) => id));
    times.push(...data.map(({ created_at: at }) => String(at)));
    after = data.at(-1)?.id;
    if (!more) break;
  }
  expect(forwards.toSorted()).toEqual(claims.toSorted());
  expect(times).toEqual(times.toSorted().toReversed());
  const backwards: string[] = [];
  for (let end: string | undefined = forwards.at(-1); end !== undefined;) {
    const { data } = await lists.ofUser(userId, { limit, ending_before: end }, []);
    backwards.unshift(...data.map(({ id }) => id));
    end = data[0]?.id;
  }
  expect([...backwards, forwards.at(-1)]).toEqual(forwards);
}
