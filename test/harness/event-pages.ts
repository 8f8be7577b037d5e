import { EVENT_TYPES, eventSchemas } from '../../src/claim/index.js';
import type { JsonSchema } from '../../src/http/openapi/openapi-schemas.js';

interface Page {
  readonly type: string;
  readonly description: string;
  readonly example: unknown;
  readonly data: JsonSchema;
}

const { schemas, nameOf } = eventSchemas('');

const PAGES: readonly Page[] = EVENT_TYPES.map((type) => {
  const { description, examples, properties } = schemas[nameOf[type]] as {
    description: string;
    examples: [unknown];
    properties: { data: JsonSchema };
  };
  return { type, description, example: examples[0], data: resolved(properties.data) };
});

function resolved(schema: JsonSchema): JsonSchema {
  const { $ref } = schema;
  return typeof $ref === 'string' ? (schemas[$ref] ?? {}) : schema;
}

const propertiesOf = ({ data }: Page) => data['properties'] as Readonly<Record<string, JsonSchema>>;

const groupOf = ({ type }: Page): string => type.slice(0, type.indexOf('.'));

/** `docs/reference/events.md`, before it is formatted. */
export function eventsPage(): string {
  const groups = [...new Set(PAGES.map(groupOf))];
  const table = PAGES.map(({ type, description }) => `| \`${type}\` | ${description} |`);
  return [
    '<!-- Written by `npm run events` from the schemas in src. Do not edit. -->',
    '# Events',
    INTRODUCTION,
    '| event | when |\n|---|---|',
    ...table,
    ENVELOPE,
    BATCHES,
    ...groups.map((group) =>
      groupText(
        group,
        PAGES.filter((page) => groupOf(page) === group),
      ),
    ),
  ]
    .join('\n\n')
    .replaceAll(' |\n\n| `', ' |\n| `')
    .replaceAll('|---|---|\n\n| `', '|---|---|\n| `')
    .concat('\n');
}

const INTRODUCTION = `Every change of state of a claim and of a published voucher is an event. Events are written in the
transaction that makes them true, and sent at least once:

- to the Kafka topic \`voucher.events\` (\`KAFKA_EVENT_TOPIC\`), described by [asyncapi.yaml](asyncapi.yaml);
- in embedded mode to the file \`events.ndjson\` in \`DATA_DIR\`, one on a line; a line that a crash has cut off is no
  JSON, and its event is sent again;
- to [webhooks](../guide/webhooks.md), one event in a request, or batches of them (see below).

Events of one voucher stay in order on the topic; webhooks keep the order of each claim and of each voucher. A consumer
takes each \`id\` once. Of waiting lists, offers are told; who joins, leaves or lets an offer lapse is read by the API.`;

const ENVELOPE = `## What all events have

| member | what it is |
|---|---|
| \`id\` | the same whenever the event is sent again |
| \`type\` | see above |
| \`version\` | of this type's data |
| \`created_at\` | when it happened, RFC 3339 in UTC |
| \`data\` | what it happened to, as it is afterwards; \`data.id\` names it |

**Versions.** Members are added to \`data\` without a new \`version\`, so a consumer ignores what it does not know. A
member that is taken away or comes to mean something else raises \`version\`; the change log announces it one release
before.`;

const BATCHES = `## Batches

A webhook with a \`batch_size\` above 1 gets messages of this form, also for one event. The events stand in their order,
each as it would be sent alone. Of one claim or voucher a message has one event at most: the next follows when it was taken.

\`\`\`json
${JSON.stringify(
  {
    id: 'bat_4j8q0w2x6c1v9t5m7h3k0r2e8p',
    type: 'batch',
    version: 1,
    created_at: '2030-01-01T12:00:00.120Z',
    data: {
      events: PAGES.filter(({ type }) => ['claim.issued', 'voucher.opened'].includes(type)).map(
        ({ example }) => example,
      ),
    },
  },
  null,
  2,
)}
\`\`\`

\`id\` is sent as \`webhook-id\` and is made of the ids of the events: a message with the same id has the same events.
\`created_at\` is when the newest of them was noted for sending.`;

/** What its events share is told once. */
function groupText(group: string, pages: readonly Page[]): string {
  const [first] = pages;
  if (!first) return '';
  const isShared = (name: string): boolean => pages.every((page) => name in propertiesOf(page));
  const names = Object.keys(propertiesOf(first)).filter(isShared);
  const shared = names.map((name) => row(name, propertiesOf(first)[name] ?? {}, pages));
  const more = pages.flatMap((page) => {
    const required = page.data['required'] as readonly string[];
    return Object.entries(propertiesOf(page))
      .filter(([name]) => !isShared(name))
      .flatMap(([name, schema]) => parts(name + (required.includes(name) ? '' : '?'), schema))
      .map(([name, schema]) => `| \`${page.type}\` | \`${name}\` | ${typeOf(schema)} | ${said(schema)} |`);
  });
  return [
    `## \`data\` of \`${group}.*\``,
    `| member | type | what it is |\n|---|---|---|\n${shared.join('\n')}`,
    ...(more.length === 0
      ? []
      : [
          `Besides (\`?\`: not always):\n\n| event | member | type | what it is |\n|---|---|---|---|\n${more.join('\n')}`,
        ]),
    `An example, \`${first.type}\`:`,
    `\`\`\`json\n${JSON.stringify(first.example, null, 2)}\n\`\`\``,
  ].join('\n\n');
}

function row(name: string, schema: JsonSchema, pages: readonly Page[]): string {
  const values = new Set(pages.map((page) => propertiesOf(page)[name]?.['const']));
  const type =
    values.size > 1 ? [...values].map((value) => `\`${String(value)}\``).join(', ') : typeOf(schema);
  return `| \`${name}\` | ${type} | ${said(schema)} |`;
}

/** The members of an object, or the member itself. */
const parts = (name: string, schema: JsonSchema): (readonly [string, JsonSchema])[] =>
  schema['properties'] === undefined
    ? [[name, schema]]
    : Object.entries(schema['properties'] as Record<string, JsonSchema>).map(
        ([member, inner]) => [`${name}.${member}`, inner] as const,
      );

const said = ({ description }: JsonSchema): string =>
  (typeof description === 'string' ? description : '').replaceAll('|', '\\|');

function typeOf(schema: JsonSchema): string {
  const { anyOf, type, format, $ref, const: only } = schema;
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => `\`${String(value)}\``).join(', ');
  if (only !== undefined) return `\`${only as string}\``;
  if (Array.isArray(anyOf)) return (anyOf as JsonSchema[]).map(typeOf).join(' or ');
  if (typeof $ref === 'string') return `\`${$ref}\``;
  if (Array.isArray(type)) return type.join(' or ');
  if (format === 'date-time') return 'time';
  return String(type);
}
