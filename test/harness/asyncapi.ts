import { EVENT_TYPES, eventSchemas } from '../../src/claim/index.js';
import type { JsonSchema } from '../../src/http/openapi/openapi-schemas.js';

const SCHEMAS = '#/components/schemas/';

/** The AsyncAPI document of the topic that events are sent to. @param version of the product */
export function asyncApiDocument(version: string): JsonSchema {
  const { schemas, nameOf } = eventSchemas(SCHEMAS);
  const messages = EVENT_TYPES.map((type) => {
    const name = nameOf[type];
    const { description, examples } = schemas[name] ?? {};
    const message = {
      name: type,
      title: type,
      summary: description,
      contentType: 'application/x-ndjson',
      headers: { $ref: `${SCHEMAS}RecordHeaders` },
      payload: { $ref: `${SCHEMAS}${name}` },
      examples: (examples as unknown[]).map((payload) => ({
        name: 'one line',
        headers: { type, events: '1' },
        payload,
      })),
      bindings: {
        kafka: {
          key: { type: 'string', description: 'the voucher: its events stay in order' },
          bindingVersion: '0.5.0',
        },
      },
    };
    return [name, message] as const;
  });
  const refs = (path: string) =>
    Object.fromEntries(messages.map(([name]) => [name, { $ref: `${path}/${name}` }]));
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'VoucherConnect events',
      version,
      description:
        'What becomes of vouchers and claims. Sent at least once; receivers dedupe by `id`. A record carries events of one ' +
        'voucher and type, a line of JSON each; `payload` is the schema of a line.',
    },
    defaultContentType: 'application/x-ndjson',
    servers: {
      kafka: {
        host: 'kafka.example.com:9092',
        protocol: 'kafka',
        description: 'the brokers of your installation (`KAFKA_BROKERS`)',
      },
    },
    channels: {
      voucherEvents: {
        address: 'voucher.events',
        description: 'The topic that `KAFKA_EVENT_TOPIC` names.',
        messages: refs('#/components/messages'),
        bindings: { kafka: { topic: 'voucher.events', bindingVersion: '0.5.0' } },
      },
    },
    operations: {
      sendVoucherEvents: {
        action: 'send',
        summary: 'VoucherConnect tells of every change of state',
        channel: { $ref: '#/channels/voucherEvents' },
        messages: Object.values(refs('#/channels/voucherEvents/messages')),
      },
    },
    components: {
      messages: Object.fromEntries(messages),
      schemas: { RecordHeaders: RECORD_HEADERS, ...schemas },
    },
  };
}

const RECORD_HEADERS = {
  type: 'object',
  properties: {
    type: { type: 'string', description: 'of all events in the record' },
    events: { type: 'string', pattern: '^[0-9]+$', description: 'how many events, a line each' },
  },
  required: ['type', 'events'],
} as const;
