import type { ValueTransformer } from 'typeorm';

/** Times are stored as milliseconds since 1970 in BIGINT: the same in all three databases, without time zones. */
export const epochMs: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: unknown) => (value === null || value === undefined ? null : Number(value)),
};

/** A yes or no in SMALLINT. */
export const flag: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'boolean' ? Number(value) : value),
  from: (value: unknown) => Number(value) === 1,
};

/** JSON in a TEXT column. */
export const json: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? value : JSON.stringify(value)),
  from: (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value),
};
