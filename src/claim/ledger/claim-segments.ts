import { Injectable, Logger } from '@nestjs/common';
import { affectedRows, Database } from '../../database/database.js';
import { SEGMENT_MAX } from './rows/claim-layout.js';
import { areNumbersShort, lastPackedNumber, MOST_OF_32_BITS } from './rows/packed-numbers.js';

/** Of a segment: two of its indexes, in random order, fit into the buffer pool of a small server. */
export const SEGMENT_ROWS = 2_000_000;
/** Later segments grow with the table, so that whoever looks into all of them looks into few. */
const SEGMENTS_OF_A_TABLE = 16;
/** A number of a row: from there on somebody has to know, where there are no more than 32 bits of them. */
const SHORT_FROM = 0.75 * MOST_OF_32_BITS;

interface SegmentRow {
  readonly segment: number;
  readonly since: number | string;
}

/**
 * Goes on to the next segment of packed claims when the present one has its rows (docs/adr/0117). The indexes by user and by code begin with
 * the segment: what is written lies within the present one, however large the table is.
 */
@Injectable()
export class ClaimSegments {
  private readonly logger = new Logger('ClaimSegments');
  private isTold = false;

  constructor(private readonly db: Database) {}

  /** @returns whether it went on. @throws the driver's error */
  async run(): Promise<boolean> {
    if (this.db.dialect === 'sqlite') return false; // it packs none
    const last = await lastPackedNumber(this.db.read);
    if (last > SHORT_FROM && !this.isTold) await this.tell(last);
    const [row] = await this.db.read.query<SegmentRow[]>(
      'SELECT claims_segment AS segment, claims_segment_from AS since FROM gate_epoch WHERE id = 1',
    );
    if (!row || row.segment >= SEGMENT_MAX) return false;
    if (last - Number(row.since) < Math.max(SEGMENT_ROWS, last / SEGMENTS_OF_A_TABLE)) return false;
    // Another instance may have done it.
    const changed = await this.db.write((tx) =>
      affectedRows(
        tx,
        'UPDATE gate_epoch SET claims_segment = claims_segment + 1, claims_segment_from = ? WHERE id = 1 AND claims_segment = ?',
        [last, row.segment],
      ),
    );
    return changed === 1;
  }

  /** Once in a process. */
  private async tell(last: number): Promise<void> {
    if (await areNumbersShort(this.db.read))
      this.logger.warn({ last, most: MOST_OF_32_BITS }, 'claim numbers run short: see docs/runbook.md');
    this.isTold = true;
  }
}
