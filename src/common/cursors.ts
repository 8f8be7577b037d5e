import { invalidField, type Problem } from './problems.js';

/** Ids of objects of a list that a page lies behind, or before. */
export interface Cursors {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** A cursor names an object of the list: what is no longer there, or never was, is refused the same way by every list. */
export const unknownCursor = (name: 'starting_after' | 'ending_before'): Problem =>
  invalidField(`/${name}`, 'unknown_cursor', 'There is no such object in this list');

/**
 * @param holds whether the list has an object of that id, whatever else the page is narrowed by
 * @throws Problem validation_failed with `unknown_cursor`
 */
export async function requireCursors(
  { after, before }: Cursors,
  holds: (id: string) => Promise<boolean>,
): Promise<void> {
  if (after !== undefined && !(await holds(after))) throw unknownCursor('starting_after');
  if (before !== undefined && !(await holds(before))) throw unknownCursor('ending_before');
}
