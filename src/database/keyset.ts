import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Dialect } from './database.js';

/** Rows in the order of one index; a page begins behind the last row of the page before. */
export interface KeysetTerms {
  readonly table: string;
  readonly index: string;
  /** Columns that all rows of the list share; the index begins with them. */
  readonly within?: readonly [string, ...string[]];
  /** Of those that are numbers, one that no row has, as SQL. */
  readonly unused?: Readonly<Record<string, string>>;
  /** Columns of the order, as the index has them behind `within`. Together with `within` they are unique. */
  readonly by: readonly [string, ...string[]];
}

export type Direction = 'ASC' | 'DESC';

interface PlacedIn {
  readonly dialect: Dialect;
  /** Name of the table in the query. */
  readonly alias?: string;
  readonly direction?: Direction;
}

const declared: Keyset[] = [];

/** Every keyset of the program that is loaded, for the test that looks at the plan of each on a real server. */
export const declaredKeysets = (): readonly Keyset[] => declared;

export interface NewestFirst {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/**
 * The parts of a query that reads pages by a key: hint, condition, order.
 *
 * MariaDB and MySQL must read a page as a *range* that begins at the cursor. With `within = ?` MariaDB 10.11 takes `ref` on
 * that column alone as soon as the rest of the list is longer than its statistics say of an average list, and then
 * walks from the list's begin: a page in the middle of 1,000,000 rows reads 500,000. `within IN (?, '')` leaves it no `ref`
 * to take: no list is called `''` (`unused` says what no number is), and the two ranges keep the order of the index (of all
 * these columns: one that is fixed with `=` would be left out of the order, and the rest of it sorted). SQLite reads both
 * forms as a range.
 */
export class Keyset {
  constructor(readonly terms: KeysetTerms) {
    declared.push(this);
  }

  /** For `FROM`: the table with its hint. SQLite needs none: it has no statistics that it could misread. */
  from({ dialect, alias }: PlacedIn): string {
    const { table, index } = this.terms;
    const named = alias === undefined ? table : `${table} ${alias}`;
    return dialect === 'sqlite' ? named : `${named} FORCE INDEX (${index})`;
  }

  /** The list, for `WHERE`; its values are those of `within`. */
  list({ dialect, alias }: PlacedIn): string {
    const { within = [], unused = {} } = this.terms;
    const conditions = within.map((name) =>
      dialect === 'sqlite'
        ? `${qualified(alias, name)} = ?`
        : `${qualified(alias, name)} IN (?, ${unused[name] ?? "''"})`,
    );
    return conditions.length === 0 ? '1 = 1' : conditions.join(' AND ');
  }

  /** What lies behind a row, for `WHERE`; its values are those of `behindValues`. */
  behind({ alias, direction = 'ASC' }: PlacedIn): string {
    const sign = direction === 'ASC' ? '>' : '<';
    const columns = this.terms.by.map((name) => qualified(alias, name));
    const [first, ...rest] = columns;
    const strict = columns.map((column, depth) =>
      [...columns.slice(0, depth).map((equal) => `${equal} = ?`), `${column} ${sign} ?`].join(' AND '),
    );
    if (rest.length === 0) return strict.join('');
    // The first part is where SQLite's index can begin; at the alternatives alone it cannot.
    return `${first} ${sign}= ? AND (${strict.map((part) => `(${part})`).join(' OR ')})`;
  }

  /** @param cursor values of `by` in the row that the page lies behind */
  behindValues(cursor: readonly unknown[]): unknown[] {
    const strict = cursor.flatMap((_value, depth) => cursor.slice(0, depth + 1));
    return cursor.length === 1 ? strict : [cursor[0], ...strict];
  }

  /** For `ORDER BY`. With `within`, so that a range over two of its values still needs no sort. */
  order({ alias, direction = 'ASC' }: PlacedIn): string {
    const { within = [], by } = this.terms;
    return [...within, ...by].map((name) => `${qualified(alias, name)} ${direction}`).join(', ');
  }

  /**
   * One page of a list that is shown newest first, from `FROM` on. With `before` its rows come the other way round, the nearest first.
   * @param list values of `within`
   * @param page `limit` rows and one more where there are more; `after` and `before` are values of `by`, which has one column
   */
  newestFirst(
    dialect: Dialect,
    list: readonly unknown[],
    page: NewestFirst,
  ): readonly [sql: string, values: unknown[]] {
    const { limit, after, before } = page;
    const place = { dialect, direction: before === undefined ? 'DESC' : 'ASC' } as const;
    const cursor = before ?? after;
    const behind = cursor === undefined ? '' : ` AND ${this.behind(place)}`;
    return [
      `FROM ${this.from(place)} WHERE ${this.list(place)}${behind} ORDER BY ${this.order(place)} LIMIT ${limit + 1}`,
      [...list, ...(cursor === undefined ? [] : this.behindValues([cursor]))],
    ];
  }

  /**
   * Whether the list has a row of that value, whatever else a page of it is narrowed by.
   * @param list values of `within`
   * @param value of `by`, which has one column
   */
  async holds(db: EntityManager, list: readonly unknown[], value: string): Promise<boolean> {
    const { table, within = [], by } = this.terms;
    const conditions = [...within, ...by].map((name) => `${name} = ?`).join(' AND ');
    const rows: unknown[] = await db.query(`SELECT 1 AS found FROM ${table} WHERE ${conditions} LIMIT 1`, [
      ...list,
      value,
    ]);
    return rows.length > 0;
  }

  /**
   * A page of a query that is built: the conditions are added with `AND`, an order that was set before is replaced.
   * @param at list and cursor. Without a cursor the page is the first in its direction; without the list, which the query then
   *   narrows by itself, only the order is that of the keyset
   */
  apply<T extends ObjectLiteral>(
    query: SelectQueryBuilder<T>,
    at: {
      readonly dialect: Dialect;
      readonly direction: Direction;
      readonly list?: readonly unknown[];
      readonly cursor?: readonly unknown[] | undefined;
    },
  ): SelectQueryBuilder<T> {
    const { within, index, by } = this.terms;
    const place = { ...at, alias: query.alias };
    if (at.list) query.andWhere(...bound(this.list(place), at.list));
    if (at.cursor) query.andWhere(...bound(this.behind(place), this.behindValues(at.cursor)));
    const whole = within === undefined || at.list !== undefined;
    if (whole && at.dialect !== 'sqlite') query.useIndex(index);
    query.orderBy();
    for (const column of whole && within ? [...within, ...by] : by)
      query.addOrderBy(qualified(query.alias, column), at.direction);
    return query;
  }
}

const qualified = (alias: string | undefined, column: string): string =>
  alias === undefined ? column : `${alias}.${column}`;

let parameters = 0;

/** A condition with `?` in the form of a query builder, whose parameters have names. */
function bound(condition: string, values: readonly unknown[]): [string, Record<string, unknown>] {
  const named: Record<string, unknown> = {};
  let index = 0;
  const text = condition.replace(/\?/g, () => {
    const name = `keyset${parameters++ % 1_000_000}`;
    named[name] = values[index++];
    return `:${name}`;
  });
  return [text, named];
}
