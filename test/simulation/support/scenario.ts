import type { ClaimAttempt } from '../../../src/claim/admission/claim-attempt.js';
import { Coverage } from '../../../src/claim/ledger/consumed-positions.js';
import { unpackClaims } from '../../../src/claim/domain/claim-record.js';
import { eventsOf } from '../../../src/claim/domain/event-pack.js';
import { Problem } from '../../../src/common/problems.js';
import { EPOCHS_KEY, registryKey } from '../../../src/claim/gate/redis/gate-keys.redis.js';
import { SLOTS, slotOf } from '../../../src/redis/hash-slot.js';
import type { PackRow } from '../../../src/database/outbox.js';
import { toGateVoucher, type Voucher } from '../../../src/voucher/index.js';
import { scheduleExpiry } from '../../../src/voucher/expiry-schedule.js';
import { brokenTimes } from './checks-after-issue.js';
import { brokenPromises, type Promised } from './checks.js';
import { Counter, MERCHANT } from './counter.js';
import { nothing, type SimRedis } from './gate.js';
import { STEPS, type Step, type StepFault } from './steps.js';
import { SimulatedInstallation, WHOLE, type Instance, type Parts } from './simulated-installation.js';
import { Dice, World } from './world.js';

const PROCESSES = 2;
const TROUBLE_MS = 3_500;
/** Without faults everything must have drained by then; a leader's lease of 10 s is the longest wait in it. */
const DRAIN_MS = 60_000;
/** Longer than any call takes once all faults are over, and than the times between two looks at the log's account. */
const SETTLE_MS = 12_000;

export const TROUBLES = [
  'gate lost',
  'gate rolled back',
  'gate demoted and promoted',
  'gate begins another history',
  'gate flushed',
  'gate away',
  'gate slow',
  'gate answers lost',
  'log away',
  'log slow',
  'log emptied',
  'log duplicates',
  'log late',
  'database away',
  'database slow',
  'database answers lost',
  'database forgot',
  'broadcasts lost',
  'process killed',
  'process stopped',
  'clocks apart',
] as const;

/** What only a gate of several masters meets. */
export const CLUSTER_TROUBLES = ['slot moved', 'slot moved and back', 'two masters lost'] as const;
export type Trouble = (typeof TROUBLES | typeof CLUSTER_TROUBLES)[number];

const OF_CLUSTER: readonly Trouble[] = [...TROUBLES, ...CLUSTER_TROUBLES, ...CLUSTER_TROUBLES];

/** An id whose slot is at that master at first; its last character tells them apart, as those of one server. */
function idAt(n: number, masters: number): string {
  for (let number = 0; ; number++) {
    const id = `vch_${number.toString(36).padStart(15, '0')}${n}`;
    if (Math.floor((slotOf(id) * masters) / SLOTS) === n % masters) return id;
  }
}

export interface Outcome {
  readonly seed: number;
  /** What a run must not end with; empty when all promises were kept. */
  readonly broken: readonly string[];
  readonly troubles: ReadonlySet<Trouble>;
  readonly killedAt: ReadonlySet<string>;
  readonly accepted: number;
  readonly recoveries: number;
  /** Of these, those that kept slots in an older epoch. */
  readonly kept: number;
  readonly trace: readonly string[];
}

interface ClaimIntent {
  readonly voucherId: string;
  readonly userId: string;
  readonly key: string | undefined;
  readonly at: number;
}

/** As a route makes it of a request, of a voucher that asks for no link. */
const attemptOf = ({ userId, voucherId, key }: ClaimIntent): ClaimAttempt => ({
  actor: { userId },
  voucherId,
  address: '10.0.0.1',
  isClientJudged: true,
  idempotencyKey: key,
  protection: {
    claim_link: false,
    captcha: 'none',
    eligibility: 'everyone',
    requires: 'none',
    onePer: 'account',
    merchantId: 'mer_1',
  },
});

const FINAL = new Set([
  'sold_out',
  'claim_limit_reached',
  'voucher_ended',
  'not_started',
  'paused',
  'not_found',
]);

/** Nothing more comes of waiting. */
const OVER = new Set([
  'not_sold_out',
  'claim_limit_reached',
  'voucher_ended',
  'paused',
  'not_found',
  'no_offer',
  'offer_expired',
]);

/** Gate steps of a recovery, and steps of the intake: they are not taken unless something goes wrong first. */
const NEEDS: Partial<Record<Step, readonly Trouble[]>> = {
  'gate.now': [],
  'gate.writable': [],
  'gate.revoke': ['gate lost', 'gate flushed'],
  'gate.begin': ['gate lost', 'gate flushed'],
  'gate.announce': ['gate lost', 'gate flushed'],
  'gate.users': ['gate lost', 'gate flushed'],
  'gate.seal': ['gate lost', 'gate flushed'],
  'gate.finish': ['gate lost', 'gate flushed'],
  'db.epoch.lock': ['gate lost', 'gate flushed'],
  'db.epoch.raise': ['gate lost'],
  'db.epoch.barrier': ['gate lost', 'gate flushed'],
  'db.epoch.history': ['gate lost', 'gate demoted and promoted'],
  'db.epoch.opening': ['gate lost', 'gate flushed'],
  'db.epoch.open': ['gate lost', 'gate flushed'],
  'db.vouchers.read': ['gate lost'],
  'db.rebuild.sizes': ['gate lost'],
  'db.rebuild.counts': ['gate lost'],
  'db.rebuild.users': ['gate lost'],
  'db.rebuild.terms': ['gate lost'],
  'db.intake.insert': ['log away'],
  'db.intake.delete': ['log away'],
  'db.voucher.find': ['gate flushed'],
  'db.claim.find': ['gate flushed'],
  'gate.pendingBefore': ['log emptied'],
};

/** A step at which some process shall be killed, or stopped for a time. */
type StepAim = Pick<StepFault, 'step' | 'when'> & Partial<Pick<StepFault, 'stopMs'>>;
/** A step at which a process is stopped, or a gate that has forgotten an offer the moment that it is accepted. */
export type Aim = StepAim | 'an accepted offer is forgotten' | ClusterAim;
/** What a gate of several masters meets by chance too seldom. */
type ClusterAim = (typeof CLUSTER_AIMS)[number];
const CLUSTER_AIMS = [
  'a slot comes back at once',
  'one master lost after another',
  'published while the set of vouchers is lost',
  'a voucher that was moved is in no set',
  'asked in an epoch that is over for the voucher',
  'an older version reads the log',
  'an older version comes during a rebuild',
] as const;

/** One run: everything in it follows from the seed. @param masters of the gate; above 1 it is a cluster, whose slots keep their epoch */
export async function run(
  seed: number,
  parts: Parts = WHOLE,
  tracing = false,
  aim?: Aim,
  masters = 1,
): Promise<Outcome> {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  for (let i = 0; i < 3; i++) dice.next();
  const world = new World(dice, tracing);
  return new Scenario(seed, world, parts, aim, masters).play();
}

class Scenario {
  private readonly dice: Dice;
  /** What chance alone would meet too seldom: a process that is stopped while the gate is rebuilt, and goes on. */
  private readonly rarity: 'late record' | 'late publish' | 'late opening' | undefined;
  private readonly stepAim: StepAim | undefined;
  private readonly clusterAim: ClusterAim | undefined;
  private readonly troubles = new Set<Trouble>();
  private readonly vouchers: Voucher[];
  private readonly system: SimulatedInstallation;
  private readonly promised: Promised[] = [];
  private readonly asked = new Set<string>();
  private readonly rejected = new Set<string>();
  private readonly open = new Set<ClaimIntent>();
  private readonly lookedFor = new Map<string, { userId: string; ended: boolean }>();
  /** Claims whose record was destroyed with the log before they were rows. */
  private readonly inLostLog = new Set<string>();
  private readonly excused = new Set<string>();
  private readonly forgottenMoves = new Set<string>();
  private readonly byOffer = new Set<string>();
  /** Claims that their holders asked to cancel. */
  private readonly givenUp = new Set<string>();
  /** Of these, those whose holders have no answer yet. */
  private readonly cancelling = new Set<string>();
  /** Claims that somebody was told are confirmed, and those that somebody was told it was too late for. */
  private readonly confirmed = new Set<string>();
  private readonly tooLate = new Set<string>();
  private readonly confirming = new Set<string>();
  /** `voucher/user` of those who wait, and those of them who were told of their place. */
  private readonly waiting = new Set<string>();
  private readonly placed = new Map<string, { readonly since: number; seen: number }>();
  private readonly counter: Counter;
  /** Edits of vouchers that are not stored yet. */
  private editing = 0;
  /** Of those whose offer was refused while it was out. */
  private readonly refusedEarly: string[] = [];
  private forgot = false;
  private healed = false;

  constructor(
    private readonly seed: number,
    private readonly world: World,
    private readonly parts: Parts,
    private readonly aim: Aim | undefined,
    private readonly masters: number,
  ) {
    this.dice = world.dice;
    this.stepAim = typeof aim === 'object' ? aim : undefined;
    this.clusterAim = CLUSTER_AIMS.find((each) => each === aim);
    const rarities = ['late record', 'late publish', 'late opening'] as const;
    this.rarity = !aim && this.dice.chance(0.27) ? this.dice.pick(rarities) : undefined;
    const faults = this.stepFaults();
    const publishes =
      this.rarity === 'late publish' ||
      this.clusterAim === CLUSTER_AIMS[2] ||
      faults.some(({ step }) => step === 'gate.prepare');
    const count = masters > 1 ? this.dice.between(2, 3) : publishes ? 2 : this.dice.between(1, 2);
    this.vouchers = Array.from({ length: count }, (_, n) => this.makeVoucher(n, publishes));
    this.system = new SimulatedInstallation(world, parts, this.vouchers, faults, masters);
    this.counter = new Counter(world, this.dice, this.system);
  }

  async play(): Promise<Outcome> {
    const { dice, system, world } = this;
    const start = world.now;
    await system.found(this.rarity === 'late opening' || dice.chance(0.1));
    const apart = dice.chance(0.15);
    if (apart) this.troubles.add('clocks apart');
    for (let n = 0; n < PROCESSES; n++) system.start(n, apart ? dice.between(-3_000, 3_000) : 0);
    this.crowd();
    if (this.rarity === 'late opening') {
      this.schedule('gate flushed', dice.between(200, 400));
      this.schedule('database slow', dice.between(1_900, 2_400));
    } else if (this.rarity) {
      this.schedule('gate flushed', dice.between(350, 900));
      if (dice.chance(0.6)) this.schedule('gate lost', dice.between(2_300, 3_000));
      if (this.rarity === 'late publish') this.schedule('database slow', dice.between(1_800, 3_000));
    }
    const count = this.rarity || this.clusterAim ? 0 : dice.pick([0, 1, 1, 2, 2, 3]);
    const troubles = this.masters > 1 ? OF_CLUSTER : TROUBLES;
    for (let n = 0; n < count; n++) this.troubles.add(dice.pick(troubles));
    // A confirmation is in the database alone, as a cancellation is.
    if (!this.rarity && !this.troubles.has('database forgot') && dice.chance(0.4)) this.askToConfirm();
    if (this.clusterAim) this.aimAtCluster(this.clusterAim);
    for (const trouble of this.troubles) this.schedule(trouble);
    for (const voucher of this.vouchers) this.perhapsExtend(voucher);
    await world.runUntil(start + TROUBLE_MS);

    this.heal();
    let drained = await world.runUntil(world.now + DRAIN_MS, () => this.isQuiet());
    const early = drained ? brokenTimes(system.database, this.vouchers, world.now, false) : [];
    while (drained && this.nextExpiry() < Infinity) {
      // What is under way measures how long it took: it must not come to be a day.
      await world.runUntil(world.now + SETTLE_MS);
      const next = this.nextExpiry();
      if (next < Infinity) world.now = Math.max(world.now, next);
      drained = await world.runUntil(world.now + DRAIN_MS, () => this.isQuiet());
    }
    if (this.forgot) this.forgetting();
    const broken = [...system.database.unknownStatements].map(
      (text) => `the simulated database does not know: ${text}`,
    );
    if (!drained) broken.push(`not drained: ${this.unfinished().join(', ')}`);
    if (drained)
      broken.push(
        ...early,
        ...this.refusedEarly.map((who) => `an offer refused before its time: ${who}`),
        ...brokenTimes(system.database, this.vouchers, world.now, true),
        ...(await brokenPromises(system, this.vouchers, {
          promised: this.promised,
          asked: this.asked,
          rejected: this.rejected,
          excused: this.excused,
          forgottenMoves: this.forgottenMoves,
          byOffer: this.byOffer,
          givenUp: this.givenUp,
          confirmed: this.confirmed,
          tooLate: this.tooLate,
          placed: this.placed,
          counter: this.counter,
        })),
      );
    const epoch = Number(system.database.rows('gate_epoch')[0]?.['epoch']);
    const kept = system.database.raised.filter((groups) => groups?.includes('"kept":true')).length;
    return {
      seed: this.seed,
      broken,
      troubles: this.troubles,
      killedAt: system.network.killedAt,
      accepted: this.promised.length,
      recoveries: epoch - 1,
      kept,
      trace: world.trace,
    };
  }

  private makeVoucher(n: number, publishes: boolean): Voucher {
    const { dice, world } = this;
    return {
      id: this.masters > 1 ? idAt(n, this.masters) : `vch_000000000000000${n}`,
      merchantId: MERCHANT,
      status: n > 0 && (publishes || dice.chance(0.4)) ? 'draft' : 'live',
      totalStock:
        this.rarity === 'late record'
          ? dice.between(1, 2)
          : dice.between(2, 6) + (this.clusterAim === CLUSTER_AIMS[3] ? 8 : 0),
      perUserLimit: dice.between(1, 2),
      opensAt: world.now + (dice.chance(0.2) ? 700 : -1_000),
      closesAt: world.now + (dice.chance(0.15) ? 2_500 : 3_600_000),
      cancellableUntil: world.now + 3_600_000,
      redeemFrom: null,
      // A run that aims at the expiry of claims has some.
      redeemUntil:
        this.stepAim?.step.startsWith('db.expiry.') === true || dice.chance(0.4)
          ? world.now + dice.between(900, 5_000)
          : null,
      rollbackWithinS: 3_600,
      eligibility: 'everyone',
      requires: 'none',
      onePer: 'account',
      asksContact: false,
      codeSource: 'generated',
      codePattern: null,
      budgetMinor: null,
      version: 1,
      updatedAt: world.now,
    } as Voucher;
  }

  /** A merchant moves the end of the time to redeem, before it or after it, to one that soon comes or to a late one. */
  private perhapsExtend(voucher: Voucher): void {
    const { dice, world } = this;
    if (voucher.redeemUntil === null || !dice.chance(0.5)) return;
    const until = voucher.redeemUntil + (dice.chance(0.5) ? dice.between(300, 3_000) : 600_000);
    world.in(voucher.redeemUntil - world.now + dice.between(-300, 2_500), () => this.extend(voucher, until));
  }

  private extend(voucher: Voucher, until: number): void {
    const { dice, system, world } = this;
    const again = (): void => world.in(dice.between(50, 300), () => this.extend(voucher, until));
    const instance = dice.pick(system.instances);
    if (!instance) return again();
    if (voucher.status !== 'live') return;
    this.editing += 1;
    const lost = (): void => {
      this.editing -= 1;
      again();
    };
    const answer = instance.life.heardFirst(lost);
    const edit = instance.db.write(async (tx) => {
      await tx.query('UPDATE vouchers SET redeem_until = ? WHERE id = ?', [until, voucher.id]);
      await scheduleExpiry(tx, voucher.id, until, Math.floor(world.now));
    });
    edit.then(
      () =>
        answer(() => {
          this.editing -= 1;
          world.say(() => `${voucher.id} can be redeemed until ${until}`);
          voucher.redeemUntil = until;
        }),
      () => answer(lost),
    );
  }

  /** When the next claims are to be looked through, ms; `Infinity` where none are. */
  private nextExpiry(): number {
    const due = this.system.database.rows('claim_expiry').map((row) => row['due_at']);
    return Math.min(Infinity, ...due.filter((at) => typeof at === 'number'));
  }

  /** Claims on a voucher are to be confirmed before they are issued. */
  private askToConfirm(): void {
    const { dice, system } = this;
    const voucher = dice.pick(this.vouchers);
    voucher.confirmWithinS = dice.between(300, 2_500) / 1_000;
    voucher.confirmBy = 'user';
    system.database.seed('vouchers', voucher.id, { ...voucher });
  }

  private stepFaults(): StepFault[] {
    const { dice } = this;
    if (this.rarity === 'late publish')
      return [{ step: 'gate.prepare', time: 1, when: 'before', stopMs: dice.between(1_900, 3_300) }];
    // The leader of the first epoch is stopped before it opens a voucher, and goes on when the second epoch is open.
    if (this.rarity === 'late opening')
      return [{ step: 'gate.announce', time: 1, when: 'before', stopMs: dice.between(2_000, 3_200) }];
    if (this.rarity === 'late record') {
      const [step, when] = dice.chance(0.5)
        ? (['gate.claim', 'after'] as const)
        : (['log.append', 'before'] as const);
      return [{ step, when, time: dice.between(1, 2), stopMs: dice.between(1_900, 4_200) }];
    }
    if (this.clusterAim === 'published while the set of vouchers is lost')
      return [{ step: 'gate.prepare', time: 1, when: 'after', stopMs: dice.between(1_800, 2_600) }];
    if (this.clusterAim) return [];
    const count = this.stepAim ? 1 : dice.pick([0, 1, 1, 1, 2]);
    return Array.from({ length: count }, () => {
      const step = this.stepAim?.step ?? dice.pick(STEPS);
      const needed = NEEDS[step];
      if (needed && needed.length > 0) this.troubles.add(dice.pick(needed));
      return {
        step,
        time: dice.chance(0.5) ? 1 : dice.between(1, 8),
        when: this.stepAim?.when ?? (dice.chance(0.5) ? 'before' : 'after'),
        stopMs: this.stepAim ? (this.stepAim.stopMs ?? 0) : dice.chance(0.3) ? dice.between(100, 6_000) : 0,
      };
    });
  }

  private crowd(): void {
    const { dice } = this;
    const users = dice.between(3, 6);
    const isLate = this.rarity !== undefined || this.clusterAim !== undefined;
    const intents = isLate ? 14 : dice.between(5, 12);
    for (let n = 0; n < intents; n++) {
      const userId = `usr_${dice.between(1, users)}`;
      const intent: ClaimIntent = {
        voucherId: dice.pick(this.vouchers).id,
        userId,
        key: dice.chance(0.5) ? `key-${userId}-${dice.between(1, 2)}` : undefined,
        at: dice.chance(0.3) ? 300 : isLate ? dice.between(1_900, 3_300) : dice.between(0, 3_000),
      };
      this.world.in(intent.at, () => this.intent(intent));
    }
    for (const voucher of this.vouchers)
      if (voucher.status === 'draft')
        this.world.in(dice.between(100, isLate ? 300 : 2_500), () => this.publish(voucher));
  }

  /** A client: asks, asks again when told so or when nobody answers, and notes what it was promised. */
  private intent(intent: ClaimIntent, tries = 0): void {
    const { dice, system, world } = this;
    this.open.add(intent);
    this.asked.add(`${intent.voucherId}/${intent.userId}`);
    const again = (): void => {
      if (!this.healed && tries >= 3 && dice.chance(0.3)) {
        this.open.delete(intent); // gives up
        return;
      }
      world.in(dice.between(50, 500), () => this.intent(intent, tries + 1));
    };
    const instance = dice.pick(system.instances);
    if (!instance) return again();
    const answer = instance.life.heardFirst(again);
    instance.service.claim(attemptOf(intent)).then(
      ({ claim }) =>
        answer(() => {
          world.say(() => `202 for ${intent.userId}: ${claim.id} #${claim.sequence}`);
          this.promised.push({ ...intent, claimId: claim.id, at: world.now });
          this.look(claim.id, intent.userId);
          this.open.delete(intent);
        }),
      (error: unknown) =>
        answer(() => {
          if (!(error instanceof Problem)) return again(); // a driver's error: the filter answers 503
          world.say(() => `${error.code} for ${intent.userId} of ${intent.voucherId}`);
          const named = error.options.extensions?.['claim_id'];
          if (typeof named === 'string') this.look(named, intent.userId);
          const waits = error.code === 'sold_out' && !this.troubles.has('database forgot') && !this.rarity;
          if (waits && !this.healed && dice.chance(0.4)) this.wait(intent);
          if (FINAL.has(error.code)) this.open.delete(intent);
          else again();
        }),
    );
  }

  /** Follows a claim until it has reached an end. */
  private look(claimId: string, userId: string, at?: Instance): void {
    const { dice, system, world } = this;
    if (this.lookedFor.has(claimId)) return;
    const seen = { userId, ended: false };
    this.lookedFor.set(claimId, seen);
    const ask = (): void => {
      const again = (): void => world.in(dice.between(300, 1_200), ask);
      const instance = at ?? dice.pick(system.instances);
      at = undefined;
      if (!instance) return again();
      const answer = instance.life.heardFirst(again);
      const isPromised = this.promised.some((each) => each.claimId === claimId);
      void instance.status
        .get(userId, claimId)
        .then(
          ({ status }) => {
            if (isPromised && status === 'rejected') this.rejected.add(claimId);
            const chance = status === 'issued' ? 0.5 : status === 'held' ? 0.15 : 0;
            const cancels = chance > 0 && !this.healed && !this.rarity && dice.chance(chance);
            // A cancellation is in the database alone (ADR 0044): one that forgets it issues the claim again from the log.
            if (cancels && !this.troubles.has('database forgot')) this.cancel(claimId, userId);
            const shown = status === 'issued' && !this.healed && !this.rarity && !cancels && dice.chance(0.5);
            // A redemption is in the database alone as well.
            if (shown && !this.troubles.has('database forgot') && !this.counter.presented.has(claimId))
              this.counter.present(claimId);
            if (status === 'held' && dice.chance(0.5)) this.confirm(claimId, userId);
            return status !== 'pending' && status !== 'held';
          },
          () => false,
        )
        .then((ended) =>
          answer(() => {
            // An end that was seen while servers were still failing is looked at once more afterwards.
            if (ended && this.healed) seen.ended = true;
            else again();
          }),
        );
    };
    world.in(at ? 1 : dice.between(20, 600), ask);
  }

  /** A holder gives a claim up, and perhaps claims again. Who gets no answer asks again. */
  private cancel(claimId: string, userId: string, tries = 0): void {
    const { dice, system, world } = this;
    this.givenUp.add(claimId);
    this.cancelling.add(claimId);
    const instance = dice.pick(system.instances);
    const again = (): void => {
      if (!this.healed && tries >= 3 && dice.chance(0.3)) this.cancelling.delete(claimId);
      else world.in(dice.between(50, 500), () => this.cancel(claimId, userId, tries + 1));
    };
    if (!instance) return again();
    const answer = instance.life.heardFirst(again);
    const actor = { userId, sessionId: 'ses_1', role: 'shopper' } as const;
    instance.cancellations.cancel(actor, claimId, undefined).then(
      ({ voucher_id: voucherId }) =>
        answer(() => {
          world.say(() => `cancelled ${claimId} of ${userId}`);
          this.cancelling.delete(claimId);
          if (dice.chance(0.6)) this.intent({ voucherId, userId, key: undefined, at: 0 });
        }),
      (error: unknown) =>
        answer(() => {
          if (error instanceof Problem && error.code === 'not_cancellable') this.cancelling.delete(claimId);
          else again();
        }),
    );
  }

  /** A holder confirms, and asks again where nobody answers. */
  private confirm(claimId: string, userId: string): void {
    const { dice, system, world } = this;
    if (this.confirming.has(claimId)) return;
    const instance = dice.pick(system.instances);
    if (!instance) return;
    this.confirming.add(claimId);
    const answer = (work: () => void): void => {
      if (this.confirming.delete(claimId)) work();
    };
    instance.life.onDeath(() => answer(() => undefined));
    const actor = { userId, sessionId: 'ses_1', role: 'shopper' } as const;
    instance.confirmations.confirm(actor, claimId).then(
      () =>
        answer(() => {
          world.say(() => `confirmed ${claimId} of ${userId}`);
          this.confirmed.add(claimId);
        }),
      (error: unknown) =>
        answer(() => {
          if (error instanceof Problem && error.code === 'confirm_expired') this.tooLate.add(claimId);
        }),
    );
  }

  /** Somebody waits for a unit, and takes it, declines it or lets it lapse. */
  private wait(intent: ClaimIntent): void {
    const { dice, system, world } = this;
    const { userId, voucherId } = intent;
    const who = `${voucherId}/${userId}`;
    if (this.waiting.has(who)) return;
    this.waiting.add(who);
    const decides = dice.next();
    let offeredUntil = 0;
    const redis = system.redisOf(voucherId);
    let copy = this.aim === 'an accepted offer is forgotten' ? redis.copy() : undefined;
    const step = (): void => {
      const again = (): void => world.in(dice.between(100, 600), step);
      const instance = dice.pick(system.instances);
      if (!instance) return again();
      const answer = instance.life.heardFirst(again);
      const list = instance.waitingList;
      const look = async (): Promise<boolean> => {
        const placed = this.placed.get(who);
        if (!placed) {
          await list.join(userId, voucherId);
          world.say(() => `${userId} waits for ${voucherId}`);
          this.placed.set(who, { since: world.now, seen: world.now });
          return false;
        }
        const began = world.now;
        const { entry } = await list.find(userId, voucherId);
        if (entry.state === 'waiting') placed.seen = began;
        if (this.healed && entry.state === 'waiting') {
          await list.leave(userId, voucherId);
          return true;
        }
        if (entry.state !== 'offered') return entry.state !== 'waiting';
        offeredUntil = entry.offeredUntil ?? 0;
        if (decides < 0.2) await list.decline(userId, voucherId);
        if (decides < 0.35) return decides < 0.2;
        const { claim } = await list.accept(userId, voucherId, undefined);
        if (copy) {
          this.forgetting();
          redis.replaceBy(copy);
          system.broker.server.slowUntil = world.now + 2_000;
          copy = undefined;
          // The job comes by before anybody notices, and before the claim is a row.
          void instance.offers.run();
        }
        world.say(() => `202 for ${userId} by an offer: ${claim.id}`);
        this.promised.push({ ...intent, key: undefined, claimId: claim.id, at: world.now });
        this.byOffer.add(claim.id);
        this.look(claim.id, userId);
        return true;
      };
      look().then(
        (done) => answer(() => (done ? this.waiting.delete(who) : again())),
        (error: unknown) =>
          answer(() => {
            const over = error instanceof Problem && OVER.has(error.code);
            if (over && error.code === 'offer_expired' && offeredUntil > world.now)
              this.refusedEarly.push(who);
            if (over) this.waiting.delete(who);
            else again();
          }),
      );
    };
    step();
  }

  /** A merchant publishes a draft: known to the gate first, then stored, then opened. */
  private publish(voucher: Voucher): void {
    const { dice, system, world } = this;
    const instance = dice.pick(system.instances);
    const again = (): void => world.in(300, () => this.publish(voucher));
    if (!instance || voucher.status !== 'draft') return instance ? undefined : again();
    const work = async (): Promise<void> => {
      const epoch = await instance.vouchersAtGate.prepare(toGateVoucher(voucher, 'paused'));
      const stored = await system.network.call(
        instance.life,
        system.database.server,
        'db.rare.publish',
        () => {
          if (voucher.status !== 'draft') return false;
          const isNewest = system.database.rows('gate_epoch')[0]?.['epoch'] === epoch;
          if (this.parts.asksAtPublishing && !isNewest) throw new Problem('gate_recovering');
          Object.assign(voucher, { status: 'live', version: 2, updatedAt: world.now });
          system.database.seed('vouchers', voucher.id, { ...voucher });
          if (voucher.redeemUntil !== null) system.watchTime(voucher);
          return true;
        },
      );
      if (stored) await instance.vouchersAtGate.configure(toGateVoucher(voucher));
    };
    instance.life.onDeath(again);
    work().catch(again);
  }

  private schedule(trouble: Trouble, from = this.dice.between(100, 2_500)): void {
    const { dice, system, world } = this;
    const { broker, database } = system;
    const redis = this.someMaster();
    const span = dice.between(200, 2_500);
    const at = (ms: number, work: () => void): void =>
      world.in(ms, () => {
        if (this.healed) return;
        world.say(() => `trouble: ${trouble}`);
        work();
      });
    const until = (): number => world.now + span;
    switch (trouble) {
      case 'gate lost':
        return at(from, () => {
          this.forgetting();
          redis.replaceBy(nothing());
        });
      case 'gate rolled back':
      case 'gate demoted and promoted':
        return at(from, () => {
          const copy = redis.copy();
          at(dice.between(50, 1_500), () => {
            this.forgetting();
            if (trouble === 'gate rolled back') redis.replaceBy(copy);
            else redis.comesBackWith(copy);
          });
        });
      case 'gate begins another history':
        // Nothing is lost by that, but the rebuild that follows gives up what is pending, as a loss does.
        return at(from, () => {
          this.forgetting();
          redis.beginsHistory();
        });
      case 'gate flushed':
        return at(from, () => {
          this.forgetting();
          redis.flush();
        });
      case 'two masters lost': {
        const other = this.someMaster(redis);
        return at(from, () => {
          this.forgetting();
          redis.replaceBy(nothing());
          at(dice.chance(0.5) ? 0 : dice.between(50, 2_000), () => {
            this.forgetting();
            other.replaceBy(nothing());
          });
        });
      }
      case 'slot moved':
      case 'slot moved and back':
        return this.moveSlot(at, dice.between(250, 700), trouble === 'slot moved and back');
      case 'gate away':
        return at(from, () => (redis.server.awayUntil = until()));
      case 'gate slow':
        return at(from, () => (redis.server.slowUntil = until()));
      case 'gate answers lost':
        redis.server.lostAnswers = 0.1;
        return;
      case 'log away':
        return at(dice.chance(0.3) ? 0 : from, () => (broker.server.awayUntil = until()));
      case 'log slow':
        return at(from, () => (broker.server.slowUntil = until()));
      case 'log emptied':
        return at(from, () => {
          this.destroyed(broker.waiting);
          // What the database forgot, and has not yet read again, nobody has any more.
          if (this.troubles.has('database forgot')) {
            const rows = this.inDatabase();
            for (const { id } of broker.all.flatMap(claimsOf)) if (!rows.has(id)) this.excused.add(id);
          }
          if (this.forgot) for (const id of this.inLostLog) this.excused.add(id);
          broker.empty();
        });
      case 'log duplicates':
        broker.duplicates = 0.4;
        return;
      case 'log late':
        broker.late = 0.3;
        return;
      case 'database away':
        return at(from, () => {
          database.server.awayUntil = until();
          database.crash();
        });
      case 'database slow':
        return at(from, () => (database.server.slowUntil = until()));
      case 'database answers lost':
        database.server.lostAnswers = 0.05;
        return;
      case 'database forgot':
        return at(from, () => {
          const before = this.inDatabase();
          const moves = this.eventsOfMoves();
          database.forgetSince(world.now - dice.between(50, 1_500));
          // An edit of the merchant's that is forgotten holds no longer.
          for (const voucher of this.vouchers) {
            const row = database.rows('vouchers').find(({ id }) => id === voucher.id);
            if (row?.['status'] === voucher.status) voucher.redeemUntil = row['redeemUntil'] as number | null;
          }
          // What comes after the issue is in no log (docs/adr/0044): its event may have been sent.
          const kept = this.eventsOfMoves();
          for (const id of moves) if (!kept.has(id)) this.forgottenMoves.add(id);
          // Only the database had them: what the log holds, it must bring back.
          // A log that was emptied has a new account from the next look at it, 5 s apart: until then two losses are one too many.
          const logged = new Set(broker.emptied ? [] : broker.all.flatMap(claimsOf).map(({ id }) => id));
          const after = this.inDatabase();
          for (const id of before) if (!after.has(id) && !logged.has(id)) this.excused.add(id);
        });
      case 'broadcasts lost':
        system.radio.lostAnswers = 0.7;
        return;
      case 'process killed':
        return at(from, () => system.instances[dice.between(0, PROCESSES - 1)]?.life.kill());
      case 'process stopped':
        return at(from, () =>
          system.instances[dice.between(0, PROCESSES - 1)]?.life.freeze(dice.between(300, 8_000)),
        );
      case 'clocks apart':
        return;
    }
  }

  private aimAtCluster(aim: ClusterAim): void {
    const { dice, system, world } = this;
    const lose = (ms: number, master: SimRedis): void =>
      world.in(ms, () => {
        this.forgetting();
        master.replaceBy(nothing());
      });
    switch (aim) {
      case 'a slot comes back at once':
        this.troubles.add('slot moved and back');
        return;
      case 'one master lost after another': {
        const first = this.someMaster();
        const at = dice.between(2_300, 2_800);
        lose(300, first);
        lose(at, this.someMaster(first));
        // What was taken since the first was rebuilt is no row yet.
        return this.schedule('database slow', at - 500);
      }
      case 'published while the set of vouchers is lost':
        return lose(dice.between(500, 900), system.redisOf(registryKey(1)));
      case 'asked in an epoch that is over for the voucher':
        world.in(dice.between(350, 600), () => this.askEarly());
        return;
      case 'an older version reads the log':
        world.in(100, () => system.startOlder());
        return lose(dice.between(500, 900), this.someMaster());
      case 'an older version comes during a rebuild': {
        const at = dice.between(500, 900);
        lose(at, this.someMaster());
        // After somebody may have looked for it, and before the lease is over.
        return world.in(at + dice.between(600, 1_100), () => system.startOlder());
      }
      case 'a voucher that was moved is in no set': {
        const { cluster } = system;
        const { id } = dice.pick(this.vouchers);
        const lost = cluster?.masterOf(registryKey(1));
        const to = cluster?.masters.find((each) => each !== lost && each !== cluster.masterOf(id));
        if (!cluster || !lost || !to) return;
        // It is claimed of where it comes to, before the set is lost with another master.
        // The set of epochs is there as well: without it, keys are looked for one by one.
        world.in(dice.between(200, 280), () => {
          for (const key of [id, EPOCHS_KEY]) cluster.move(slotOf(key), to);
        });
        const at = dice.between(500, 700);
        lose(at, lost);
        // A process that sleeps through the rebuild still believes the epoch that goes on at that master.
        const asleep = dice.between(0, PROCESSES - 1);
        const ms = dice.between(2_200, 2_700);
        world.in(at - 20, () => system.instances[asleep]?.life.freeze(ms));
        // And hears of the new row later than it takes claims.
        const awake = at - 20 + ms;
        world.in(awake - 5, () => (system.database.server.slowUntil = world.now + 200));
        const claimed = [300, 350, 400, ...Array.from({ length: 4 }, () => awake - dice.between(20, 800))];
        for (const [n, when] of claimed.entries())
          world.in(when, () => this.intent({ voucherId: id, userId: `usr_m${n}`, key: undefined, at: when }));
      }
    }
  }

  /**
   * A claim is taken and answered, and its master is replaced by an older copy. One who asks at once, at another process, is told by the gate
   * that it is not known, and by the ledger that it is no row yet; and hears that when the master's slots are of a new epoch.
   */
  private askEarly(): void {
    const { dice, system, world } = this;
    const [voucher] = this.vouchers;
    const [one, two] = system.instances;
    if (!voucher || !one || !two) return;
    const intent: ClaimIntent = { voucherId: voucher.id, userId: 'usr_early', key: undefined, at: world.now };
    const master = system.redisOf(voucher.id);
    const copy = master.copy();
    system.database.server.slowUntil = world.now + 500;
    this.asked.add(`${intent.voucherId}/${intent.userId}`);
    one.service.claim(attemptOf(intent)).then(
      ({ claim }) => {
        this.promised.push({ ...intent, claimId: claim.id, at: world.now });
        this.forgetting();
        master.replaceBy(copy);
        system.network.delayNext(two.life, 'db.claim.find', dice.between(2_600, 3_400));
        this.look(claim.id, intent.userId, two);
      },
      () => undefined,
    );
  }

  /** A voucher goes to another master with its slot, and perhaps comes back; the other may lose what it was told meanwhile. */
  private moveSlot(at: (ms: number, work: () => void) => void, from: number, comesBack: boolean): void {
    const { dice } = this;
    const { cluster } = this.system;
    const { id } = dice.pick(this.vouchers);
    const slot = slotOf(id);
    const to = dice.pick(cluster?.masters ?? []);
    // Long enough that somebody has seen it there: within a look nobody knows where it was (docs/adr/0104).
    const lostAfter = dice.chance(0.6) ? dice.between(1_000, 1_400) : undefined;
    const copyAfter = dice.between(0, 1_000);
    const isAtOnce = this.clusterAim === 'a slot comes back at once';
    const backAfter = isAtOnce ? 0 : dice.between(1_000, 1_400);
    if (!cluster) return;
    at(from, () => {
      const home = cluster.masterOf(id);
      cluster.move(slot, to);
      let copy = to.copy();
      at(copyAfter, () => (copy = to.copy()));
      if (lostAfter !== undefined)
        at(lostAfter, () => {
          this.forgetting();
          to.replaceBy(copy);
        });
      if (comesBack)
        at((lostAfter ?? 0) + backAfter, () => {
          // A master that gives up its last slot counts as lost, and the rebuild gives up what is pending.
          this.forgetting();
          cluster.move(slot, home);
        });
    });
  }

  /** One of the gate's servers. */
  private someMaster(besides?: SimRedis): SimRedis {
    const { masters } = this.system;
    if (this.masters === 1) return this.system.redis;
    return this.dice.pick(masters.slice(0, this.masters).filter((each) => each !== besides));
  }

  /** Events of what became of claims after their issue. */
  private eventsOfMoves(): Set<string> {
    const packs = this.system.database.rows('outbox') as unknown as PackRow[];
    return new Set(
      packs
        .filter(({ type }) => type !== 'claim.issued')
        .flatMap((row) => eventsOf(row).map((event) => (JSON.parse(event) as { id: string }).id)),
    );
  }

  private inDatabase(): Set<string> {
    const { database } = this.system;
    return new Set([
      ...database.rows('claims').map((row) => String(row['id'])),
      ...database.rows('claim_intake').map((row) => String(row['claim_id'])),
    ]);
  }

  private destroyed(values: readonly string[]): void {
    const rows = new Set(this.system.database.rows('claims').map((row) => row['id']));
    for (const { id } of values.flatMap(claimsOf)) {
      if (!rows.has(id)) this.inLostLog.add(id);
    }
  }

  /** Two losses at once: what only the gate still had, because the log was emptied, dies with the gate. */
  private forgetting(): void {
    const { broker, database } = this.system;
    this.forgot = true;
    if (broker.emptied) this.destroyed(broker.passed);
    const safe = new Set<unknown>([
      ...database.rows('claims').map((row) => row['id']),
      ...database.rows('claim_intake').map((row) => row['claim_id']),
      ...broker.waiting.flatMap(claimsOf).map(({ id }) => id),
    ]);
    for (const id of this.inLostLog) if (!safe.has(id)) this.excused.add(id);
  }

  private heal(): void {
    const { broker, database, masters, network, radio } = this.system;
    this.world.say(() => 'no more faults');
    this.healed = true;
    network.heal();
    for (const server of [broker.server, database.server, ...masters.map((each) => each.server), radio]) {
      server.awayUntil = 0;
      server.slowUntil = 0;
      server.lostAnswers = 0;
    }
    broker.duplicates = 0;
    broker.late = 0;
    this.leaveForgottenPlaces();
    // Somebody comes who has not been there: an open gate answers, and one that forgot is found out.
    for (const { id, status } of this.vouchers)
      if (status !== 'draft') this.intent({ voucherId: id, userId: 'usr_last', key: undefined, at: 0 });
  }

  /**
   * A place may stand in a line without anybody who looks after it, where the answer to `join` was lost. Its user sees it in the wallet,
   * and gives it up. One whose claim is a row must end by itself.
   */
  private leaveForgottenPlaces(): void {
    const { dice } = this;
    const { database, instances } = this.system;
    for (const place of database.rows('waiting_entries')) {
      const { voucher_id: voucherId, user_id: userId, joined_at: since } = place;
      const isForgotten =
        place['state'] === 'waiting' && !this.waiting.has(`${String(voucherId)}/${String(userId)}`);
      const hasClaim = database
        .rows('claims')
        .some(
          (row) =>
            row['voucher_id'] === voucherId &&
            row['user_id'] === userId &&
            row['status'] !== 'rejected' &&
            Number(row['created_at']) >= Number(since),
        );
      if (isForgotten && !hasClaim)
        dice
          .pick(instances)
          ?.waitingList.leave(String(userId), String(voucherId))
          .catch(() => undefined);
    }
    this.world.in(1_000, () => this.leaveForgottenPlaces());
  }

  private isQuiet(): boolean {
    return this.unfinished().length === 0;
  }

  private unfinished(): string[] {
    const { broker, database, instances } = this.system;
    const left: string[] = [];
    if (this.open.size > 0) left.push(`${this.open.size} clients without an answer`);
    if (this.cancelling.size > 0) left.push(`${this.cancelling.size} cancellations without an answer`);
    if (this.counter.working > 0) left.push(`${this.counter.working} cashiers without an answer`);
    if (this.editing > 0) left.push('an edit without an answer');
    if (this.nextExpiry() <= this.world.now) left.push('claims whose time is over');
    if (this.waiting.size > 0) left.push(`waiting: ${[...this.waiting].join(' ')}`);
    if (database.rows('waiting_lists').some((row) => row['waiting'] === 1)) left.push('an open waiting list');
    if (database.rows('claim_holds').length > 0) left.push('held claims');
    const waiting = [...this.lookedFor].filter(([, { ended }]) => !ended).map(([id]) => id);
    if (waiting.length > 0) left.push(`claims without an end: ${waiting.join(' ')}`);
    if (left.length > 0) return left;
    const [row] = database.rows('gate_epoch');
    if (row?.['state'] !== 'open') left.push('the gate is not open');
    if (instances.some((instance) => !instance?.keeper.isOpen))
      left.push('a process holds the gate for closed');
    for (const [partition, offset] of broker.positions.entries()) {
      const ranges = (database.rows('consumed_positions') as unknown as PositionRow[])
        .filter((range) => range.partition_no === partition)
        .map(({ from_slot, next_slot, epoch }) => ({ partition, from: from_slot, next: next_slot, epoch }))
        .sort((a, b) => a.from - b.from);
      if (new Coverage(ranges).next(0n) < BigInt(offset))
        left.push(`forgotten records of partition ${partition}`);
    }
    if (broker.waiting.length > 0) left.push(`${broker.waiting.length} records in the log`);
    if (database.rows('unit_returns').some((row) => row['state'] === 'pending'))
      left.push('units not given back');
    if (database.rows('claim_intake').length > 0) left.push('rows in the intake');
    if (database.rows('outbox').some((event) => event['status'] === 0)) left.push('events not sent');
    for (const { id } of this.vouchers) {
      const gate = this.system.gateOf(id) as unknown as
        { epoch: { vouchers: Map<string, { pending: Map<string, unknown> }> } } | undefined;
      const pending = gate?.epoch.vouchers.get(id)?.pending;
      if (pending && pending.size > 0) left.push(`pending of ${id}: ${[...pending.keys()].join(' ')}`);
    }
    return left;
  }
}

interface PositionRow {
  readonly partition_no: number;
  readonly from_slot: number;
  readonly next_slot: number;
  readonly epoch: number;
}

const claimsOf = (value: string) => unpackClaims(value, 'log').claims;
