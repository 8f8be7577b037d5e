import { z } from 'zod';
import { instant, listSchema, mode, pageQuery, timestamp } from '../http/validation/validation.js';
import { rfc3339 } from '../common/clock.js';
import { modeOf } from '../common/mode.js';
import type { KnownActor, StoredEntry } from './audit-log.store.js';

const name = (most: number) => z.string().min(1).max(most).optional();

export const auditLogQuery = pageQuery({
  object: name(64).meta({ description: 'id of the object: a voucher, a claim, a key, a user, ...' }),
  actor: name(64).meta({ description: 'id of the user or API key who did it' }),
  action: name(64).meta({ description: 'such as `voucher.edited`' }),
  since: instant().optional().meta({ description: 'from then on' }),
  until: instant().optional().meta({ description: 'before then' }),
  merchant: name(64).meta({ description: 'id of a merchant; for administrators' }),
  mode: mode()
    .optional()
    .meta({ description: '`test`: what the test keys of the merchant did; without it, its live entries' }),
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
          .meta({ description: 'as it is now; of the merchant’s own people and keys' }),
      })
      .meta({ id: 'AuditActor', description: '`system`: the program itself, as time went by' }),
    action: z.string(),
    subject: z
      .object({
        type: z.string(),
        id: z.string(),
        count: z.int().min(1).meta({ description: 'how many objects of it, where they share an entry' }),
      })
      .meta({ id: 'AuditSubject' }),
    details: z.record(z.string(), z.unknown()).nullable().meta({ description: 'what exactly; by action' }),
    merchant_id: z.string().nullable(),
    address: z.string().nullable().meta({ description: 'from where; of the merchant’s own people and keys' }),
    request_id: z.string().nullable().meta({ description: 'that of `X-Request-Id`' }),
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
