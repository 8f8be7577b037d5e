import { setTimeout as delay } from 'node:timers/promises';
import type { Metrics } from '../observability/metrics.js';
import type { IdFilter } from './id-filter.js';
import type { LoadToken, LocalLevel } from './local-level.js';
import { draw, type CacheFamily, type CachePolicy } from './policies/policies.js';
import type { SharedLevel, SharedName, SharedRead } from './shared-level.js';

/** How often one who waits for another's load looks for it. */
const WAIT_STEP_MS = 15;

/** Who answered: `filter` and `joined` (another read's load, here) cost nothing further down, as the first two. */
export const LEVELS = ['local', 'local-stale', 'joined', 'filter', 'shared', 'shared-stale', 'load'] as const;
type Level = (typeof LEVELS)[number];

export type Load = () => Promise<unknown>;

export interface Answer {
  readonly value: unknown;
  readonly level: Level;
}

export interface Family {
  readonly name: CacheFamily;
  readonly policy: CachePolicy;
  /** `undefined` where there is no Redis, or the family is not kept there. */
  readonly shared: SharedLevel | undefined;
  /** Part of the local names: emptying a family is counting on, and the old entries age out. */
  generation: number;
  filter: IdFilter | undefined;
  readonly count: Readonly<Record<Level, { inc(): void }>>;
}

/** One walk through the levels. */
export interface Walk {
  readonly family: Family;
  readonly local: string;
  readonly shared: SharedName;
  readonly token: LoadToken;
  readonly load: Load;
}

/** The way through the levels below the one in process, and what it leaves on the way back. */
export class Levels {
  constructor(
    private readonly local: LocalLevel,
    private readonly metrics: Metrics,
    private readonly lockWaitMs: number,
  ) {}

  /** @param onStale called where the answer is one that should be rebuilt */
  async answer(walk: Walk, onStale: () => void): Promise<Answer> {
    const { shared } = walk.family;
    if (!shared) return this.load(walk);
    const read = await shared.read(walk.shared);
    if (read.kind === 'away') return this.load(walk);
    if (read.kind === 'miss') return this.loadOrWait(walk, shared, read.stamp);
    if (!read.fresh) onStale();
    return this.keep(walk, read);
  }

  /** No level has it: one loads, under the lock, and the others wait a little for what it leaves. */
  private async loadOrWait(walk: Walk, shared: SharedLevel, stamp: string): Promise<Answer> {
    const { family } = walk;
    const steps = Math.ceil(this.lockWaitMs / WAIT_STEP_MS);
    for (let step = 0, seen = stamp; ; step += 1) {
      const unlock = await shared.lock(walk.shared, seen);
      const read = await shared.read(walk.shared);
      try {
        if (read.kind === 'hit') {
          if (step > 0) this.metrics.cacheLockWaits.inc({ family: family.name, outcome: 'filled' });
          return this.keep(walk, read);
        }
        if (unlock || read.kind === 'away') return await this.load(walk, read);
      } finally {
        void unlock?.(); // no answer waits for it
      }
      if (step >= steps) {
        // Whoever has the lock is slow, or dead.
        this.metrics.cacheLockWaits.inc({ family: family.name, outcome: 'gave_up' });
        return this.load(walk, read);
      }
      seen = read.stamp;
      await delay(WAIT_STEP_MS);
    }
  }

  /** Brings what is stale up to date, unless another instance does. @throws what the loader throws */
  async rebuild(walk: Walk): Promise<void> {
    const { family } = walk;
    const done = (outcome: string) => this.metrics.cacheRebuilds.inc({ family: family.name, outcome });
    const { shared } = family;
    const first = await shared?.read(walk.shared);
    if (!shared || !first || first.kind === 'away') {
      await this.load(walk);
      done('loaded');
      return;
    }
    if (first.kind === 'hit' && first.fresh) {
      this.keep(walk, first);
      return;
    }
    const unlock = await shared.lock(walk.shared, first.stamp);
    if (!unlock) {
      done('elsewhere');
      return;
    }
    try {
      // Between the look and the lock another instance may have done it.
      const read = await shared.read(walk.shared);
      if (read.kind === 'hit' && read.fresh) {
        this.keep(walk, read);
        done('elsewhere');
        return;
      }
      await this.load(walk, read);
      done('loaded');
    } finally {
      void unlock();
    }
  }

  /** @param before what the shared level said before; without it nothing is left there */
  private async load(walk: Walk, before?: SharedRead): Promise<Answer> {
    const { family, token, shared } = walk;
    const value = (await walk.load()) ?? null;
    if (before && before.kind !== 'away' && !token.stale) {
      const lifetime = draw(family.policy.shared, family.policy, value === null, Math.random());
      await family.shared?.write(shared, before.stamp, value, lifetime);
    }
    this.keepLocal(walk, value, true);
    return { value, level: 'load' };
  }

  private keep(walk: Walk, read: Extract<SharedRead, { kind: 'hit' }>): Answer {
    this.keepLocal(walk, read.value, read.fresh);
    return { value: read.value, level: read.fresh ? 'shared' : 'shared-stale' };
  }

  private keepLocal({ family, local, token }: Walk, value: unknown, fresh: boolean): void {
    const { policy } = family;
    this.local.set(local, value, token, draw(policy.local, policy, value === null, Math.random()), fresh);
  }
}
