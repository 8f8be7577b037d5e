import { Clock } from '../../../src/common/clock.js';

/** Seeded numbers (mulberry32, T. Ettinger, public domain): one seed, one run. */
export class Dice {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }
}

const LOOK_MS = 50;

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Virtual time: a queue of what will happen. After each happening all promises that can move are let run, so nothing
 * depends on the real clock or on the machine.
 */
export class World {
  now = 1_800_000_000_000;
  readonly trace: string[] = [];
  private readonly queue: Happening[] = [];
  private order = 0;

  constructor(
    readonly dice: Dice,
    private readonly tracing: boolean,
  ) {}

  say(text: () => string): void {
    if (this.tracing) this.trace.push(`${(this.now - 1_800_000_000_000).toFixed(1).padStart(9)} ${text()}`);
  }

  in(ms: number, run: () => void): void {
    const { queue } = this;
    const entry = { at: this.now + ms, order: this.order++, run };
    let i = queue.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, queue[parent] as Happening)) break;
      queue[i] = queue[parent] as Happening;
      i = parent;
    }
    queue[i] = entry;
  }

  /** Lets things happen until `done` or the time `end` is reached. @returns whether `done` was reached */
  async runUntil(end: number, done: () => boolean = () => false): Promise<boolean> {
    for (let look = this.now; ;) {
      if (this.now >= look) {
        if (done()) return true;
        look = this.now + LOOK_MS;
      }
      const next = this.queue[0];
      if (!next || next.at > end) {
        this.now = Math.max(this.now, end);
        return false;
      }
      this.takeFirst();
      this.now = Math.max(this.now, next.at);
      next.run();
      await settled();
    }
  }

  private takeFirst(): void {
    const { queue } = this;
    const last = queue.pop() as Happening;
    if (queue.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && before(queue[child + 1] as Happening, queue[child] as Happening))
        child++;
      if (!before(queue[child] as Happening, last)) break;
      queue[i] = queue[child] as Happening;
      i = child;
    }
    queue[i] = last;
  }
}

const before = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Ticks run when no promise is left that could move: Node empties the one queue before the other. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** One life of one process, from its start to its death. */
export class Life {
  alive = true;
  frozenUntil = 0;
  private readonly mourners: (() => void)[] = [];

  constructor(
    readonly world: World,
    readonly name: string,
    /** How far its wall clock is off, ms. */
    readonly skew: number,
  ) {}

  /** kill -9: nothing of it runs again, and nothing reaches it. */
  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.world.say(() => `${this.name} is killed`);
    for (const mourn of this.mourners) mourn();
  }

  onDeath(mourn: () => void): void {
    this.mourners.push(mourn);
  }

  /**
   * For a client of this life: its answer or its death, whichever comes first, counts.
   * @param mourn what a death leads to
   * @returns takes what an answer leads to
   */
  heardFirst(mourn: () => void): (work: () => void) => void {
    let heard = false;
    const answer = (work: () => void): void => {
      if (heard) return;
      heard = true;
      work();
    };
    this.onDeath(() => answer(mourn));
    return answer;
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  freeze(ms: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, this.world.now + ms);
    this.world.say(() => `${this.name} is stopped for ${ms} ms`);
  }

  /** Runs `work` in this life after `ms`, later while it is stopped, never when it is dead. */
  in(ms: number, work: () => void): void {
    const due = (): void => {
      if (!this.alive) return;
      const wait = this.frozenUntil - this.world.now;
      if (wait > 0) this.world.in(wait, due);
      else work();
    };
    this.world.in(ms, due);
  }
}

/** The clock of one life; its waiting ends with it. */
export class SimClock extends Clock {
  constructor(private readonly life: Life) {
    super();
  }

  now(): number {
    return Math.floor(this.life.world.now + this.life.skew);
  }

  monotonic(): number {
    return this.life.world.now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.life.in(ms, resolve));
  }

  sleepUpTo(maxMs: number): Promise<void> {
    return this.sleep(this.life.world.dice.next() * maxMs);
  }

  every(ms: number, work: () => void): () => void {
    let stopped = false;
    const next = (): void =>
      this.life.in(ms, () => {
        if (stopped) return;
        work();
        next();
      });
    next();
    return () => {
      stopped = true;
    };
  }

  soon(work: () => void): void {
    this.life.in(0, work);
  }
}
