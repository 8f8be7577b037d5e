import type { Dialect } from './database.js';

/** Sorts behind every text that begins like this. */
const LAST = '\u{10FFFF}';

/**
 * A condition on the column `name`, for `WHERE`: how it begins, however that is written. It is a range of an index on that column, which
 * on SQLite compares without case as well.
 */
export function nameBegins(dialect: Dialect, text: string): readonly [condition: string, values: string[]] {
  return dialect === 'sqlite'
    ? ['name COLLATE NOCASE >= ? AND name COLLATE NOCASE < ?', [text, text + LAST]]
    : ['name LIKE ?', [`${text.replace(/[\\%_]/g, '\\$&')}%`]];
}
