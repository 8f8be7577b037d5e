import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, inList, placeholders } from '../database/database.js';

/** Numbers of the line in one range. Smaller: more rows to keep; larger: more to read again of what moved or is not whole yet. */
export const RANGE = 2_000;
/**
 * An audit reads so many parts of the proved ranges again, those first that were read longest ago: a row that was changed behind the
 * program's back is found by the time that so many audits have held, however many claims there are.
 */
export const AUDITS_FOR_ALL = 20;
/** Its last claim is so old: what comes later under a number of the range is told by the voucher's counters. ms */
const SETTLED_MS = 600_000;
const ROWS = 500;

/** What is kept of a range; how many of its claims are live, held or listed, the status index tells. */
interface ProvedRange {
  readonly no: number;
  readonly claims: number;
  readonly everIssued: number;
}

/** What an audit found in a range whose rows it has read. */
export interface ReadRange extends ProvedRange {
  readonly held: number;
  /** When the gate took the last of them, ms since 1970. */
  readonly lastAt: number;
  /** Ends where other claims of the voucher begin. */
  readonly isFull: boolean;
}

export interface Proved {
  /** By number; those that are due to be read again are not among them. */
  readonly ranges: ReadonlyMap<number, ProvedRange>;
  /** Of the audit that reads them. */
  readonly round: number;
}

export const NOTHING_PROVED: Proved = { ranges: new Map(), round: 1 };

/** Claims that were read once by an audit in which all equations held, so that the next one need not (docs/adr/0088). */
@Injectable()
export class ProvedRanges {
  private readonly logger = new Logger('Audit');

  constructor(private readonly db: Database) {}

  /**
   * @param perUserLimit ranges that were proved under a higher one are not proved
   * @param upTo the gate's sequence, where it is known: what lies behind it is to be told apart row by row
   */
  async of(
    tx: EntityManager,
    voucherId: string,
    { perUserLimit, upTo }: { readonly perUserLimit: number; readonly upTo: number | undefined },
  ): Promise<Proved> {
    const rows: Record<'no' | 'claims' | 'everIssued' | 'perUserLimit' | 'round', number>[] = await tx.query(
      `SELECT range_no AS no, claims, ever_issued AS everIssued, per_user_limit AS perUserLimit, round
         FROM audit_ranges WHERE voucher_id = ?`,
      [voucherId],
    );
    const known = rows
      .filter((row) => row.perUserLimit <= perUserLimit && (row.no + 1) * RANGE - 1 <= (upTo ?? Infinity))
      .sort((a, b) => a.round - b.round || a.no - b.no);
    const due = Math.ceil(known.length / AUDITS_FOR_ALL);
    return {
      ranges: new Map(known.slice(due).map((row) => [row.no, row])),
      round: rows.reduce((last, { round }) => Math.max(last, round), 0) + 1,
    };
  }

  /**
   * Keeps what an audit has read in which all equations held. What cannot be stored is read again by the next one.
   * @param now of the gate's or the database's clock, ms since 1970
   */
  async keep(
    voucherId: string,
    found: {
      readonly read: readonly ReadRange[];
      readonly perUserLimit: number;
      readonly round: number;
      readonly now: number;
    },
  ): Promise<void> {
    const { read, perUserLimit, round, now } = found;
    const isSettled = ({ isFull, held, lastAt }: ReadRange): boolean =>
      isFull && held === 0 && lastAt < now - SETTLED_MS;
    try {
      for (let from = 0; from < read.length; from += ROWS) {
        const some = read.slice(from, from + ROWS);
        const settled = some.filter(isSettled);
        await this.db.write(async (tx) => {
          await tx.query(
            `DELETE FROM audit_ranges WHERE voucher_id = ? AND range_no IN (${inList(some.length)})`,
            [voucherId, ...some.map(({ no }) => no)],
          );
          if (settled.length === 0) return;
          await tx.query(
            `INSERT INTO audit_ranges (voucher_id, range_no, claims, ever_issued, per_user_limit, round)
             VALUES ${placeholders(settled.length, 6)}`,
            settled.flatMap(({ no, claims, everIssued }) => [
              voucherId,
              no,
              claims,
              everIssued,
              perUserLimit,
              round,
            ]),
          );
        });
      }
    } catch (error) {
      this.logger.debug({ voucher: voucherId, err: error }, 'what an audit proved was not stored');
    }
  }
}
