import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { dueMove, isRunning, judgeMove } from './domain/lifecycle.js';
import { WARM_BEFORE_OPENING_MS } from './domain/preflight.js';
import { dueWave } from './domain/waves.js';
import { GateSync } from './gate-sync.js';
import { StockWaves } from './stock-waves.js';
import { VoucherAudit } from './voucher-audit.js';
import { VoucherGate } from './ports/voucher-gate.js';
import type { Voucher } from './voucher.entity.js';
import { VoucherRepository } from './voucher.repository.js';
import { VoucherCatalogue } from './voucher-catalogue.js';

const PAGE = 500;
const CONCURRENCY = 16;
/** A process whose last run is longer ago takes over from one that may have left something undone. */
const TAKEOVER_MS = 30_000;

/**
 * What time does to vouchers, and what the gate must hear of them: opens and closes in the database, brings the gate to
 * the stored state, warms the caches. Safe when two instances run it at once: moves are compare-and-set, gate calls
 * idempotent and ordered by version.
 */
@Injectable()
export class VoucherLifecycle {
  private readonly logger = new Logger('Voucher');
  /** Failed last time. They go last, so that they keep nobody waiting, and are logged once. */
  private readonly failing = new Set<string>();
  private lastRun = -Infinity;

  constructor(
    private readonly store: VoucherRepository,
    private readonly vouchers: VoucherCatalogue,
    private readonly sync: GateSync,
    private readonly clock: Clock,
    private readonly gate: VoucherGate,
    private readonly audit: VoucherAudit,
    private readonly waves: StockWaves,
  ) {}

  /**
   * One run; the job calls it about every second.
   * @param options.all brings every running voucher to the gate and the caches whatever was done before: at start, and
   *   after the gate was rebuilt
   * @throws the database's error, and that of the gate whose clock it goes by; a voucher that the gate does not take is logged and comes again with the next run
   */
  async run(options: { readonly all?: boolean } = {}): Promise<void> {
    const started = this.clock.monotonic();
    const wide = options.all === true || started - this.lastRun > TAKEOVER_MS;
    this.lastRun = started;
    if (options.all === true) this.sync.forgetAll();

    // A process whose own clock is fast would end a voucher for everybody, before its time.
    const now = await this.gate.now();
    const running = new Set<string>();
    const behind: Voucher[] = [];
    const releasing: Voucher[] = [];
    for await (const page of this.store.published(PAGE, wide)) {
      for (const stored of page) {
        running.add(stored.id);
        const voucher = await this.moveByTime(stored, now);
        if (voucher && isRunning(voucher.status) && dueWave(voucher.waves, now)) releasing.push(voucher);
        if (voucher && !this.sync.isApplied(voucher)) behind.push(voucher);
      }
      await this.warmOpening(page);
    }
    behind.push(...(await this.endedMeanwhile(running)));
    await this.bringToGate(behind);
    await this.waves.release(releasing, now);
  }

  /** @returns the voucher as it now is, `undefined` where it could not be moved now */
  private async moveByTime(voucher: Voucher, now: number): Promise<Voucher | undefined> {
    const move = dueMove(voucher, now);
    if (!move) return voucher;
    const outcome = judgeMove(voucher, move, now);
    if (outcome.kind !== 'moved') return voucher;
    try {
      const details = { from: voucher.status, to: outcome.status };
      const done = outcome.status === 'live' ? 'opened' : 'closed';
      const also = this.audit.byTime(voucher.merchantId, done, voucher.id, details);
      const moved = await this.store.change(voucher, { status: outcome.status }, also);
      if (moved)
        this.logger.log(
          { voucherId: voucher.id, from: voucher.status, to: moved.status },
          'voucher moved by time',
        );
      return moved; // else somebody was faster; the next run sees what they did
    } catch (error) {
      this.logger.error(
        { voucherId: voucher.id, move, err: error },
        'a due move could not be stored; it is tried again',
      );
      return undefined;
    }
  }

  /** Vouchers that this process knew as running and that no longer are: the gate must hear of their end. */
  private async endedMeanwhile(running: ReadonlySet<string>): Promise<Voucher[]> {
    const gone = this.sync.remembered.filter((id) => !running.has(id));
    const behind: Voucher[] = [];
    for (let i = 0; i < gone.length; i += PAGE) {
      const ids = gone.slice(i, i + PAGE);
      const found = new Map((await this.store.findMany(ids)).map((voucher) => [voucher.id, voucher]));
      for (const id of ids) {
        const voucher = found.get(id);
        if (!voucher || voucher.status === 'draft') this.sync.forget(id);
        else if (this.sync.isApplied(voucher)) this.sync.forget(id);
        else behind.push(voucher);
      }
    }
    return behind;
  }

  private async bringToGate(behind: readonly Voucher[]): Promise<void> {
    const first = behind.filter(({ id }) => !this.failing.has(id));
    const last = behind.filter(({ id }) => this.failing.has(id));
    const queue = [...first, ...last];
    for (let i = 0; i < queue.length; i += CONCURRENCY) {
      const batch = queue.slice(i, i + CONCURRENCY);
      const done = await Promise.all(batch.map((voucher) => this.bringOne(voucher)));
      // A whole batch refused means the gate is away: the rest would only wait for the same timeouts.
      if (!done.includes(true)) break;
    }
    const waiting = new Set(queue.map(({ id }) => id));
    for (const id of this.failing) if (!waiting.has(id)) this.failing.delete(id);
  }

  private async bringOne(voucher: Voucher): Promise<boolean> {
    const { id, status, version } = voucher;
    try {
      await this.sync.apply(voucher);
      // Whoever stored this version may have died before telling the caches.
      await this.store.dropFromCaches(id);
      await this.vouchers.find(id);
    } catch (error) {
      if (!this.failing.has(id)) {
        this.logger.warn(
          { voucherId: id, status, version, err: error },
          'the gate does not take the voucher; tried again',
        );
      }
      this.failing.add(id);
      return false;
    }
    this.failing.delete(id);
    this.logger.log({ voucherId: id, status, version }, 'voucher brought to the gate');
    return true;
  }

  private async warmOpening(page: readonly Voucher[]): Promise<void> {
    const now = this.clock.now();
    const soon = page.filter(({ opensAt }) => opensAt > now && opensAt - now <= WARM_BEFORE_OPENING_MS);
    await Promise.all(
      soon.map(async ({ id }) => {
        try {
          await this.vouchers.find(id);
        } catch (error) {
          this.logger.warn({ voucherId: id, err: error }, 'a voucher could not be warmed');
        }
      }),
    );
  }
}
