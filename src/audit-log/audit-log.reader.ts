import { Inject, Injectable } from '@nestjs/common';
import { currentActor } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { pageBody, type ListBody } from '../http/validation/validation.js';
import { Clock } from '../common/clock.js';
import { inMode } from '../common/mode.js';
import { invalidField, Problem } from '../common/problems.js';
import { auditEntryBody, type AuditEntryBody, type AuditLogQuery } from './audit-log.dto.js';
import { AuditLogStore, type KnownActor, type StoredEntry } from './audit-log.store.js';

const DAY_MS = 86_400_000;

/** What its reader may see of the audit log. */
@Injectable()
export class AuditLogReader {
  constructor(
    private readonly store: AuditLogStore,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws Problem forbidden for shoppers and cashiers, and for a merchant that asks for another one's */
  async list(query: AuditLogQuery): Promise<ListBody<AuditEntryBody>> {
    const reads = readerOf(query);
    const { limit, starting_after: after, ending_before: before, object, actor, action } = query;
    const filter = {
      merchantId: reads.merchantId,
      object,
      actor,
      action,
      since: query.since === undefined ? undefined : Date.parse(query.since),
      until: query.until === undefined ? undefined : Date.parse(query.until),
    };
    const entries = await this.store.page(filter, { limit, after, before });
    const ids = [...new Set(entries.flatMap((entry) => entry.actor ?? []))];
    const actors = await this.store.actors(ids);
    const rows = entries.map((entry) => {
      const who = entry.actor === null ? undefined : actors.get(entry.actor);
      const known = reads.isAdmin || isOwnPeople(entry, who);
      return auditEntryBody(entry, known ? who : undefined, known);
    });
    return pageBody('/v1/audit-log', query, rows);
  }

  /** Deletes what is older than RETENTION_AUDIT_LOG_DAYS. @returns how many entries */
  prune(): Promise<number> {
    return this.store.prune(this.clock.now() - this.config.RETENTION_AUDIT_LOG_DAYS * DAY_MS);
  }
}

function readerOf({ merchant, mode }: AuditLogQuery): {
  readonly isAdmin: boolean;
  readonly merchantId: string | undefined;
} {
  const { role, merchantId, merchantRole } = currentActor();
  if (role === 'admin') {
    // Without a merchant an administrator reads everything, and each entry says its mode.
    if (merchant === undefined && mode !== undefined) throw modeOfNobody();
    return { isAdmin: true, merchantId: merchant && inMode(merchant, mode ?? 'live') };
  }
  const reads = merchantRole === 'owner' || merchantRole === 'editor';
  if (merchantId === undefined || !reads) throw new Problem('forbidden');
  if (merchant !== undefined && merchant !== merchantId)
    throw new Problem('forbidden', { detail: 'You cannot read the log of another merchant' });
  return { isAdmin: false, merchantId: inMode(merchantId, mode ?? 'live') };
}

const modeOfNobody = (): Problem => invalidField('/mode', 'needs_merchant', 'goes with merchant');

/** Shoppers cancel and confirm claims: who they are and where they live is no merchant's matter. */
const isOwnPeople = (entry: StoredEntry, who: KnownActor | undefined): boolean =>
  entry.objectType !== 'claim' ||
  entry.actorKind === 'api_key' ||
  (entry.merchantId !== null && who?.merchantId === entry.merchantId);
