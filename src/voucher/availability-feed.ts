import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { availabilityBody, type Availability } from './voucher.view.js';
import { VoucherCatalogue } from './voucher-catalogue.js';

/** How often one voucher is looked at, however many watch it: also the shortest time between two events. */
const LOOK_LIVE_MS = 250;
/** Nothing sells then; what time and merchants do is seen soon enough. */
const LOOK_IDLE_MS = 500;
/** A page says that its numbers are old after 4.5 s of silence (web/src/lib/freshness.ts). Proxies let go after 30 to 60 s. */
const HEARTBEAT_MS = 2_000;
/** So many are written to in one turn of the event loop: claims are answered between two slices. */
const SLICE = 200;
/** Events that a watcher has not taken: about a hundred. One that is slower is cut off, and its browser connects again. */
const BEHIND_MAX_BYTES = 16_384;

/** An event and no comment: browsers tell their pages nothing of comments. */
const HEARTBEAT = Buffer.from('event: heartbeat\ndata: {}\n\n');

/** One who watches: a response that stays open. */
export interface Watcher {
  readonly writableLength: number;
  write(chunk: Buffer): boolean;
  end(): unknown;
  destroy(): unknown;
}

/**
 * The remaining stock of vouchers as it changes. One look a voucher and instance, one buffer an event, however many
 * watch (docs/adr/0028).
 */
@Injectable()
export class AvailabilityFeed implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Feed');
  private readonly topics = new Map<string, Topic>();
  private readonly stopHeartbeat: () => void;
  private watching = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'WATCHERS_MAX'>,
    private readonly vouchers: VoucherCatalogue,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.stopHeartbeat = clock.every(HEARTBEAT_MS, () => {
      for (const topic of this.topics.values()) topic.beat();
    });
  }

  /** @throws Problem overloaded where as many watch as may */
  requireRoom(): void {
    if (this.watching >= this.config.WATCHERS_MAX) throw new Problem('overloaded', { retryAfterS: 5 });
  }

  /**
   * Writes what is known now, and each change from now on, until the returned function is called. A watcher that ends or is
   * cut off must call it too.
   * @param now what the caller has just read
   */
  watch(watcher: Watcher, now: Availability): () => void {
    const { voucherId } = now;
    let topic = this.topics.get(voucherId);
    if (!topic) {
      topic = new Topic(this.clock, () => this.metrics.watchersDropped.inc());
      this.topics.set(voucherId, topic);
      topic.shown = now;
      topic.frame = frameOf(now);
      void this.follow(voucherId, topic);
    }
    watcher.write(topic.frame);
    topic.watchers.add(watcher);
    this.metrics.watchers.set((this.watching += 1));
    const joined = topic;
    let gone = false;
    return () => {
      if (gone) return;
      gone = true;
      joined.watchers.delete(watcher);
      this.metrics.watchers.set((this.watching -= 1));
    };
  }

  /** Streams would keep the server open. */
  beforeApplicationShutdown(): void {
    this.stopHeartbeat();
    for (const topic of this.topics.values()) topic.end();
    this.topics.clear();
  }

  /** Looks for as long as somebody watches. */
  private async follow(voucherId: string, topic: Topic): Promise<void> {
    for (;;) {
      await this.clock.sleep(topic.shown?.status === 'live' ? LOOK_LIVE_MS : LOOK_IDLE_MS);
      if (topic.watchers.size === 0 || this.topics.get(voucherId) !== topic) break;
      const found = await this.look(voucherId);
      topic.known = found !== undefined;
      if (found === undefined) continue;
      // Put away by its merchant: nobody may see it any more.
      if (found === null) {
        topic.end();
        break;
      }
      if (found.etag === topic.shown?.etag) continue;
      topic.shown = found;
      topic.frame = frameOf(found);
      topic.send(topic.frame);
    }
    if (this.topics.get(voucherId) === topic) this.topics.delete(voucherId);
  }

  /** `undefined` where it cannot be told now: the next look may. */
  private async look(voucherId: string): Promise<Availability | null | undefined> {
    try {
      return await this.vouchers.availability(voucherId);
    } catch (error) {
      this.logger.debug({ voucherId, err: error }, 'watchers have to wait for the remaining stock');
      return undefined;
    }
  }
}

/** One voucher and those who watch it. */
class Topic {
  readonly watchers = new Set<Watcher>();
  shown: Availability | undefined;
  frame: Buffer = HEARTBEAT;
  /** Whether the last look told anything: a heartbeat says that the last number still holds. */
  known = true;
  private busy = false;
  /** What comes after the frame that is being written; only the latest counts. */
  private next: Buffer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly onDrop: () => void,
  ) {}

  /** Writes the same bytes to all, a slice at a time. */
  send(frame: Buffer): void {
    if (this.busy) {
      if (frame !== HEARTBEAT) this.next = frame;
      return;
    }
    this.busy = true;
    this.slice(frame, this.watchers.values());
  }

  beat(): void {
    if (this.known) this.send(HEARTBEAT);
  }

  end(): void {
    for (const watcher of this.watchers) watcher.end();
  }

  private slice(frame: Buffer, rest: Iterator<Watcher>): void {
    for (let written = 0; written < SLICE; written += 1) {
      const step = rest.next();
      if (step.done) return this.written();
      this.write(step.value, frame);
    }
    this.clock.soon(() => this.slice(frame, rest));
  }

  private written(): void {
    this.busy = false;
    const { next } = this;
    this.next = undefined;
    if (next) this.send(next);
  }

  private write(watcher: Watcher, frame: Buffer): void {
    if (watcher.writableLength <= BEHIND_MAX_BYTES) {
      watcher.write(frame);
      return;
    }
    this.onDrop();
    watcher.destroy();
  }
}

const frameOf = (availability: Availability): Buffer =>
  Buffer.from(`event: availability\ndata: ${JSON.stringify(availabilityBody(availability))}\n\n`);
