import { Injectable } from '@nestjs/common';
import { Database, inList } from '../database/database.js';
import { pruneRows } from '../database/prune.js';
import { Keyset } from '../database/keyset.js';
import { requireCursors } from '../common/cursors.js';
import { firstIdOf } from '../common/ids.js';

/** An entry as it is stored. */
export interface StoredEntry {
  readonly id: string;
  /** Ms since 1970. */
  readonly at: number;
  readonly actorKind: 'user' | 'api_key' | 'system';
  readonly actor: string | null;
  readonly merchantId: string | null;
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly objects: number;
  readonly details: Readonly<Record<string, unknown>> | null;
  readonly address: string | null;
  readonly requestId: string | null;
}

export interface EntryFilter {
  readonly merchantId?: string | undefined;
  readonly object?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** Ms since 1970, inclusive. */
  readonly since?: number | undefined;
  /** Ms since 1970, exclusive. */
  readonly until?: number | undefined;
}

export interface EntryPage {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** Who an actor is, and whose staff. */
export interface KnownActor {
  readonly name: string;
  readonly merchantId: string | null;
}

interface Row {
  readonly id: string;
  readonly at: number | string;
  readonly actor_kind: StoredEntry['actorKind'];
  readonly actor: string | null;
  readonly merchant_id: string | null;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string;
  readonly objects: number | string;
  readonly details: string | null;
  readonly address: string | null;
  readonly request_id: string | null;
}

const table = 'audit_log';
const by = ['id'] as const;
const ALL = new Keyset({ table, index: 'PRIMARY', by });
const OF_OBJECT = new Keyset({ table, index: 'audit_log_by_object', within: ['object_id'], by });
const OF_OBJECT_ACTION = new Keyset({
  table,
  index: 'audit_log_by_object_action',
  within: ['object_id', 'action'],
  by,
});
const OF_ACTOR = new Keyset({ table, index: 'audit_log_by_actor', within: ['actor'], by });
const OF_ACTOR_ACTION = new Keyset({
  table,
  index: 'audit_log_by_actor_action',
  within: ['actor', 'action'],
  by,
});
const OF_ACTION = new Keyset({ table, index: 'audit_log_by_action', within: ['action'], by });
const OF_MERCHANT = new Keyset({ table, index: 'audit_log_by_merchant', within: ['merchant_id'], by });
const OF_MERCHANT_ACTOR = new Keyset({
  table,
  index: 'audit_log_by_merchant_actor',
  within: ['merchant_id', 'actor'],
  by,
});
const OF_MERCHANT_ACTOR_ACTION = new Keyset({
  table,
  index: 'audit_log_by_merchant_actor_action',
  within: ['merchant_id', 'actor', 'action'],
  by,
});
const OF_MERCHANT_ACTION = new Keyset({
  table,
  index: 'audit_log_by_merchant_action',
  within: ['merchant_id', 'action'],
  by,
});

const COLUMNS =
  'id, at, actor_kind, actor, merchant_id, action, object_type, object_id, objects, details, address, request_id';

/** Reads the audit log, and forgets what is older than it has to be kept. `AuditLog` alone writes it. */
@Injectable()
export class AuditLogStore {
  constructor(private readonly db: Database) {}

  /**
   * @returns the page and one entry more where there are more, newest first; with `before` the other way round
   * @throws Problem validation_failed for an unknown cursor
   */
  async page(filter: EntryFilter, { limit, after, before }: EntryPage): Promise<StoredEntry[]> {
    const { merchantId } = filter;
    await requireCursors({ after, before }, (id) =>
      merchantId === undefined
        ? ALL.holds(this.db.read, [], id)
        : OF_MERCHANT.holds(this.db.read, [merchantId], id),
    );
    const { keyset, list } = narrowest(filter);
    const { dialect } = this.db;
    const direction = before === undefined ? 'DESC' : 'ASC';
    const place = { dialect, direction } as const;
    const conditions = [keyset.list(place)];
    const values: unknown[] = [...list];
    const add = (column: string, sign: string, value: unknown): void => {
      if (value === undefined || keyset.terms.within?.includes(column)) return;
      conditions.push(`${column} ${sign} ?`);
      values.push(value);
    };
    add('merchant_id', '=', filter.merchantId);
    add('object_id', '=', filter.object);
    add('actor', '=', filter.actor);
    add('action', '=', filter.action);
    // An id begins with its time, so a span of time is a range of the same index.
    add('id', '>=', filter.since === undefined ? undefined : firstIdOf('aud', filter.since));
    add('id', '<', filter.until === undefined ? undefined : firstIdOf('aud', filter.until));
    const cursor = before ?? after;
    if (cursor !== undefined) {
      conditions.push(keyset.behind(place));
      values.push(...keyset.behindValues([cursor]));
    }
    const rows: Row[] = await this.db.read.query(
      `SELECT ${COLUMNS} FROM ${keyset.from(place)} WHERE ${conditions.join(' AND ')}
        ORDER BY ${keyset.order(place)} LIMIT ${limit + 1}`,
      values,
    );
    return rows.map(entryOf);
  }

  /** Users and API keys among `ids`, by id. */
  async actors(ids: readonly string[]): Promise<ReadonlyMap<string, KnownActor>> {
    if (ids.length === 0) return new Map();
    const rows: { id: string; name: string; merchant_id: string | null }[] = await this.db.read.query(
      ['users', 'api_keys']
        .map((from) => `SELECT id, name, merchant_id FROM ${from} WHERE id IN (${inList(ids.length)})`)
        .join(' UNION ALL '),
      [...ids, ...ids],
    );
    return new Map(rows.map(({ id, name, merchant_id: merchantId }) => [id, { name, merchantId }]));
  }

  /** Deletes entries of before `before` (ms since 1970), the oldest first. @returns how many */
  prune(before: number): Promise<number> {
    return pruneRows(this.db, {
      table: 'audit_log',
      key: 'id',
      where: 'id < ?',
      values: [firstIdOf('aud', before)],
      by: 'id',
    });
  }
}

/** The index that leaves the fewest entries to look at. */
function narrowest(filter: EntryFilter): { readonly keyset: Keyset; readonly list: readonly unknown[] } {
  const { merchantId, object, actor, action } = filter;
  if (object !== undefined)
    return action === undefined
      ? { keyset: OF_OBJECT, list: [object] }
      : { keyset: OF_OBJECT_ACTION, list: [object, action] };
  if (actor !== undefined && action !== undefined)
    return merchantId === undefined
      ? { keyset: OF_ACTOR_ACTION, list: [actor, action] }
      : { keyset: OF_MERCHANT_ACTOR_ACTION, list: [merchantId, actor, action] };
  if (actor !== undefined)
    return merchantId === undefined
      ? { keyset: OF_ACTOR, list: [actor] }
      : { keyset: OF_MERCHANT_ACTOR, list: [merchantId, actor] };
  if (merchantId !== undefined)
    return action === undefined
      ? { keyset: OF_MERCHANT, list: [merchantId] }
      : { keyset: OF_MERCHANT_ACTION, list: [merchantId, action] };
  return action === undefined ? { keyset: ALL, list: [] } : { keyset: OF_ACTION, list: [action] };
}

const entryOf = (row: Row): StoredEntry => ({
  id: row.id,
  at: Number(row.at),
  actorKind: row.actor_kind,
  actor: row.actor,
  merchantId: row.merchant_id,
  action: row.action,
  objectType: row.object_type,
  objectId: row.object_id,
  objects: Number(row.objects),
  details: row.details === null ? null : (JSON.parse(row.details) as Record<string, unknown>),
  address: row.address,
  requestId: row.request_id,
});
