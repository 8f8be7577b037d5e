import { Inject, Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { CONFIG, type Config } from '../../config/index.js';
import { Database } from '../../database/database.js';
import { ClaimColumns, type ClaimRow } from '../ledger/rows/claim-columns.js';
import {
  claimsOnVouchers,
  lastSequences,
  stockAndClaims,
  type StockAndClaims,
} from '../ledger/rows/claims-of-vouchers.js';
import { isPacked } from '../ledger/rows/claim-layout.js';
import { claimsByHolder } from '../ledger/rows/claims-of-holders.js';
import { WaitingStore } from '../ledger/waiting-store.js';
import { parkedClaimsOf } from '../ledger/parked-claims.js';
import type { ClaimRecord } from '../domain/claim-record.js';
import { isLive } from '../domain/live-claims.js';
import { RUNNING_STATUSES, toGateVoucher, Voucher, type GateVoucher } from '../../voucher/index.js';
import type { RebuildCounters, RebuildUser, RebuildUsers } from '../gate/gate-rebuild.js';

const CHUNK = 5_000;

/** How long a gate keeps a voucher that ended, ms. */
export const gateRetentionMs = (config: Pick<Config, 'RETENTION_GATE_STATE_HOURS'>): number =>
  config.RETENTION_GATE_STATE_HOURS * 3_600_000;

const OF_USERS = new ClaimColumns('userId', 'ordinal', 'status', 'idempotency', 'createdAt');
const OF_VOUCHERS = new ClaimColumns('voucherId', 'userId', 'ordinal', 'status', 'idempotency', 'createdAt');
type Row = Pick<ClaimRow, 'userId' | 'ordinal' | 'status' | 'idempotency' | 'createdAt'>;

/** A voucher as a rebuild loads it. */
export interface LedgerVoucher {
  readonly counters: RebuildCounters;
  /** Claims that dead letters hold. */
  readonly parked: readonly ClaimRecord[];
  /** Whether somebody has claimed of it. */
  readonly isClaimed: boolean;
}

/** What the ledger says about vouchers, in the shape that a rebuild needs. */
@Injectable()
export class LedgerReader {
  constructor(
    private readonly db: Database,
    private readonly waiting: WaitingStore,
    @Inject(CONFIG) private readonly config: Pick<Config, 'RETENTION_GATE_STATE_HOURS'>,
  ) {}

  /** Vouchers that take or may still take claims, and those that a gate keeps though they ended: claims of theirs may be pending. */
  async openVouchers(now: number): Promise<GateVoucher[]> {
    const since = now - gateRetentionMs(this.config);
    const rows = await this.db.read
      .getRepository(Voucher)
      .createQueryBuilder('v')
      .where('v.status IN (:...open)', { open: RUNNING_STATUSES })
      .orWhere('v.status = :ended AND v.updatedAt > :since', { ended: 'ended', since })
      .orderBy('v.id')
      .getMany();
    return rows.map((row) => toGateVoucher(row));
  }

  /**
   * The highest sequence of each voucher: it has no more claims than that. The claims themselves are not read.
   * @param ids as many as one statement may name
   */
  sizes(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return lastSequences(this.db.read, ids);
  }

  /** Terms that were changed since they were read. @param vouchers as many as one statement may name */
  async changed(vouchers: readonly GateVoucher[]): Promise<GateVoucher[]> {
    if (vouchers.length === 0) return [];
    const known = new Map(vouchers.map(({ id, version }) => [id, version]));
    const repository = this.db.read.getRepository(Voucher);
    const rows = await repository.find({
      select: { id: true, version: true },
      where: { id: In([...known.keys()]) },
    });
    const ids = rows.filter(({ id, version }) => version !== known.get(id)).map(({ id }) => id);
    if (ids.length === 0) return [];
    return (await repository.findBy({ id: In(ids) })).map((row) => toGateVoucher(row));
  }

  /**
   * Counters of vouchers that take no claims while they are read: what is issued, given back or set aside under older epochs was so
   * before, so counters and users are of one moment though they are read one after the other.
   * @param vouchers as many as one statement may name
   */
  async forRebuild(vouchers: readonly GateVoucher[]): Promise<LedgerVoucher[]> {
    if (vouchers.length === 0) return [];
    const ids = vouchers.map(({ id }) => id);
    const rows = await stockAndClaims(this.db, ids);
    // Not in the same statement: while a gate is rebuilt nothing is set aside that counts, retried or discarded.
    const parked = groupedBy(await parkedClaimsOf(this.db.read, ids), ({ voucher_id: id }) => id);
    const lists = await this.waiting.toldOf(ids);
    const byId = new Map(rows.map((row) => [row.voucherId, row]));
    return vouchers.map((voucher) => {
      const found = byId.get(voucher.id);
      if (!found) throw new Error(`voucher ${voucher.id} has no stock row`);
      const held = parked.get(voucher.id) ?? [];
      const counters = { ...countersOf(voucher, found, held), list: lists.get(voucher.id) };
      return { counters, parked: held, isClaimed: found.sequence !== undefined };
    });
  }

  /** Users of vouchers whose claims fit into one answer together, in one statement. */
  async usersOf(vouchers: readonly LedgerVoucher[]): Promise<RebuildUsers[]> {
    const claimed = vouchers.filter(({ isClaimed }) => isClaimed).map(({ counters }) => counters.voucher.id);
    const rows = await claimsOnVouchers(this.db.read, OF_VOUCHERS, claimed);
    const byVoucher = groupedBy(rows, ({ voucherId }) => voucherId);
    return vouchers.map(({ counters, parked }) => {
      const voucherId = counters.voucher.id;
      return { voucherId, users: withHeld(atOnce(toUsers(byVoucher.get(voucherId) ?? [])), parked) };
    });
  }

  /** Users of a voucher with any number of claims, read in pieces. */
  allUsers({ counters, parked }: LedgerVoucher): RebuildUsers {
    const voucherId = counters.voucher.id;
    return { voucherId, users: withHeld(this.users(voucherId), parked) };
  }

  /**
   * Users in order of their id, a chunk at a time; a user's claims are never split over two chunks.
   * @throws Error where the claims are packed meanwhile: users that are no accounts have another place in the order then
   */
  private async *users(voucherId: string): AsyncIterable<readonly RebuildUser[]> {
    let begun: readonly Row[] = [];
    const arePacked = isPacked(this.db.read, voucherId);
    for (let after: Pick<Row, 'userId' | 'ordinal'> = { userId: '', ordinal: 0 }; ;) {
      const rows: Row[] = await claimsByHolder(this.db, OF_USERS, { voucherId, after, limit: CHUNK });
      if (isPacked(this.db.read, voucherId) !== arePacked)
        throw new Error(`the claims of ${voucherId} were packed while they were read`);
      const last = rows.length < CHUNK ? undefined : rows.at(-1);
      const all = [...begun, ...rows];
      // The last user of a full chunk may have more rows behind it.
      begun = last ? all.filter((row) => row.userId === last.userId) : [];
      const users = toUsers(all.slice(0, all.length - begun.length));
      if (users.length > 0) yield users;
      if (!last) return;
      after = last;
    }
  }
}

const countersOf = (
  voucher: GateVoucher,
  { total, live, sequence = 0, adjusted, returned }: StockAndClaims,
  held: readonly ClaimRecord[],
): RebuildCounters => ({
  voucher: { ...voucher, total },
  remaining: total - live - held.length,
  sequence: Math.max(sequence, ...held.map((record) => record.sequence)),
  adjusted,
  returned,
});

function toUsers(rows: readonly Row[]): RebuildUser[] {
  const users = new Map<string, { live: number; last: number; keys: RebuildUser['keys'][number][] }>();
  for (const row of rows) {
    const user = users.get(row.userId) ?? { live: 0, last: 0, keys: [] };
    users.set(row.userId, user);
    if (isLive(row.status)) user.live += 1;
    user.last = Math.max(user.last, row.ordinal);
    const [key, fingerprint] = row.idempotency?.split('.') ?? [];
    if (key && fingerprint !== undefined) {
      user.keys.push({ key, fingerprint, ordinal: row.ordinal, at: row.createdAt });
    }
  }
  return [...users].map(([userId, user]) => ({ userId, ...user }));
}

async function* atOnce<T>(items: readonly T[]): AsyncIterable<readonly T[]> {
  if (items.length > 0) yield items;
}

function groupedBy<T>(records: readonly T[], key: (record: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const record of records) {
    const group = groups.get(key(record));
    if (group) group.push(record);
    else groups.set(key(record), [record]);
  }
  return groups;
}

/** Adds the claims that dead letters hold: they count for their users, and are pending at the new gate as they were at the old. */
async function* withHeld(
  chunks: AsyncIterable<readonly RebuildUser[]>,
  held: readonly ClaimRecord[],
): AsyncIterable<readonly RebuildUser[]> {
  const waiting = groupedBy(held, ({ user_id: id }) => id);
  for await (const chunk of chunks) {
    yield chunk.map((user) => {
      const claims = waiting.get(user.userId);
      waiting.delete(user.userId);
      return claims ? holding(user, claims) : user;
    });
  }
  if (waiting.size > 0)
    yield [...waiting].map(([userId, claims]) => holding({ userId, live: 0, last: 0, keys: [] }, claims));
}

function holding(user: RebuildUser, claims: readonly ClaimRecord[]): RebuildUser {
  const keys = claims.flatMap(({ idempotency, ordinal, at }) => {
    const [key, fingerprint] = idempotency?.split('.') ?? [];
    return key && fingerprint !== undefined ? [{ key, fingerprint, ordinal, at }] : [];
  });
  return {
    userId: user.userId,
    live: user.live + claims.length,
    last: Math.max(user.last, ...claims.map(({ ordinal }) => ordinal)),
    keys: [...user.keys, ...keys],
    pending: claims.map(({ ordinal, sequence, at, idempotency }) => ({
      ordinal,
      sequence,
      at,
      ...(idempotency === undefined ? {} : { idempotency }),
    })),
  };
}
