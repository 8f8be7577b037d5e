import { Injectable } from '@nestjs/common';
import { Database, inList, placeholders } from '../../database/database.js';
import { failpoint } from '../../common/failpoints.js';
import { Clock } from '../../common/clock.js';
import { parseRecord, type ClaimBatch, type ClaimRecord, type LoggedClaim } from '../domain/claim-record.js';
import { standingOf } from '../domain/slot-epochs.js';
import { GateEpochs } from '../ledger/gate-epochs.js';

/** The epoch of a claim is over; the intake takes it no more. */
export class StaleEpochError extends Error {
  constructor() {
    super('the epoch of the claim is over');
    this.name = 'StaleEpochError';
  }
}

/** The local message table: accepted claims that wait, in the database, to be issued. */
@Injectable()
export class Intake {
  /** Called after rows were added; the embedded transport wakes up by it. */
  onAppend: () => void = () => undefined;

  constructor(
    private readonly db: Database,
    private readonly epochs: GateEpochs,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds claims in one transaction; those that are there already stay as they are.
   * The epoch's row is held meanwhile, so a recovery that raises it sees either all of them or none.
   * @throws StaleEpochError where a claim is of another epoch than its voucher
   */
  async append(records: readonly ClaimRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.db.write(async (tx) => {
      const row = await this.epochs.hold(tx);
      if (records.some((record) => record.epoch !== standingOf(row, record.voucher_id).epoch))
        throw new StaleEpochError();
      const now = this.clock.now();
      await tx.query(
        `${this.db.insertIgnore} claim_intake (claim_id, voucher_id, epoch, payload, attempts, created_at) VALUES ${placeholders(records.length, 6)}`,
        records.flatMap((record) => [
          record.id,
          record.voucher_id,
          record.epoch,
          JSON.stringify(record),
          0,
          now,
        ]),
      );
    });
    failpoint('intake.after-commit');
    this.onAppend();
  }

  /**
   * Hands the oldest rows to `handle` and removes them once it is done, so that a death in between only repeats them.
   * Two at once are safe: the ledger takes a claim once.
   * @returns how many rows were handled; 0 when the intake is empty
   */
  async drain(limit: number, handle: (batch: ClaimBatch) => Promise<void>): Promise<number> {
    const rows: { claim_id: string; payload: string }[] = await this.db.read.query(
      `SELECT claim_id, payload FROM claim_intake ORDER BY created_at LIMIT ${limit}`,
    );
    if (rows.length === 0) return 0;
    const claims: LoggedClaim[] = [];
    const unreadable = [];
    for (const { claim_id: claimId, payload } of rows) {
      const record = parseRecord(payload);
      if (typeof record === 'string')
        unreadable.push({ source: `intake/${claimId}`, payload, reason: record });
      else claims.push({ record });
    }
    await handle({ claims, unreadable });
    const ids = rows.map((row) => row.claim_id);
    await this.db.write((tx) =>
      tx.query(`DELETE FROM claim_intake WHERE claim_id IN (${inList(ids.length)})`, ids),
    );
    return rows.length;
  }

  /** Vouchers of which a claim waits. */
  async vouchers(): Promise<readonly string[]> {
    const rows: { voucher_id: string }[] = await this.db.read.query(
      'SELECT DISTINCT voucher_id FROM claim_intake',
    );
    return rows.map((row) => row.voucher_id);
  }

  async depth(): Promise<number> {
    const rows: { n: number | string }[] = await this.db.read.query('SELECT COUNT(*) AS n FROM claim_intake');
    return Number(rows[0]?.n ?? 0);
  }
}
