import { z } from 'zod';
import { instant, listSchema, mode, pageQuery, timestamp } from '../http/validation/validation.js';
import { rfc3339 } from '../common/clock.js';
import { modeOf } from '../common/mode.js';
import type { KnownActor, StoredEntry } from './audit-log.store.js';

const name = (most: number) => z.string().min(1).max(most).optional();

export const auditLogQuery = pageQuery({
  object: name(64).meta({
    description: 'ID of the object: a voucher, a claim, an API key, a user and so on.',
  }),
  actor: name(64).meta({ description: 'ID of the user or API key that did it.' }),
  action: name(64).meta({ description: 'Type of action, such as `voucher.edited`.' }),
  since: instant().optional().meta({ description: 'Only entries from this time on.' }),
  until: instant().optional().meta({ description: 'Only entries before this time.' }),
  merchant: name(64).meta({ description: 'ID of a merchant; for administrators.' }),
  mode: mode().optional().meta({
    description: '`test`: what the test keys of the merchant did. By default, the entries of live mode.',
  }),
});

export type AuditLogQuery = z.output<typeof auditLogQuery>;

const auditEntryAnswer = z
  .object({
    object: z.literal('audit_entry'),
    id: z.string(),
    mode: mode(),
    at: timestamp(),
    actor: z
      .object({
        kind: z.enum(['user', 'api_key', 'system']),
        id: z.string().nullable(),
        name: z
          .string()
          .nullable()
          .meta({ description: 'Current name; given for the merchant’s own people and keys.' }),
      })
      .meta({
        id: 'AuditActor',
        description: '`system`: the service itself, for example when a time was reached.',
      }),
    action: z.string(),
    subject: z
      .object({
        type: z.string(),
        id: z.string(),
        count: z.int().min(1).meta({ description: 'Number of objects, if one entry stands for several.' }),
      })
      .meta({ id: 'AuditSubject' }),
    details: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'Details, which depend on the action.' }),
    merchant_id: z.string().nullable(),
    address: z.string().nullable().meta({
      description: 'IP address the request came from; given for the merchant’s own people and keys.',
    }),
    request_id: z
      .string()
      .nullable()
      .meta({ description: 'The ID that the response had in `X-Request-Id`.' }),
  })
  .meta({
    id: 'AuditEntry',
    examples: [
      {
        object: 'audit_entry',
        id: 'aud_01k9z3v8f0abcdef',
        mode: 'live',
        at: '2030-01-01T12:00:00.041Z',
        actor: { kind: 'user', id: 'usr_01k9z3v8f0abcdef', name: 'Chen Bo' },
        action: 'voucher.edited',
        subject: { type: 'voucher', id: 'vch_01k9z3v8f0abcdef', count: 1 },
        details: { fields: ['title'], version: 3 },
        merchant_id: 'mer_01k9z3v8f0abcdef',
        address: '203.0.113.7',
        request_id: 'req_01k9z3v8f0abcdef',
      },
    ],
  });

export const auditLogAnswer = listSchema(auditEntryAnswer, '/v1/audit-log');

export type AuditEntryBody = z.output<typeof auditEntryAnswer>;

/** @param actor who did it, where the reader may know */
export const auditEntryBody = (
  entry: StoredEntry,
  actor: KnownActor | undefined,
  readsAddress: boolean,
): AuditEntryBody => ({
  object: 'audit_entry',
  id: entry.id,
  mode: entry.merchantId === null ? 'live' : modeOf(entry.merchantId),
  at: rfc3339(entry.at),
  actor: { kind: entry.actorKind, id: entry.actor, name: actor?.name ?? null },
  action: entry.action,
  subject: { type: entry.objectType, id: entry.objectId, count: entry.objects },
  details: entry.details,
  merchant_id: entry.merchantId,
  address: readsAddress ? entry.address : null,
  request_id: entry.requestId,
});
