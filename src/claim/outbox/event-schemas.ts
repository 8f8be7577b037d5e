import { z } from 'zod';
import { EVENT_TYPES, EVENTS, type EventType } from './event-catalogue.js';

type JsonSchema = Record<string, unknown>;

interface EventSchemas {
  /** All that there are, by name: an event's, and what several events share. */
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  /** The name of an event's schema. */
  readonly nameOf: Readonly<Record<EventType, string>>;
}

/** JSON Schema (draft 7) of every event. Open: members are added without a new version. @param base what references begin with */
export function eventSchemas(base: string): EventSchemas {
  const schemas: Record<string, JsonSchema> = {};
  const nameOf: Partial<Record<EventType, string>> = {};
  for (const type of EVENT_TYPES) {
    const { $ref, definitions } = z.toJSONSchema(EVENTS[type], { target: 'draft-7' });
    nameOf[type] = String($ref).replace('#/definitions/', '');
    for (const [name, schema] of Object.entries(definitions ?? {}))
      schemas[name] = published(schema, base) as JsonSchema;
  }
  return { schemas, nameOf: nameOf as Record<EventType, string> };
}

/** Without what tells a reader nothing: JavaScript's bounds, and the letters of a time that its format names. */
function published(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((item) => published(item, base));
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'examples' ? member : published(member, base),
    ]),
  );
  if (typeof schema['$ref'] === 'string') schema['$ref'] = schema['$ref'].replace('#/definitions/', base);
  if (schema['additionalProperties'] === false) delete schema['additionalProperties'];
  if (schema['format'] === 'date-time') delete schema['pattern'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (typeof schema['const'] === 'number') schema['type'] = 'integer';
  return schema;
}
