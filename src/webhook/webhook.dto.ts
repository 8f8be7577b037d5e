import { z } from 'zod';
import { EVENT_TYPES } from '../claim/index.js';
import { rfc3339, rfc3339OrNull } from '../common/clock.js';
import { modeOf } from '../common/mode.js';
import { secretRotation } from '../http/validation/secret-rotation.js';
import { instant, listSchema, mode, pageQuery, plainText, timestamp } from '../http/validation/validation.js';
import type { Attempt, Delivery } from './delivery.store.js';
import { BATCH_BYTES, BATCH_MAX } from './domain/messages.js';
import type { WebhookEndpoint } from './endpoint.store.js';

const ID = 'whk_01k9z3v8f0abcdef';
const DELIVERY = 'dlv_01k9z3v8f0000abc';
const EVENT = 'evt_h7v2m4q8x0c5t9w1r6e3k2x9p0';

const ALL = '*';
const eventType = z.enum([...EVENT_TYPES, ALL]).meta({ id: 'WebhookEventType' });

const events = () =>
  z
    .array(eventType)
    .min(1)
    .refine((types) => new Set(types).size === types.length, { message: 'must not repeat a type' })
    .meta({ description: 'Types of events to send; `*` is all of them, including future types.' });
const url = () =>
  z
    .string()
    .max(2_000)
    .meta({
      description: 'Must use `https` and must not be an internal address.',
      examples: ['https://shop.example.com/hooks'],
    });
const description = () =>
  plainText(1, 200).meta({ description: 'For people to recognize it by.', examples: ['Till system'] });

const batchSize = () =>
  z
    .int()
    .min(1)
    .max(BATCH_MAX)
    .meta({
      description:
        'The most events in one message. If above 1, every message is a batch, even of a single event, with at most ' +
        `${BATCH_BYTES / 1_024} KiB of events.`,
    });

export const createWebhookBody = z
  .strictObject({
    url: url(),
    events: events().optional(),
    description: description().optional(),
    batch_size: batchSize().optional(),
  })
  .meta({
    id: 'WebhookRequest',
    examples: [{ url: 'https://shop.example.com/hooks', events: ['claim.issued', 'claim.redeemed'] }],
  });

export const changeWebhookBody = z
  .strictObject({
    url: url().optional(),
    events: events().optional(),
    description: description().optional(),
    batch_size: batchSize().optional(),
    status: z.enum(['enabled', 'disabled']).optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    message: 'must name something to change',
  })
  .meta({ id: 'WebhookChangeRequest', examples: [{ status: 'enabled' }] });

export const rotateWebhookBody = secretRotation(
  'WebhookRotationRequest',
  'For how many seconds messages are also signed with the previous secret.',
);

export const replayBody = z
  .strictObject({
    since: instant().meta({ description: 'Only events recorded at this time or later.' }),
    until: instant()
      .optional()
      .meta({ description: 'Only events recorded before this time; the present by default.' }),
    status: z
      .enum(['delivered', 'failed'])
      .optional()
      .meta({ description: 'Only deliveries with this status. By default, all that have ended.' }),
  })
  .meta({ id: 'WebhookReplayRequest', examples: [{ since: '2030-01-01T12:00:00Z', status: 'failed' }] });

export const webhooksQuery = pageQuery({});
export const deliveriesQuery = pageQuery({
  status: z.enum(['pending', 'delivered', 'failed']).optional(),
});

export type CreateWebhookBody = z.output<typeof createWebhookBody>;
export type ChangeWebhookBody = z.output<typeof changeWebhookBody>;
export type RotateWebhookBody = z.output<typeof rotateWebhookBody>;
export type ReplayBody = z.output<typeof replayBody>;
export type WebhooksQuery = z.output<typeof webhooksQuery>;
export type DeliveriesQuery = z.output<typeof deliveriesQuery>;

const members = {
  object: z.literal('webhook'),
  id: z.string(),
  mode: mode().meta({ description: 'The webhook receives events of this mode only.' }),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  batch_size: batchSize(),
  status: z.enum(['enabled', 'disabled']),
  disabled_reason: z.string().nullable().meta({
    description:
      '`by_merchant`: switched off by the merchant. `failing`: no delivery succeeded for three days. `gone`: the receiver answered 410.',
  }),
  created_by: z.string().meta({ description: 'ID of the user or API key.' }),
  created_at: timestamp('2030-01-01T09:00:00.000Z'),
  last_success_at: timestamp('2030-01-02T18:30:00.000Z').nullable(),
  previous_secret_until: timestamp('2030-01-03T09:00:00.000Z').nullable(),
};
const EXAMPLE = {
  object: 'webhook',
  id: ID,
  mode: 'live',
  url: 'https://shop.example.com/hooks',
  description: 'Till system',
  events: ['claim.issued', 'claim.redeemed'],
  batch_size: 1,
  status: 'enabled',
  disabled_reason: null,
  created_by: 'usr_01k9z3v8f0000000',
  created_at: '2030-01-01T09:00:00.000Z',
  last_success_at: '2030-01-02T18:30:00.000Z',
  previous_secret_until: null,
} as const;

export const webhookAnswer = z.object(members).meta({ id: 'Webhook', examples: [EXAMPLE] });
export const mintedWebhookAnswer = z
  .object({
    ...members,
    secret: z
      .string()
      .meta({ description: 'Secret for verifying messages. Returned only in this response.' }),
  })
  .meta({
    id: 'WebhookWithSecret',
    examples: [{ ...EXAMPLE, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDAQIDBAUGBwg=' }],
  });
export const webhookListAnswer = listSchema(webhookAnswer, '/v1/webhooks');

const deliveryMembers = {
  object: z.literal('webhook_delivery'),
  id: z.string(),
  event_id: z.string().meta({
    description: 'Lets receivers recognize duplicates. Sent as `webhook-id` if the event is sent on its own.',
  }),
  event_type: z.string(),
  subject: z
    .string()
    .meta({ description: 'ID of the claim, voucher or waiting-list place that the event is about.' }),
  status: z.enum(['pending', 'delivered', 'failed']),
  batch_id: z.string().nullable().meta({
    description:
      '`webhook-id` of the batch in which it was last sent; `null` if it was sent on its own or not yet.',
  }),
  attempts: z.int().meta({ description: 'Number of attempts so far.' }),
  next_attempt_at: timestamp('2030-01-01T12:05:00.000Z').nullable(),
  created_at: timestamp('2030-01-01T12:00:00.000Z'),
  ended_at: timestamp('2030-01-01T12:00:01.000Z').nullable(),
};
const DELIVERY_EXAMPLE = {
  object: 'webhook_delivery',
  id: DELIVERY,
  event_id: EVENT,
  event_type: 'claim.issued',
  subject: 'clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3',
  status: 'delivered',
  batch_id: null,
  attempts: 1,
  next_attempt_at: null,
  created_at: '2030-01-01T12:00:00.000Z',
  ended_at: '2030-01-01T12:00:01.000Z',
} as const;

export const deliveryAnswer = z
  .object(deliveryMembers)
  .meta({ id: 'WebhookDelivery', examples: [DELIVERY_EXAMPLE] });
export const deliveryListAnswer = listSchema(deliveryAnswer, `/v1/webhooks/${ID}/deliveries`);

const attempt = z
  .object({
    number: z.int(),
    at: timestamp('2030-01-01T12:00:00.000Z'),
    duration_ms: z.int(),
    response_status: z.int().nullable(),
    response_body: z.string().nullable().meta({ description: 'The first 1,024 bytes of the response.' }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why there was no response, or none that counts as a success.' }),
  })
  .meta({ id: 'WebhookAttempt' });

export const deliveryDetailAnswer = z
  .object({
    ...deliveryMembers,
    request_body: z
      .string()
      .meta({ description: 'The event exactly as it is sent, on its own or in a batch.' }),
    log: z.array(attempt).meta({ description: 'The last 50 attempts.' }),
  })
  .meta({
    id: 'WebhookDeliveryDetail',
    examples: [
      {
        ...DELIVERY_EXAMPLE,
        request_body: `{"id":"${EVENT}","type":"claim.issued"}`,
        log: [
          {
            number: 1,
            at: '2030-01-01T12:00:00.000Z',
            duration_ms: 41,
            response_status: 204,
            response_body: '',
            error: null,
          },
        ],
      },
    ],
  });

export const replayAnswer = z
  .object({
    object: z.literal('webhook_replay'),
    deliveries: z.int().meta({ description: 'Number of deliveries that are sent again.' }),
  })
  .meta({ id: 'WebhookReplay', examples: [{ object: 'webhook_replay', deliveries: 12 }] });

export type WebhookBody = z.output<typeof webhookAnswer>;
export type MintedWebhookBody = z.output<typeof mintedWebhookAnswer>;
export type DeliveryBody = z.output<typeof deliveryAnswer>;
export type DeliveryDetailBody = z.output<typeof deliveryDetailAnswer>;
export type ReplayAnswer = z.output<typeof replayAnswer>;

export function webhookBody(endpoint: WebhookEndpoint, now: number): WebhookBody {
  const until = endpoint.previousSecretUntil;
  return {
    object: 'webhook',
    id: endpoint.id,
    mode: modeOf(endpoint.merchantId),
    url: endpoint.url,
    description: endpoint.description,
    events: [...endpoint.events],
    batch_size: endpoint.batchSize,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    created_by: endpoint.createdBy,
    created_at: rfc3339(endpoint.createdAt),
    last_success_at: rfc3339OrNull(endpoint.lastSuccessAt),
    previous_secret_until: until !== null && until > now ? rfc3339(until) : null,
  };
}

export const deliveryBody = (delivery: Delivery): DeliveryBody => ({
  object: 'webhook_delivery',
  id: delivery.id,
  event_id: delivery.eventId,
  event_type: delivery.eventType,
  subject: delivery.subject,
  status: delivery.status,
  batch_id: delivery.batchId,
  attempts: delivery.attempts,
  next_attempt_at: delivery.status === 'pending' ? rfc3339(delivery.dueAt) : null,
  created_at: rfc3339(delivery.createdAt),
  ended_at: rfc3339OrNull(delivery.endedAt),
});

export const deliveryDetailBody = (delivery: Delivery, attempts: readonly Attempt[]): DeliveryDetailBody => ({
  ...deliveryBody(delivery),
  request_body: delivery.payload,
  log: attempts.map((one) => ({
    number: one.number,
    at: rfc3339(one.at),
    duration_ms: one.durationMs,
    response_status: one.responseStatus,
    response_body: one.responseBody,
    error: one.error,
  })),
});
