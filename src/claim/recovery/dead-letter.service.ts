import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database, isDataError } from '../../database/database.js';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { ClaimIds } from '../../common/ids.js';
import { ClaimIssuer } from '../issue/claim-issuer.js';
import { DeadLetters, type DeadLetter, type LetterQuery } from '../ledger/dead-letters.js';
import { parseRecord, type ClaimRecord } from '../domain/claim-record.js';
import { ClaimExpiry } from '../expiry/claim-expiry.js';
import { GateEpochs } from '../ledger/gate-epochs.js';
import { standingOf } from '../domain/slot-epochs.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { Ledger, StockRowMissingError, type IssueResult } from '../ledger/ledger.js';
import { StockGate } from '../gate/stock-gate.js';

const DISCARDED = 'discarded';

/**
 * What an administrator may do with a dead letter (docs/adr/0031). Both ways end the claim in one transaction that holds the
 * letter and the open epoch; the gate is told afterwards. A process that dies in between is followed by the sweep, which finds
 * a pending claim that is a row.
 */
@Injectable()
export class DeadLetterService {
  private readonly logger = new Logger('DeadLetters');

  constructor(
    private readonly letters: DeadLetters,
    private readonly ledger: Ledger,
    private readonly issuer: ClaimIssuer,
    private readonly expiry: ClaimExpiry,
    private readonly epochs: GateEpochs,
    private readonly keeper: GateKeeper,
    private readonly gate: StockGate,
    private readonly db: Database,
    private readonly ids: ClaimIds,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  page(query: LetterQuery): Promise<{ letters: DeadLetter[]; hasMore: boolean }> {
    return this.letters.page(query);
  }

  /** @throws Problem not_found */
  async find(id: string): Promise<DeadLetter> {
    const found = await this.letters.find(id);
    if (!found) throw new Problem('not_found');
    return found;
  }

  /**
   * Hands the record to the ledger again, under its claim's own id.
   * @returns the letter: `retried` with what became of the claim, or still `open` with the new reason
   * @throws Problem not_found, dead_letter_closed, gate_recovering
   */
  async retry(id: string, by: string): Promise<DeadLetter> {
    const letter = await this.find(id);
    if (letter.status !== 'open') throw new Problem('dead_letter_closed');
    const record = parseRecord(letter.payload);
    if (typeof record === 'string') return this.failed(id, by, record);
    const epoch = this.keeper.require(record.voucher_id);
    const held = letter.claimId !== null;
    if (!held && !(await this.isPending(epoch, record)))
      return this.failed(id, by, 'no pending claim of the gate stands behind this record');
    try {
      const result = await this.ledger.reissue(
        { record, held },
        {
          before: async (tx) => {
            await this.letters.hold(tx, id);
            await this.expiry.again(tx, record.voucher_id);
          },
          after: async (tx, made) => {
            await this.letters.close(tx, id, 'retried', by, outcome(made));
            await this.note(tx, 'retried', id, by, { outcome: outcome(made) });
          },
        },
      );
      await this.issuer.conclude(result, epoch);
      this.logger.log({ letter: id, claim: record.id, by }, 'a dead letter was retried');
    } catch (error) {
      if (!isDataError(error) && !(error instanceof StockRowMissingError)) throw error;
      return this.failed(id, by, error instanceof Error ? error.message : 'unknown fault');
    }
    return this.find(id);
  }

  /**
   * Ends the claim as `rejected`, reason `discarded`; its unit and its user's quota are given back.
   * @throws Problem not_found, dead_letter_closed, gate_recovering; claim_unwritable where not even that can be written
   */
  async discard(id: string, by: string, reason: string): Promise<DeadLetter> {
    if (!this.keeper.isOpen) throw new Problem('gate_recovering');
    try {
      const done = await this.db.write(async (tx) => {
        const letter = await this.letters.hold(tx, id);
        const row = await this.epochs.hold(tx);
        // A rebuild that is under way has perhaps counted the unit as held already.
        if (row.state !== 'open') throw new Problem('gate_recovering');
        const record = letter.claimId === null ? 'holds no claim' : parseRecord(letter.payload);
        await this.letters.close(tx, id, 'discarded', by, reason);
        await this.note(tx, 'discarded', id, by, { reason });
        if (typeof record === 'string') return undefined;
        const { epoch } = standingOf(row, record.voucher_id);
        return { rejected: await this.ledger.reject(tx, record, DISCARDED), epoch };
      });
      if (done) await this.issuer.confirm(done.rejected, done.epoch);
    } catch (error) {
      if (!isDataError(error)) throw error;
      throw new Problem('claim_unwritable', { cause: error });
    }
    this.logger.warn({ letter: id, by, reason }, 'a dead letter was discarded');
    return this.find(id);
  }

  /** Of a record that could not be read when it was set aside, nobody knows whether its unit is still meant for it: the gate does. */
  private async isPending(epoch: number, record: ClaimRecord): Promise<boolean> {
    if (record.id !== this.ids.id(record.voucher_id, record.user_id, record.ordinal)) return false;
    const claim = await this.gate.status(epoch, record.voucher_id, record.user_id, record.ordinal);
    return typeof claim === 'object' && claim.status === 'pending';
  }

  private note(
    tx: EntityManager,
    done: 'retried' | 'discarded',
    objectId: string,
    by: string,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const actor = auditActor(by, null);
    const entry = { actor, action: `dead_letter.${done}`, objectType: 'dead_letter', objectId, details };
    return this.audit.record(tx, this.clock.now(), [entry]);
  }

  private async failed(id: string, by: string, reason: string): Promise<DeadLetter> {
    await this.db.write(async (tx) => {
      await this.letters.failedAgain(tx, id, reason);
      await this.note(tx, 'retried', id, by, { outcome: 'failed', reason });
    });
    this.logger.warn({ letter: id, reason }, 'a dead letter was retried in vain');
    return this.find(id);
  }
}

function outcome({ issued, known, rejected }: IssueResult): string {
  if (issued.length > 0) return 'issued';
  if (rejected.length > 0 || known.some((each) => each.rejected)) return 'rejected';
  return known.length > 0 ? 'issued' : 'void';
}
