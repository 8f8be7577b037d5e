import type { EntityManager } from 'typeorm';
import { placeholders, type Database } from '../../database/database.js';
import type { LoggedClaim } from '../domain/claim-record.js';
import { offsetOf, slotOf, type SlotRange } from '../domain/log-slots.js';

interface Row {
  readonly partition_no: number;
  readonly from_slot: number | string;
  readonly next_slot: number | string;
  readonly epoch: number;
}

type Consumed = SlotRange & { readonly epoch: number };

/** Rows of a partition; with more of them they are merged. */
const RANGES_MAX = 32;
const COLUMNS = 'topic, partition_no, from_slot, next_slot, epoch';

/** What the ledger has consumed of one partition of the log. */
export class Coverage {
  /** @param ranges in order of their begin */
  constructor(readonly ranges: readonly Consumed[]) {}

  /** Slot up to which all is consumed. @param low the log's first offset: what lay before it is gone */
  upTo(low: bigint): number {
    // Every account begins at slot 0: one without its begin was begun in a database that has forgotten that.
    let end = Math.max(this.ranges[0]?.from === 0 ? this.ranges[0].next : 0, slotOf(low));
    for (const { from, next } of this.ranges) if (from <= end) end = Math.max(end, next);
    return end;
  }

  /** Offset of the first record that is not wholly consumed. */
  next(low: bigint): bigint {
    return offsetOf(this.upTo(low));
  }
}

/**
 * What the database has consumed of the log, written in the transactions that consume it (docs/adr/0041). The group's committed offsets say
 * what a database had that may have forgotten since; this says what this database has. Where it lacks what was committed, it has forgotten.
 */
export class ConsumedPositions {
  constructor(
    private readonly db: Database,
    private readonly topic: string,
  ) {}

  /** Notes, within the transaction that settles them, that these claims of the log are consumed. Claims of the intake have no position. */
  async record(tx: EntityManager, claims: readonly LoggedClaim[]): Promise<void> {
    const ranges = merged(claims);
    if (ranges.length > 0) await this.insert(tx, ranges);
  }

  /** Notes a stretch of the log without a claim. */
  async skip(range: SlotRange): Promise<void> {
    await this.db.write((tx) => this.insert(tx, [{ ...range, epoch: 0 }]));
  }

  async read(): Promise<Map<number, Coverage>> {
    const rows: Row[] = await this.db.read.query(
      'SELECT partition_no, from_slot, next_slot, epoch FROM consumed_positions WHERE topic = ? ORDER BY partition_no, from_slot',
      [this.topic],
    );
    const found = new Map<number, Consumed[]>();
    for (const row of rows) {
      const partition = Number(row.partition_no);
      const ranges = found.get(partition) ?? [];
      found.set(partition, ranges);
      ranges.push({
        partition,
        from: Number(row.from_slot),
        next: Number(row.next_slot),
        epoch: Number(row.epoch),
      });
    }
    return new Map([...found].map(([partition, ranges]) => [partition, new Coverage(ranges)]));
  }

  /** The highest epoch of which a record was consumed; 0 for none. */
  async newestEpoch(tx: EntityManager = this.db.read): Promise<number> {
    const rows: { epoch: number | null }[] = await tx.query(
      'SELECT MAX(epoch) AS epoch FROM consumed_positions WHERE topic = ?',
      [this.topic],
    );
    return Number(rows[0]?.epoch ?? 0);
  }

  /** Begins the account of a partition: all before `offset` counts as consumed. One that has begun stays as it is. */
  async begin(partition: number, offset: bigint): Promise<void> {
    await this.db.write((tx) => this.insert(tx, [{ partition, from: 0, next: slotOf(offset), epoch: 0 }]));
  }

  /** Begins anew with a partition that was emptied since: its offsets are given again. */
  async restart(partition: number, offset: bigint): Promise<void> {
    await this.db.write(async (tx) => {
      const epoch = await this.newestEpoch(tx);
      await tx.query('DELETE FROM consumed_positions WHERE topic = ? AND partition_no = ?', [
        this.topic,
        partition,
      ]);
      await this.insert(tx, [{ partition, from: 0, next: slotOf(offset), epoch }]);
    });
  }

  /** Merges what follows without a gap. Ranges that are written meanwhile stay. */
  async compact(partition: number, { ranges }: Coverage, end: number): Promise<void> {
    const [first] = ranges;
    if (!first || ranges.length <= RANGES_MAX) return;
    const epoch = Math.max(...ranges.map((range) => range.epoch));
    await this.db.write(async (tx) => {
      await this.insert(tx, [{ ...first, next: end, epoch }]);
      await tx.query(
        'DELETE FROM consumed_positions WHERE topic = ? AND partition_no = ? AND from_slot > ? AND next_slot <= ?',
        [this.topic, partition, first.from, end],
      );
    });
  }

  private async insert(tx: EntityManager, ranges: readonly Consumed[]): Promise<void> {
    await tx.query(
      `INSERT INTO consumed_positions (${COLUMNS}) VALUES ${placeholders(ranges.length, 5)} ${this.db.keepGreater('topic, partition_no, from_slot', ['next_slot', 'epoch'])}`,
      ranges.flatMap(({ partition, from, next, epoch }) => [this.topic, partition, from, next, epoch]),
    );
  }
}

type Mutable = { -readonly [Key in keyof Consumed]: Consumed[Key] };

/** The ranges of the claims, joined where one follows another. Claims come in the order of the log, so one pass leaves few ranges to sort. */
function merged(claims: readonly LoggedClaim[]): readonly Consumed[] {
  const runs: Mutable[] = [];
  for (const { record, position } of claims) {
    if (!position?.covers) continue;
    const { from, next } = position.covers;
    append(runs, position.partition, from, next, record.epoch);
  }
  if (runs.length < 2) return runs;
  const joined: Mutable[] = [];
  runs.sort((a, b) => a.partition - b.partition || a.from - b.from);
  for (const { partition, from, next, epoch } of runs) append(joined, partition, from, next, epoch);
  return joined;
}

/** Makes the last range longer where this one begins in it or at its end; else it is a range of its own. */
function append(ranges: Mutable[], partition: number, from: number, next: number, epoch: number): void {
  const last = ranges.at(-1);
  if (last?.partition === partition && from >= last.from && from <= last.next) {
    last.next = Math.max(last.next, next);
    last.epoch = Math.max(last.epoch, epoch);
  } else ranges.push({ partition, from, next, epoch });
}
