import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { PhoneCodes, type CodeCheck } from '../ports/phone-codes.js';

interface Entry {
  readonly codeHash: string;
  readonly endsAt: number;
  tries: number;
}

/** More codes than this and the oldest ends early: memory is bounded. */
const MAX_CODES = 100_000;

/** One-time codes in this process, for embedded mode. */
export class EmbeddedPhoneCodes extends PhoneCodes {
  /** In the order they were put, and all live equally long: what ends first is always in front. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly clock: Clock,
    private readonly options: { readonly ttlS: number; readonly tries: number },
  ) {
    super();
  }

  async put(wayHash: string, codeHash: string): Promise<void> {
    const now = this.clock.monotonic();
    this.entries.delete(wayHash);
    this.entries.set(wayHash, { codeHash, endsAt: now + this.options.ttlS * 1_000, tries: 0 });
    for (const [key, { endsAt }] of this.entries) {
      if (endsAt > now && this.entries.size <= MAX_CODES) break;
      this.entries.delete(key);
    }
  }

  async check(wayHash: string, codeHash: string): Promise<CodeCheck> {
    const entry = this.entries.get(wayHash);
    if (!entry || entry.endsAt <= this.clock.monotonic()) return 'none';
    const [current, given] = [Buffer.from(entry.codeHash), Buffer.from(codeHash)];
    if (current.length === given.length && timingSafeEqual(current, given)) {
      this.entries.delete(wayHash);
      return 'right';
    }
    entry.tries += 1;
    if (entry.tries >= this.options.tries) this.entries.delete(wayHash);
    return 'wrong';
  }
}
