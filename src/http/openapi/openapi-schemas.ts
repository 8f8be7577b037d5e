import type { SwaggerDocumentOptions } from '@nestjs/swagger';
import { z } from 'zod';

type Converter = NonNullable<SwaggerDocumentOptions['standardSchemaConverter']>;
export type JsonSchema = Record<string, unknown>;
type Direction = 'input' | 'output';

/** Marks a body that may be left out, until the document says so of the request. */
export const OPTIONAL_BODY = 'x-optional-body';

const INT32_MAX = 2_147_483_647;

/**
 * Zod schemas as OpenAPI 3.0 schemas that generators of clients can read. A schema with `.meta({ id })` becomes a component of
 * that name. What is said here for all of them, so that no schema has to (docs/adr/0048 says which generator needs what):
 *
 * - every integer has a format: without one, generators take 32 bits, and money is read wrong;
 * - answers are open: a client that refuses members it does not know would break with the next version;
 * - `nullable` stands beside a type, and a default is a plain value.
 */
export const toOpenApiSchema: Converter = (schema, { schemaType }) => {
  if (!(schema instanceof z.core.$ZodType)) return undefined;
  const { definitions, ...root } = z.toJSONSchema(schema, { target: 'openapi-3.0', io: schemaType });
  const components = Object.entries((definitions ?? {}) as Record<string, JsonSchema>).map(
    ([name, component]) => [name, tidy(component, schemaType)] as const,
  );
  return {
    schema: { ...tidy(root, schemaType), ...(mayBeLeftOut(schema) ? { [OPTIONAL_BODY]: true } : {}) },
    components: Object.fromEntries(components),
  };
};

/** The members of what a client sends, as `toOpenApiSchema` says them. */
export const inputSchema = (
  schema: z.ZodType,
): { readonly properties?: Record<string, JsonSchema>; readonly required?: readonly string[] } =>
  tidy(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }), 'input');

const mayBeLeftOut = (schema: z.core.$ZodType): boolean => schema._zod.optin === 'optional';

function tidy(schema: JsonSchema, direction: Direction): JsonSchema {
  const tidied = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      KEEPS_DATA.has(key) ? value : within(key, value, direction),
    ]),
  );
  if (typeof tidied['$ref'] === 'string')
    tidied['$ref'] = tidied['$ref'].replace('#/definitions/', '#/components/schemas/');
  if (Array.isArray(tidied['examples'])) {
    tidied['example'] = (tidied['examples'] as unknown[])[0];
    delete tidied['examples'];
  }
  if (tidied['type'] === 'integer') tidyInteger(tidied, direction);
  if (tidied['format'] === 'date-time') tidyTime(tidied, direction);
  if (tidied['nullable'] === true && tidied['allOf']) tidied['type'] ??= 'object';
  if (typeof tidied['default'] === 'object') delete tidied['default'];
  if (direction === 'output' && tidied['additionalProperties'] === false)
    delete tidied['additionalProperties'];
  const [only, ...others] = Object.keys(tidied);
  const alone = tidied['allOf'] as JsonSchema[] | undefined;
  return only === 'allOf' && others.length === 0 && alone?.length === 1 ? (alone[0] as JsonSchema) : tidied;
}

/** Their values are data, not schemas. */
const KEEPS_DATA: ReadonlySet<string> = new Set(['enum', 'default', 'example', 'examples', 'required']);

function within(key: string, value: unknown, direction: Direction): unknown {
  if (Array.isArray(value)) return value.map((item) => within('', item, direction));
  if (typeof value !== 'object' || value === null) return value;
  if (key !== 'properties') return tidy(value as JsonSchema, direction);
  return Object.fromEntries(
    Object.entries(value).map(([name, property]) => [name, tidy(property as JsonSchema, direction)]),
  );
}

function tidyInteger(schema: JsonSchema, direction: Direction): void {
  const { minimum = -Infinity, maximum = Infinity } = schema as { minimum?: number; maximum?: number };
  schema['format'] = minimum >= -INT32_MAX - 1 && maximum <= INT32_MAX ? 'int32' : 'int64';
  if (direction === 'input') return;
  // Bounds that JavaScript has, and not what is counted, tell a reader nothing.
  if (minimum === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (maximum === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}

/** The format says how a time is written; of times that clients send, the pattern says which are taken. */
function tidyTime(schema: JsonSchema, direction: Direction): void {
  if (direction === 'output') delete schema['pattern'];
  else schema['pattern'] = FROM_1970;
}

const FROM_1970 =
  '^(19[7-9]\\d|[2-9]\\d{3})-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$';
