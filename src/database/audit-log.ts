import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { context } from '../common/request-context.js';
import { newId } from '../common/ids.js';
import { placeholders } from './database.js';

/** Who did it, and from where. */
export interface AuditActor {
  readonly kind: 'user' | 'api_key' | 'system';
  /** The id of the user or the key; `null` for what the program does by itself. */
  readonly id: string | null;
  /** Whose log it stands in; `null` where it is no merchant's matter. */
  readonly merchantId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
}

export interface AuditEntry {
  readonly actor: AuditActor;
  /** `<object>.<what was done>`, at most 64 characters. */
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  /** How many objects of `objectId` it was done to, where they share an entry; 1 without it. */
  readonly objects?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

const COLUMNS =
  'id, at, actor_kind, actor, merchant_id, action, object_type, object_id, objects, details, address, request_id';
const INSERT_ROWS = 200;

/** The user, or the API key, of the request that is being answered, for entries of a merchant's log. */
export function auditActor(userId: string, merchantId: string | null): AuditActor {
  return {
    kind: context.actor()?.scopes ? 'api_key' : 'user',
    id: userId,
    merchantId,
    address: context.address() ?? null,
    requestId: context.requestId() ?? null,
  };
}

/** The program itself, on a merchant's voucher. */
export const systemActor = (merchantId: string | null): AuditActor => ({
  kind: 'system',
  id: null,
  merchantId,
  address: null,
  requestId: null,
});

/** Who did what to which object, when and from where: written in the transaction that does it, and never changed. */
@Injectable()
export class AuditLog {
  /** @param at when it was done, ms since 1970 */
  async record(tx: EntityManager, at: number, entries: readonly AuditEntry[]): Promise<void> {
    for (let from = 0; from < entries.length; from += INSERT_ROWS) {
      const chunk = entries.slice(from, from + INSERT_ROWS);
      await tx.query(
        `INSERT INTO audit_log (${COLUMNS}) VALUES ${placeholders(chunk.length, 12)}`,
        chunk.flatMap(({ actor, action, objectType, objectId, objects, details }) => [
          newId('aud', at),
          at,
          actor.kind,
          actor.id,
          actor.merchantId,
          action,
          objectType,
          objectId,
          objects ?? 1,
          details === undefined ? null : JSON.stringify(details),
          actor.address,
          actor.requestId,
        ]),
      );
    }
  }
}
