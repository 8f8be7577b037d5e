import { Inject, Injectable, Logger } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../config/index.js';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { affectedRows, Database } from '../../database/database.js';
import { pruneRows } from '../../database/prune.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock, rfc3339OrNull } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { requireCursors } from '../../common/cursors.js';
import type { Block } from '../ports/block-list.js';
import { BlockEntity, blockOf } from './block.entity.js';
import { BLOCKS_CHANGED, StoredBlockList } from './stored-block-list.js';

/** What is over stays this long: for questions, and for processes that were cut off from the database. */
const KEEP_OVER_MS = 7 * 86_400_000;

export type NewBlock = Pick<Block, 'subject' | 'reason' | 'source' | 'createdBy' | 'endsAt'>;

export interface BlockPage {
  readonly kind?: Block['subject']['kind'] | undefined;
  readonly limit: number;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
}

/** The table of blocks. Every change is known here when the call returns, and to all other instances at once. */
@Injectable()
export class Blocks {
  private readonly logger = new Logger('BlockList');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly held: StoredBlockList,
    private readonly broadcast: Broadcast,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param createdAt the moment that `endsAt` was counted from
   * @throws Problem block_list_full
   */
  async add(block: NewBlock, createdAt = this.clock.now()): Promise<Block> {
    if (this.held.size >= this.config.BLOCK_LIST_MAX) throw new Problem('block_list_full');
    const { subject } = block;
    const row = {
      id: newId('blk', createdAt),
      kind: subject.kind,
      subject: subject.kind === 'address' ? subject.range : subject.userId,
      reason: block.reason,
      source: block.source,
      createdBy: block.createdBy,
      createdAt,
      endsAt: block.endsAt,
      removedAt: null,
      removedBy: null,
    };
    await this.database.write(async (tx) => {
      await tx.insert(BlockEntity, { ...row, changeNumber: await nextChange(tx) });
      const { kind, reason, endsAt } = row;
      const details = { kind, subject: row.subject, reason, ends_at: rfc3339OrNull(endsAt) };
      // What the program does by itself stands in the table of blocks: in an attack that is a flood.
      if (block.createdBy !== null) await this.note(tx, 'created', row.id, block.createdBy, details);
    });
    await this.tell();
    this.metrics.blocks.inc({ kind: subject.kind, source: block.source });
    this.logger.warn({ event: 'block.added', block: row }, 'blocked');
    return blockOf({ ...row, changeNumber: 0 });
  }

  /** @returns whether there was such a block in force */
  async remove(id: string, removedBy: string): Promise<boolean> {
    const now = this.clock.now();
    const removed = await this.database.write(async (tx) => {
      const change = await nextChange(tx);
      const rows = await affectedRows(
        tx,
        `UPDATE blocks SET removed_at = ?, removed_by = ?, change_number = ? WHERE id = ? AND ${IN_FORCE}`,
        [now, removedBy, change, id, now],
      );
      if (rows > 0) await this.note(tx, 'removed', id, removedBy);
      return rows;
    });
    if (removed === 0) return false;
    await this.tell();
    this.logger.warn({ event: 'block.removed', block: id, removedBy }, 'unblocked');
    return true;
  }

  /** A block in force. */
  async find(id: string): Promise<Block | undefined> {
    const row = await this.database.read.findOneBy(BlockEntity, { id, removedAt: IsNull() });
    const isOver = row?.endsAt != null && row.endsAt <= this.clock.now();
    return row && !isOver ? blockOf(row) : undefined;
  }

  /**
   * Blocks in force, newest first: out of memory, where no others are. The table keeps those as well that are over.
   * @throws Problem validation_failed for an unknown cursor
   */
  async page(page: BlockPage): Promise<{ blocks: Block[]; hasMore: boolean }> {
    const { kind, limit, starting_after: after, ending_before: before } = page;
    await requireCursors({ after, before }, (id) => this.database.read.existsBy(BlockEntity, { id }));
    await this.held.refresh();
    const found = this.held.page({ kind, take: limit + 1, after, before });
    const blocks = found.slice(0, limit);
    return { blocks: before === undefined ? blocks : blocks.reverse(), hasMore: found.length > limit };
  }

  private note(
    tx: EntityManager,
    done: 'created' | 'removed',
    objectId: string,
    by: string,
    details?: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const entry = { actor: auditActor(by, null), action: `block.${done}`, objectType: 'block', objectId };
    return this.audit.record(tx, this.clock.now(), [{ ...entry, ...(details ? { details } : {}) }]);
  }

  private async tell(): Promise<void> {
    await this.broadcast.publish(BLOCKS_CHANGED, '');
    // What is written is written: the poll finds it where this look fails.
    await this.held.refresh().catch(() => undefined);
  }

  /** Deletes what has been over for a week. @returns how many */
  async prune(): Promise<number> {
    const before = this.clock.now() - KEEP_OVER_MS;
    let removed = 0;
    for (const by of ['removed_at', 'ends_at'])
      removed += await pruneRows(this.database, {
        table: 'blocks',
        key: 'id',
        where: `${by} <= ?`,
        values: [before],
        by,
      });
    return removed;
  }
}

/** One parameter: now. */
const IN_FORCE = 'removed_at IS NULL AND (ends_at IS NULL OR ends_at > ?)';

/** Whoever has the number holds the counter's row until the commit, so numbers rise in the order of commits. */
async function nextChange(tx: EntityManager): Promise<number> {
  await tx.query('UPDATE block_changes SET last = last + 1 WHERE id = 1');
  const [row] = await tx.query<{ last: number | string }[]>('SELECT last FROM block_changes WHERE id = 1');
  return Number(row?.last);
}
