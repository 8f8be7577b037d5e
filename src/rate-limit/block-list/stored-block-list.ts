import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { CONFIG, type Config } from '../../config/index.js';
import { Database } from '../../database/database.js';
import { Broadcast } from '../../broadcast/broadcast.js';
import { Metrics } from '../../observability/metrics.js';
import { Clock } from '../../common/clock.js';
import { BlockList, type Block } from '../ports/block-list.js';
import { BlockEntity, blockOf } from './block.entity.js';
import { SubjectIndex } from './subject-index.js';

/** Broadcast channel: the table of blocks has changed. */
export const BLOCKS_CHANGED = 'blocks-changed';

const PAGE = 1_000;

interface HeldPage {
  readonly kind?: Block['subject']['kind'] | undefined;
  readonly take: number;
  /** Ids of blocks; at most one of the two. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/**
 * All blocks in force, in this process. The table is the truth; a broadcast tells of changes at once, and a poll of what
 * the broadcast lost. With the database away it keeps what it knows.
 */
@Injectable()
export class StoredBlockList extends BlockList implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('BlockList');
  private readonly index = new SubjectIndex();
  /** The last change that was read. */
  private seen = 0;
  /** When the next of the held blocks ends. */
  private nextEnd = Infinity;
  private reading: Promise<void> | undefined;
  private asked = false;
  private failing = false;
  private readonly listeners: ((block: Block) => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'BLOCK_LIST_POLL_MS'>,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    broadcast: Broadcast,
  ) {
    super();
    broadcast.subscribe(BLOCKS_CHANGED, () => void this.look());
  }

  /** Nobody is let in before the blocks are known. @throws the database's error */
  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.timer = setInterval(() => void this.look(), this.config.BLOCK_LIST_POLL_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.reading?.catch(() => undefined);
  }

  blockedAddress(address: string): Block | undefined {
    return this.index.ofAddress(address, this.clock.now());
  }

  blockedUser(userId: string): Block | undefined {
    return this.index.ofUser(userId, this.clock.now());
  }

  onBlocked(listener: (block: Block) => void): void {
    this.listeners.push(listener);
  }

  /** Blocks held. */
  get size(): number {
    return this.index.size;
  }

  /**
   * Blocks in force of one kind, or of both: the newest behind `after`, or with `before` the oldest that are newer, nearest first. At
   * no time more than twice as many are sorted as are taken.
   */
  page({ kind, take, after, before }: HeldPage): Block[] {
    const now = this.clock.now();
    const sign = before === undefined ? -1 : 1;
    const order = (a: Block, b: Block): number => (a.id < b.id ? -sign : sign);
    let found: Block[] = [];
    for (const block of this.index.blocks()) {
      const { id, subject, endsAt } = block;
      const isMeant = (kind === undefined || subject.kind === kind) && (endsAt === null || endsAt > now);
      if (!isMeant || (after !== undefined && id >= after) || (before !== undefined && id <= before))
        continue;
      found.push(block);
      if (found.length === 2 * take) found = found.sort(order).slice(0, take);
    }
    return found.sort(order).slice(0, take);
  }

  /** Resolves when every change that was committed before the call is known here. @throws the database's error */
  refresh(): Promise<void> {
    this.asked = true;
    this.reading ??= this.readWhileAsked();
    return this.reading;
  }

  private async readWhileAsked(): Promise<void> {
    try {
      while (this.asked) {
        this.asked = false;
        await this.read();
      }
    } finally {
      this.reading = undefined;
    }
  }

  private async read(): Promise<void> {
    for (;;) {
      const rows = await this.database.read.find(BlockEntity, {
        where: { changeNumber: MoreThan(this.seen) },
        order: { changeNumber: 'ASC' },
        take: PAGE,
      });
      for (const row of rows) this.apply(row);
      if (rows.length < PAGE) break;
    }
    const now = this.clock.now();
    if (now >= this.nextEnd) this.dropEnded(now);
    this.metrics.blocksHeld.set(this.index.size);
  }

  private apply(row: BlockEntity): void {
    this.seen = row.changeNumber;
    if (row.removedAt !== null || (row.endsAt !== null && row.endsAt <= this.clock.now())) {
      this.index.remove(row.id);
      return;
    }
    const block = blockOf(row);
    this.index.add(block);
    for (const listener of this.listeners) listener(block);
    this.nextEnd = Math.min(this.nextEnd, row.endsAt ?? Infinity);
  }

  private dropEnded(now: number): void {
    this.nextEnd = Infinity;
    for (const { id, endsAt } of this.index.blocks()) {
      if (endsAt === null) continue;
      if (endsAt <= now) this.index.remove(id);
      else this.nextEnd = Math.min(this.nextEnd, endsAt);
    }
  }

  /** `refresh` by itself: a failure is told once, and the next look makes it good. */
  private async look(): Promise<void> {
    try {
      await this.refresh();
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.logger.warn({ err: error }, 'blocks cannot be read; those known stay in force');
      this.failing = true;
    }
  }
}
