import type { Life, World } from './world.js';

/** Every call that leaves a process, by number: a process can be killed or stopped before and after each. */
export const STEPS = [
  'gate.now',
  'gate.claim',
  'gate.confirm',
  'gate.status',
  'gate.vouchers',
  'gate.pendingSize',
  'gate.pendingBefore',
  'gate.configure',
  'gate.prepare',
  'gate.holds',
  'gate.writable',
  'gate.revoke',
  'gate.holders',
  'gate.begin',
  'gate.announce',
  'gate.users',
  'gate.seal',
  'gate.finish',
  'gate.giveBack',
  'gate.offer',
  'log.append',
  'log.end',
  'log.position',
  'log.fetch',
  'log.commit',
  'db.epoch.read',
  'db.epoch.hold',
  'db.epoch.lock',
  'db.epoch.raise',
  'db.epoch.barrier',
  'db.epoch.history',
  'db.epoch.opening',
  'db.epoch.open',
  'db.claims.existing',
  'db.claims.insert',
  'db.outbox.insert',
  'db.positions.insert',
  'db.positions.read',
  'db.stock.take',
  'db.moves.lock',
  'db.moves.update',
  'db.listed.insert',
  'db.listed.replace',
  'db.listed.delete',
  'db.audit.insert',
  'db.returns.stock',
  'db.returns.take',
  'db.returns.insert',
  'db.returns.read',
  'db.returns.due',
  'db.returns.settle',
  'db.holds.insert',
  'db.holds.delete',
  'db.holds.due',
  'db.holds.issue',
  'db.waiting.hold',
  'db.waiting.told',
  'db.waiting.change',
  'db.waiting.join',
  'db.waiting.last',
  'db.waiting.next',
  'db.waiting.offered',
  'db.waiting.offer',
  'db.waiting.end',
  'db.expiry.due',
  'db.expiry.voucher',
  'db.expiry.read',
  'db.expiry.time',
  'db.expiry.hold',
  'db.expiry.progress',
  'db.expiry.finish',
  'db.redemptions.find',
  'db.redemptions.insert',
  'db.redemptions.holding',
  'db.redemptions.rollBack',
  'db.intake.insert',
  'db.intake.read',
  'db.intake.delete',
  'db.intake.depth',
  'db.outbox.read',
  'db.outbox.packs',
  'db.outbox.sent',
  'db.outbox.depth',
  'db.vouchers.read',
  'db.rebuild.sizes',
  'db.rebuild.counts',
  'db.rebuild.users',
  'db.rebuild.terms',
  'db.claim.find',
  'db.voucher.find',
  'db.commit',
  'events.send',
  'broadcast.publish',
] as const;
export type Step = (typeof STEPS)[number];

/** Calls that a run may make and that no fault aims at. */
export type Call = Step | `db.rare.${string}` | `gate.rare.${string}`;

export interface StepFault {
  readonly step: Step;
  /** 1 for the first time that anybody takes the step. */
  readonly time: number;
  readonly when: 'before' | 'after';
  /** 0: killed; else stopped for so long. */
  readonly stopMs: number;
}

/** What a server does to those who call it. */
export class Server {
  /** Refuses connections until then. */
  awayUntil = 0;
  /** Answers late until then. */
  slowUntil = 0;
  /** Of answers that do not arrive, though the work was done. */
  lostAnswers = 0;

  constructor(
    readonly name: string,
    /** @param sent whether the work may have been done */
    readonly failure: (sent: boolean) => Error,
  ) {}
}

/** Carries calls from lives to servers and back, and hurts them on the way. */
export class Network {
  /** `<step>/<before|after>` of each life that was killed there. */
  readonly killedAt = new Set<string>();
  private readonly taken = new Map<string, number>();
  private readonly late: { readonly life: Life; readonly step: Call; readonly ms: number }[] = [];

  constructor(
    private readonly world: World,
    private faults: readonly StepFault[],
  ) {}

  heal(): void {
    this.faults = [];
  }

  /** The answer to the next call of that step by that life comes so much later. */
  delayNext(life: Life, step: Step, ms: number): void {
    this.late.push({ life, step, ms });
  }

  private lateness(life: Life, step: Call): number {
    const found = this.late.findIndex((each) => each.life === life && each.step === step);
    return found < 0 ? 0 : (this.late.splice(found, 1)[0]?.ms ?? 0);
  }

  call<T>(life: Life, server: Server, step: Call, work: () => T | Promise<T>): Promise<T> {
    const { world } = this;
    const { dice } = world;
    const time = (this.taken.get(step) ?? 0) + 1;
    this.taken.set(step, time);
    const fault =
      this.faults.length === 0
        ? undefined
        : this.faults.find((entry) => entry.step === step && entry.time === time);
    world.say(() => `${life.name} -> ${step} #${time}`);
    if (fault?.when === 'before') this.strike(life, fault);
    const late = this.late.length === 0 ? 0 : this.lateness(life, step);
    return new Promise<T>((resolve, reject) => {
      const answer = (deliver: () => void): void => {
        const slow = server.slowUntil > world.now ? dice.between(20, 900) : 0;
        life.in(0.2 + dice.next() * 2 + slow + late, deliver);
      };
      const arrive = (): void => {
        if (server.awayUntil > world.now) return answer(() => reject(server.failure(false)));
        const done = (deliver: () => void): void => {
          if (fault?.when === 'after') this.strike(life, fault);
          if (server.lostAnswers > 0 && dice.chance(server.lostAnswers)) {
            world.say(() => `${life.name} <- ${step} #${time}: the answer is lost`);
            answer(() => reject(server.failure(true)));
          } else answer(deliver);
        };
        Promise.resolve()
          .then(work)
          .then(
            (value) => done(() => resolve(value)),
            (error: Error) => {
              world.say(() => `${life.name} <- ${step} #${time}: ${String(error)}`);
              done(() => reject(error));
            },
          );
      };
      const slow = server.slowUntil > world.now ? dice.between(20, 900) : 0;
      const way = 0.2 + dice.next() * 2 + slow;
      // What is sent arrives, even when the sender dies meanwhile; a sender that is dead or stopped has not sent yet.
      if (!life.alive) return;
      if (life.frozenUntil > world.now) life.in(0, () => world.in(way, arrive));
      else world.in(way, arrive);
    });
  }

  private strike(life: Life, { step, when, stopMs }: StepFault): void {
    this.world.say(() => `fault: ${when} ${step}`);
    if (stopMs > 0) return life.freeze(stopMs);
    this.killedAt.add(`${step}/${when}`);
    life.kill();
  }
}
