import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, isDuplicateKey } from '../../database/database.js';
import { insertPacks } from '../../database/outbox.js';
import { failpoint } from '../../common/failpoints.js';
import { Clock } from '../../common/clock.js';
import { eventId } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { ConsumedPositions } from './consumed-positions.js';
import type { ClaimRecord, LoggedClaim } from '../domain/claim-record.js';
import { inOrder, packEvents } from '../domain/event-pack.js';
import { GateEpochs } from './gate-epochs.js';
import { ClaimCodes } from './claim-codes.js';
import { ClaimHolds } from './claim-holds.js';
import { knownClaim, type KnownClaim } from './known-claim.js';
import { ClaimColumns } from './rows/claim-columns.js';
import { claimsById } from './rows/claims-by-id.js';
import { insertClaimRows, ROW } from './rows/insert-claims.js';
import { indexed, insertInStatusIndex } from './status-index.js';
import { isEndedShadow } from './ended-shadows.js';
import { isVoid, strongestOfEach } from './void-records.js';

export interface IssueResult {
  /** Claims that are rows now; those that are `held` among them. */
  readonly issued: readonly ClaimRecord[];
  /** Those of `issued` that are to be confirmed. */
  readonly held: ReadonlySet<ClaimRecord>;
  /** Claims that were rows already, with what became of them. */
  readonly known: readonly ({ readonly record: ClaimRecord } & KnownClaim)[];
  /** Claims the stock did not suffice for: the gate gave away more than there is. */
  readonly rejected: readonly ClaimRecord[];
  /** Records of an old epoch behind its barrier: nobody was promised anything. */
  readonly voided: readonly ClaimRecord[];
  readonly at: number;
}

const KNOWN = new ClaimColumns('id', 'status', 'rejectReason');
const OF_EVENT = new ClaimColumns('id', 'voucherId', 'userId', 'ordinal', 'sequence', 'issuedAt');

class StockShortError extends Error {}

/**
 * This database has no stock row of the voucher: a replica that lags, or a restore from before the voucher was made. It says nothing about
 * how many units are left, so nobody is refused for it.
 */
export class StockRowMissingError extends Error {
  constructor(readonly voucherId: string) {
    super(`voucher ${voucherId} has no stock row in this database`);
    this.name = 'StockRowMissingError';
  }
}

interface How {
  /**
   * Asks first which claims are rows already. Nearly always none is, and the unique keys refuse the transaction where one is: a
   * batch is written without the question, and again with it where that failed.
   */
  readonly look: boolean;
  /** The stock did not suffice for all. */
  readonly short: boolean;
  /** The claims waited in dead letters: they are not void, whatever their epoch. */
  readonly held?: boolean;
  /** The log is read again: nothing is rejected, and claims of `ended` epochs count as well as those of the present one. */
  readonly replay?: 'present' | 'ended';
}

/** What else belongs to the transaction of a claim that was set aside. */
export interface Reissue {
  readonly before: (tx: EntityManager) => Promise<void>;
  readonly after: (tx: EntityManager, result: IssueResult) => Promise<void>;
}

/** The only place where a claim becomes a fact. */
@Injectable()
export class Ledger {
  constructor(
    private readonly db: Database,
    private readonly epochs: GateEpochs,
    private readonly codes: ClaimCodes,
    private readonly clock: Clock,
    private readonly positions: ConsumedPositions,
    private readonly holds: ClaimHolds,
  ) {}

  /**
   * Writes a batch in one transaction: claims, events, stock. Claims that are rows already change nothing.
   * @throws StockRowMissingError, or the driver's error; then nothing of the batch was written
   */
  async issue(batch: readonly LoggedClaim[]): Promise<IssueResult> {
    const attempt = (how: How) => this.db.write((tx) => this.attempt(tx, batch, how));
    return attempt({ look: false, short: false })
      .catch((error: unknown) => {
        if (isDuplicateKey(error)) return attempt({ look: true, short: false });
        throw error;
      })
      .catch((error: unknown) => {
        if (error instanceof StockShortError) return attempt({ look: true, short: true });
        throw error;
      });
  }

  /**
   * Writes what the ledger lacks of a log that is read again (docs/adr/0041). Claims without a unit are returned as `rejected`, and not written.
   * @param ended also claims of epochs that are over, unless a record of a newer epoch stands before them in the log
   * @throws StockRowMissingError, or the driver's error; then nothing of the batch was written
   */
  async replay(batch: readonly LoggedClaim[], ended: boolean): Promise<IssueResult> {
    const run = (short: boolean): Promise<IssueResult> =>
      this.db.write((tx) =>
        this.attempt(tx, batch, { look: true, short, replay: ended ? 'ended' : 'present' }),
      );
    try {
      return await run(false);
    } catch (error) {
      if (!(error instanceof StockShortError)) throw error;
      return run(true);
    }
  }

  /**
   * Writes one claim that was set aside. A `held` one is not void, whatever its epoch: each rebuild since has kept its unit.
   * @throws Problem gate_recovering unless the epoch is open, since a rebuild counts what is held; the driver's error
   */
  async reissue(
    { record, held }: { readonly record: ClaimRecord; readonly held: boolean },
    { before, after }: Reissue,
  ): Promise<IssueResult> {
    const run = (short: boolean): Promise<IssueResult> =>
      this.db.write(async (tx) => {
        await before(tx);
        if ((await this.epochs.hold(tx)).state !== 'open') throw new Problem('gate_recovering');
        const result = await this.attempt(tx, [{ record }], { look: true, short, held });
        await after(tx, result);
        return result;
      });
    try {
      return await run(false);
    } catch (error) {
      if (!(error instanceof StockShortError)) throw error;
      return run(true);
    }
  }

  /** Whether the claims of a voucher without a stock row are void, because it was the shadow of a rehearsal. */
  isEndedShadow(voucherId: string): Promise<boolean> {
    return isEndedShadow(this.db, voucherId);
  }

  /** Ends a claim as rejected, within a transaction that holds the epoch's row; one that is a row stays as it is. */
  async reject(tx: EntityManager, record: ClaimRecord, reason: string): Promise<IssueResult> {
    const at = this.clock.now();
    const found = (await this.existing(tx, [record])).get(record.id);
    const nothing = { issued: [], held: new Set<ClaimRecord>(), rejected: [], voided: [], at };
    if (found) return { ...nothing, known: [{ record, ...found }] };
    await this.insertRejected(tx, new Set([record]), reason);
    await this.insertEvents(tx, [], [record], at);
    return { ...nothing, known: [{ record, rejected: true, held: false, reason }] };
  }

  private async attempt(
    tx: EntityManager,
    batch: readonly LoggedClaim[],
    { look, short, held = false, replay }: How,
  ): Promise<IssueResult> {
    const row = await this.epochs.hold(tx);
    const at = this.clock.now();
    const logged = strongestOfEach(row, batch);
    const search = look || logged.some((entry) => isVoid(row, entry)) ? logged : [];
    const existing = await this.existing(
      tx,
      search.map(({ record }) => record),
    );
    const isJudgedVoid = (entry: LoggedClaim): boolean =>
      replay === 'ended' ? entry.position?.overtaken === true : isVoid(row, entry);
    const known: IssueResult['known'][number][] = [];
    const voided: ClaimRecord[] = [];
    const fresh: ClaimRecord[] = [];
    for (const entry of logged) {
      const { record } = entry;
      const found = existing.get(record.id);
      if (found) known.push({ record, ...found });
      else (!held && isJudgedVoid(entry) ? voided : fresh).push(record);
    }

    const rejected = short ? await this.beyondStock(tx, fresh) : new Set<ClaimRecord>();
    const issued = fresh.filter((record) => !rejected.has(record));
    const ended = replay === undefined ? rejected : new Set<ClaimRecord>();
    const kept = await this.holds.among(tx, issued);
    const sold = kept.size === 0 ? issued : issued.filter((record) => !kept.has(record));
    const codeOf = await this.codes.give(tx, sold);
    if (!codeOf) throw new StockShortError('too few codes');
    await insertClaimRows(tx, ROW.issued, sold, ({ id }) => [codeOf(id), at]);
    await this.insertRejected(tx, ended);
    await this.insertEvents(tx, sold, [...ended], at);
    await this.holds.insert(tx, kept, at);
    await this.positions.record(tx, batch);
    await this.takeStock(tx, issued); // last: this row is hot, and is held until the commit
    failpoint('consumer.before-commit');
    return { issued, held: kept, known, rejected: [...rejected], voided, at };
  }

  private async existing(
    tx: EntityManager,
    records: readonly ClaimRecord[],
  ): Promise<Map<string, KnownClaim>> {
    if (records.length === 0) return new Map();
    const rows = await claimsById(
      tx,
      KNOWN,
      records.map((record) => record.id),
      this.clock.now(),
    );
    return new Map(rows.map(({ id, status, rejectReason }) => [id, knownClaim(status, rejectReason)]));
  }

  /** The highest sequence numbers of each voucher that its stock does not cover. One whose claims are archived has nothing left to give. */
  private async beyondStock(tx: EntityManager, fresh: readonly ClaimRecord[]): Promise<Set<ClaimRecord>> {
    const beyond = new Set<ClaimRecord>();
    for (const [voucherId, records] of byVoucher(fresh)) {
      const rows: { free: number | string }[] = await tx.query(
        `SELECT CASE WHEN claims_archived IS NULL THEN total - issued ELSE 0 END AS free
           FROM voucher_stock WHERE voucher_id = ?${this.db.forUpdate}`,
        [voucherId],
      );
      if (!rows[0]) throw new StockRowMissingError(voucherId);
      const free = Math.max(0, Math.min(Number(rows[0].free), await this.codes.left(tx, voucherId)));
      const ordered = [...records].sort((a, b) => a.sequence - b.sequence);
      for (const record of ordered.slice(free)) beyond.add(record);
    }
    return beyond;
  }

  private async insertRejected(
    tx: EntityManager,
    rejected: ReadonlySet<ClaimRecord>,
    reason = 'stock_exhausted',
  ): Promise<void> {
    await insertClaimRows(tx, ROW.rejected, [...rejected], () => [reason]);
    await insertInStatusIndex(tx, indexed([...rejected], 'rejected'));
  }

  private async insertEvents(
    tx: EntityManager,
    issued: readonly ClaimRecord[],
    rejected: readonly ClaimRecord[],
    at: number,
  ): Promise<void> {
    const packs = [...packEvents('claim.issued', issued, at), ...packEvents('claim.rejected', rejected, at)];
    await insertPacks(tx, inOrder(packs, this.clock.now()));
  }

  /**
   * Writes the events of issued claims that have none. The ids are derived, so whoever was told of a claim before takes the second
   * one for the same. Each is a pack by itself whose id is derived too, but is no event's: the pack that the event was taken
   * from may still be there under the event's id, and two repairs at once write the event once.
   */
  async restoreEvents(claimIds: readonly string[]): Promise<void> {
    await this.db.write(async (tx) => {
      for (const row of await claimsById(tx, OF_EVENT, claimIds, this.clock.now())) {
        const { id, voucherId, userId, ordinal, sequence, issuedAt } = row;
        if (issuedAt === null) continue;
        const claim = { id, voucher_id: voucherId, user_id: userId, ordinal, sequence };
        for (const pack of packEvents('claim.issued', [claim], issuedAt)) {
          const restored = { ...pack, id: eventId('claim.issued restored', id) };
          await insertPacks(tx, [restored], this.db.insertIgnore);
        }
      }
    });
  }

  private async takeStock(tx: EntityManager, issued: readonly ClaimRecord[]): Promise<void> {
    // In order of the id, so that two batches with the same vouchers cannot wait for each other.
    for (const [voucherId, records] of [...byVoucher(issued)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const taken = await tx
        .createQueryBuilder()
        .update('voucher_stock')
        .set({ issued: () => 'issued + :n' })
        // Where claims were archived, a record that comes again finds no row in its way: it is looked for then, in both places.
        .where('voucher_id = :voucherId AND issued + :n <= total AND claims_archived IS NULL', {
          voucherId,
          n: records.length,
        })
        .execute();
      if (taken.affected !== 1) throw new StockShortError(voucherId);
    }
  }
}

function byVoucher(records: readonly ClaimRecord[]): Map<string, ClaimRecord[]> {
  const groups = new Map<string, ClaimRecord[]>();
  for (const record of records) {
    const group = groups.get(record.voucher_id);
    if (group) group.push(record);
    else groups.set(record.voucher_id, [record]);
  }
  return groups;
}
