import type { RateLimitRule } from '../ports/rate-limiter.js';
import { goneAfterMs, newMeter, type Meter } from './meter.js';

/**
 * The meters of all subjects under one rule, in two generations: whoever is seen is in the younger one, and with each change of
 * generation those are forgotten who were not seen since the one before. A list in the order of use would cost a crowd, in which each is
 * seen once, several times as much (docs/adr/0115).
 */
export class Meters {
  private young = new Map<string, Meter>();
  private old = new Map<string, Meter>();
  private changedAt = -Infinity;
  /** By then a subject that was not seen has done nothing that would count. */
  private readonly spanMs: number;

  /** @param most of a generation; above it those who were not seen for longest are forgotten early */
  constructor(
    private readonly rule: RateLimitRule,
    private readonly most: number,
  ) {
    this.spanMs = goneAfterMs(rule);
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  /** @param now of a clock that never goes back, ms */
  known(subject: string, now: number): Meter | undefined {
    const meter = this.young.get(subject);
    if (meter) return meter;
    const before = this.old.get(subject);
    if (before) this.keep(subject, before, now);
    return before;
  }

  begin(subject: string, now: number): Meter {
    const meter = newMeter(this.rule);
    this.keep(subject, meter, now);
    return meter;
  }

  /** Forgets the older generation. */
  age(now: number): void {
    this.old = this.young;
    this.young = new Map();
    this.changedAt = now;
  }

  private keep(subject: string, meter: Meter, now: number): void {
    if (this.young.size >= this.most || now - this.changedAt >= this.spanMs) this.age(now);
    this.young.set(subject, meter);
  }
}
