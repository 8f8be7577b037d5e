import type { OpenAPIObject } from '@nestjs/swagger';
import type { JsonSchema } from './openapi-schemas.js';

/** Of the modules that send to servers of others: `API_WEBHOOKS` provides it, and the 3.1 document has it. */
export interface ApiWebhooks {
  /** Path items by their names. */
  readonly webhooks: JsonSchema;
  /** Components; none of them has the name of another schema of the document. */
  readonly schemas: JsonSchema;
}
export const API_WEBHOOKS = Symbol('what is sent to servers of others');

/**
 * The document in OpenAPI 3.1, whose schemas are JSON Schema (2020-12). It allows and forbids what the 3.0 document does, so that only one
 * of them has to be thought of; and it has what only 3.1 can say, the webhooks.
 */
export function toOpenApi31(document: OpenAPIObject, { webhooks, schemas }: ApiWebhooks): OpenAPIObject {
  const { components, ...rest } = convert(document) as OpenAPIObject;
  const twice = Object.keys(schemas).filter((name) => name in (components?.schemas ?? {}));
  if (twice.length > 0) throw new Error(`schemas of webhooks and of the document: ${twice.join(', ')}`);
  return {
    ...rest,
    openapi: '3.1.1',
    webhooks,
    components: { ...components, schemas: { ...components?.schemas, ...schemas } },
  } as OpenAPIObject;
}

/** Their values are data that may only look like a part of the document. */
const DATA: ReadonlySet<string> = new Set(['example', 'examples', 'default', 'enum', 'required', 'mapping']);

/** What is no schema. */
function convert(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(convert);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]): [string, unknown][] => {
      if (DATA.has(key)) return [[key, value]];
      if (key === 'schema')
        return isBinary(value as JsonSchema) ? [] : [[key, schema31(value as JsonSchema)]];
      if (key === 'schemas') return [[key, eachSchema(value as JsonSchema)]];
      return [[key, convert(value)]];
    }),
  );
}

/** In 3.1 the media type alone says so: bytes are no JSON that a schema could describe. */
const isBinary = ({ type, format }: JsonSchema): boolean => type === 'string' && format === 'binary';

const eachSchema = (schemas: JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, schema31(one as JsonSchema)]));

/** A schema of OpenAPI 3.0 in JSON Schema 2020-12. */
export function schema31(schema: JsonSchema): JsonSchema {
  const { nullable, example, ...rest } = schema;
  const converted: JsonSchema = {};
  for (const [key, value] of Object.entries(rest)) converted[key] = member(key, value);
  for (const bound of ['Minimum', 'Maximum'] as const) exclusive(converted, bound);
  if (example !== undefined) converted['examples'] = [example];
  return nullable === true ? orNull(converted) : converted;
}

function member(key: string, value: unknown): unknown {
  if (DATA.has(key) || key === 'discriminator') return value;
  if (key === 'properties') return eachSchema(value as JsonSchema);
  if (Array.isArray(value)) return value.map((one) => schema31(one as JsonSchema));
  return typeof value === 'object' && value !== null ? schema31(value as JsonSchema) : value;
}

/** A flag beside the bound in 3.0 is the bound itself in 3.1. */
function exclusive(schema: JsonSchema, bound: 'Minimum' | 'Maximum'): void {
  const flag = `exclusive${bound}`;
  if (schema[flag] === true) {
    const plain = bound.toLowerCase();
    schema[flag] = schema[plain];
    delete schema[plain];
  } else if (schema[flag] === false) delete schema[flag];
}

/** `null` is a type of its own; beside a reference it is the other of two schemas, because the reference's own type would refuse it. */
function orNull(schema: JsonSchema): JsonSchema {
  const { type, allOf, ...rest } = schema;
  if (allOf !== undefined) {
    const [only, ...others] = allOf as JsonSchema[];
    return { ...rest, oneOf: [others.length === 0 ? only : { allOf }, { type: 'null' }] };
  }
  if (type === undefined) throw new Error(`nullable without a type: ${JSON.stringify(schema)}`);
  const values = rest['enum'] as unknown[] | undefined;
  const withNull = values && !values.includes(null) ? { enum: [...values, null] } : {};
  return { type: [type, 'null'], ...rest, ...withNull };
}
