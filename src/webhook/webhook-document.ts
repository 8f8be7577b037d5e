import { EVENT_TYPES, eventSchemas, type EventType } from '../claim/index.js';
import type { ApiWebhooks } from '../http/openapi/openapi-31.js';
import type { JsonSchema } from '../http/openapi/openapi-schemas.js';
import { BATCH_MAX } from './domain/messages.js';

const SCHEMAS = '#/components/schemas/';
const BATCH = 'WebhookBatch';
const ref = (name: string): JsonSchema => ({ $ref: SCHEMAS + name });

/** The headers of Standard Webhooks, as `signedHeaders` makes them. */
const HEADERS = [
  header('webhook-id', 'The id of the event or batch, the same in every retry: take each once', {
    pattern: '^(evt|bat)_[0-9a-hjkmnp-tv-z]+$',
    examples: ['evt_h7v2m4q8x0c5t9w1r6e3k2x9p0'],
  }),
  header('webhook-timestamp', 'Seconds since 1970 of this attempt', {
    pattern: '^\\d+$',
    examples: ['1893499200'],
  }),
  header(
    'webhook-signature',
    'HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, one for each secret that is good now',
    {
      pattern: '^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$',
      examples: ['v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4='],
    },
  ),
];

/** What is sent to webhooks, as members of an OpenAPI 3.1 document: one for each type of event, and the batch. */
export function describeWebhooks(): ApiWebhooks {
  const { schemas, nameOf } = eventSchemas(SCHEMAS);
  const named = Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [nameInDocument(name), withNames(schema)]),
  ) as Record<string, JsonSchema>;
  const webhooks = EVENT_TYPES.map((type) => {
    const name = nameOf[type];
    return [type, pathItem(name, type, named[name])] as const;
  });
  const batch = batchSchema(nameOf, exampleOf(named[nameOf['claim.issued']]));
  return {
    webhooks: {
      ...Object.fromEntries(webhooks),
      batch: pathItem(BATCH, 'batch', batch),
    },
    schemas: { ...named, [BATCH]: batch },
  };
}

/** @param names of the events' schemas. @param event an example of one */
function batchSchema(names: Readonly<Record<EventType, string>>, event: unknown): JsonSchema {
  return {
    type: 'object',
    description: 'Events of a webhook with a `batch_size` above 1, in their order, also where it is one.',
    properties: {
      id: { type: 'string', pattern: '^bat_[0-9a-hjkmnp-tv-z]+$' },
      type: { type: 'string', const: 'batch' },
      version: { type: 'integer', const: 1 },
      created_at: {
        type: 'string',
        format: 'date-time',
        description: 'when the newest of them was noted for sending',
      },
      data: {
        type: 'object',
        properties: {
          events: {
            type: 'array',
            minItems: 1,
            maxItems: BATCH_MAX,
            items: {
              oneOf: EVENT_TYPES.map((type) => ref(names[type])),
              discriminator: {
                propertyName: 'type',
                mapping: Object.fromEntries(EVENT_TYPES.map((type) => [type, SCHEMAS + names[type]])),
              },
            },
          },
        },
        required: ['events'],
      },
    },
    required: ['id', 'type', 'version', 'created_at', 'data'],
    examples: [
      {
        id: 'bat_4j8q0w2x6c1v9t5m7h3k0r2e8p',
        type: 'batch',
        version: 1,
        created_at: '2030-01-01T12:00:00.120Z',
        data: { events: [event] },
      },
    ],
  };
}

const exampleOf = (schema: JsonSchema | undefined): unknown => (schema?.['examples'] as unknown[])[0];

function pathItem(name: string, type: string, schema: JsonSchema | undefined): JsonSchema {
  return {
    post: {
      tags: ['Webhooks'],
      summary: type,
      description: schema?.['description'],
      operationId: `receive${name}`,
      security: [],
      parameters: HEADERS,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: ref(name), example: exampleOf(schema) } },
      },
      responses: {
        '2XX': { description: 'It is yours. Answer within 15 seconds, and work afterwards.' },
        '410': { description: 'The webhook is disabled at once.' },
        '4XX': { description: 'As any other answer, and none: it is sent again, ten times over three days.' },
      },
    },
  };
}

function header(name: string, description: string, schema: JsonSchema): JsonSchema {
  return { name, in: 'header', required: true, description, schema: { type: 'string', ...schema } };
}

/** Events share some names with answers, whose members are not the same. */
const nameInDocument = (name: string): string => (name.endsWith('Event') ? name : `${name}InEvent`);

const withNames = (schema: JsonSchema): JsonSchema =>
  JSON.parse(
    JSON.stringify(schema).replaceAll(
      new RegExp(`"${SCHEMAS}(\\w+)"`, 'g'),
      (_all, name: string) => `"${SCHEMAS}${nameInDocument(name)}"`,
    ),
  ) as JsonSchema;
