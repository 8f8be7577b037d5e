import { StandardSchemaValidationPipe } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import '../../common/field-words.js';
import { MODES } from '../../common/mode.js';
import { visibleText } from '../../common/text.js';
import { Problem } from '../../common/problems.js';
import { fieldProblems, type Issue } from './field-problems.js';

/** `@Body({ schema })`, `@Query({ schema })`: what does not fit becomes 422 with a pointer for each field. */
export const validationPipe = () =>
  new StandardSchemaValidationPipe({
    exceptionFactory: invalidFields,
  });

const invalidFields = (issues: readonly Issue[]): Problem =>
  new Problem('validation_failed', { errors: issues.flatMap(fieldProblems) });

/** What a value is by a schema, where no pipe reads it: a query, a posted form. @throws Problem validation_failed, with what is wrong at each field */
export function validated<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw invalidFields(error.issues);
  return data;
}

const QUERIES_MAX = 1_000;
const QUERY_TEXT_MAX = 256;

/**
 * Reads a query that a crowd asks in the same words: what they were read as is kept for whoever comes next. Not for what people type, such
 * as names and codes. In place of `@Query`, whose pipe makes promises; `AsksQuery` documents it.
 * @throws Problem validation_failed
 */
export function repeatedQuery<Schema extends z.ZodType<object>>(
  schema: Schema,
): (query: unknown) => z.output<Schema> {
  const known = new LRUCache<string, z.output<Schema>>({ max: QUERIES_MAX });
  return (query) => {
    const text = JSON.stringify(query);
    const before = known.get(text);
    if (before) return before;
    const read = validated(schema, query);
    Object.freeze(read);
    if (text.length <= QUERY_TEXT_MAX) known.set(text, read);
    return read;
  };
}

/** Text of people: trimmed, composed, without control characters (NUL among them) or broken surrogates, and nothing invisible. */
export const plainText = (min: number, max: number) =>
  readableText(min, max).meta(min === 0 ? {} : { pattern: '\\S' }); // blanks alone are nothing

const readableText = (min: number, max: number) =>
  z
    .string()
    .overwrite(visibleText)
    .trim()
    .min(min)
    .max(max)
    // eslint-disable-next-line no-control-regex
    .refine((text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) && isWellFormed(text), {
      message: 'must not contain control characters',
    });

const SEARCHABLE = /^\s*(?:\S[\s\S]*\S|[㐀-鿿])\s*$/u;

/** What accounts and claims are searched for: two characters, or one of Han, which says as much. */
export const searchText = () =>
  z
    .string()
    .trim()
    .max(254)
    .superRefine((text, context) => {
      if (SEARCHABLE.test(text)) return;
      context.addIssue({ code: 'too_small', minimum: 2, origin: 'string', inclusive: true, input: text });
    })
    .meta({ pattern: SEARCHABLE.source });

const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

/** RFC 3339 with an offset or Z -> milliseconds since 1970. Years 1970 to 9999. */
export const instant = () =>
  z.iso
    .datetime({ offset: true })
    .refine((text) => Date.parse(text) >= 0, { message: 'must be a time from 1970 on' })
    .meta({ examples: ['2030-01-01T12:00:00Z'] });

/** Whether something belongs to the live or to the test mode. */
export const mode = () => z.enum(MODES).meta({ examples: ['live'] });

/** A time that we send: RFC 3339 in UTC, to the millisecond. */
export const timestamp = (example = '2030-01-01T12:00:00.041Z') =>
  z.string().meta({ format: 'date-time', examples: [example] });

/** An IANA time zone that this machine knows. */
export const timeZone = () =>
  z
    .string()
    .max(64)
    .refine(isTimeZone, { message: 'must be an IANA time zone, for example Asia/Shanghai' })
    .meta({ examples: ['Asia/Shanghai'] });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `limit`, and one of `starting_after` and `ending_before`, of every list. What they name, the list itself looks up. */
export const pageQuery = <Shape extends z.ZodRawShape>(more: Shape) =>
  z
    .strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      starting_after: z.string().max(64).optional(),
      ending_before: z.string().max(64).optional(),
      ...more,
    })
    .refine((query) => !('starting_after' in query && 'ending_before' in query), {
      message: 'cannot be combined with starting_after',
      path: ['ending_before'],
    });

export interface Page {
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

export interface ListBody<T> {
  readonly object: 'list';
  readonly url: string;
  readonly has_more: boolean;
  readonly data: readonly T[];
}

/** The answer of a list; `rows` holds one row more than asked for when there are more. */
export function listBody<T>(url: string, limit: number, rows: readonly T[]): ListBody<T> {
  return { object: 'list', url, has_more: rows.length > limit, data: rows.slice(0, limit) };
}

/** The same of a page; with `ending_before` the rows are read the other way round, and answered in the order of the list. */
export function pageBody<T>(
  url: string,
  { limit, ending_before: before }: Page,
  rows: readonly T[],
): ListBody<T> {
  const page = listBody(url, limit, rows);
  return before === undefined ? page : { ...page, data: [...page.data].reverse() };
}

/** Schema of a list answer, for the API document: named after what it holds. @param url where it is read */
export function listSchema<Item extends z.ZodType>(item: Item, url: string) {
  const { id, examples } = z.globalRegistry.get(item) ?? {};
  return z
    .object({
      object: z.literal('list'),
      url: z.string().meta({ description: 'Path of this list.' }),
      has_more: z.boolean().meta({ description: 'Whether there is another page.' }),
      data: z.array(item),
    })
    .meta({
      ...(id === undefined ? {} : { id: `${id}List` }),
      examples: [
        { object: 'list', url, has_more: false, data: Array.isArray(examples) ? examples.slice(0, 1) : [] },
      ],
    });
}
