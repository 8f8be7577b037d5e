import { Problem } from '../../../src/common/problems.js';
import type { SimulatedInstallation } from './simulated-installation.js';
import type { Dice, World } from './world.js';

/** Every voucher of the simulation is theirs. */
export const MERCHANT = 'mer_1';

const CASHIERS = ['usr_cashier1', 'usr_cashier2'] as const;

/** Cashiers of the merchant. Who gets no answer asks again. */
export class Counter {
  /** Redemptions that somebody was told of, with their claims. */
  readonly told = new Map<string, string>();
  /** Redemptions that somebody asked to roll back. */
  readonly undone = new Set<string>();
  /** Answers that were none: a redemption that was told is unknown to a rollback. */
  readonly gone = new Set<string>();
  /** Claims that lie on the counter. */
  readonly presented = new Set<string>();
  private waiting = 0;

  constructor(
    private readonly world: World,
    private readonly dice: Dice,
    private readonly system: SimulatedInstallation,
  ) {}

  /** How many wait for an answer. */
  get working(): number {
    return this.waiting;
  }

  /** Two cashiers scan one code at once. */
  present(claimId: string): void {
    this.presented.add(claimId);
    for (const cashier of CASHIERS) this.redeem(claimId, cashier);
  }

  private redeem(claimId: string, userId: string): void {
    const named = { code: this.system.ids.code(claimId) };
    this.persist(
      (instance) => instance.redemptions.redeem(actorOf(userId), named, null),
      ({ redemption }) => {
        this.world.say(() => `${userId} redeemed ${claimId}: ${redemption.id}`);
        this.told.set(redemption.id, claimId);
        if (this.dice.chance(0.4)) this.rollBack(redemption.id, claimId, userId);
      },
      () => undefined,
    );
  }

  private rollBack(id: string, claimId: string, userId: string): void {
    this.undone.add(id);
    this.persist(
      (instance) => instance.redemptions.rollBack(actorOf(userId), id, 'a mistake'),
      () => {
        this.world.say(() => `${userId} rolled ${id} back`);
        if (this.dice.chance(0.5)) this.redeem(claimId, userId);
      },
      ({ code }) => {
        if (code === 'not_found') this.gone.add(id);
      },
    );
  }

  private persist<T>(
    ask: (instance: NonNullable<SimulatedInstallation['instances'][number]>) => Promise<T>,
    done: (value: T) => void,
    refused: (problem: Problem) => void,
  ): void {
    const { dice, system, world } = this;
    this.waiting += 1;
    const attempt = (): void => {
      const again = (): void => world.in(dice.between(50, 500), attempt);
      const instance = dice.pick(system.instances);
      if (!instance) return again();
      const answer = instance.life.heardFirst(again);
      ask(instance).then(
        (value) =>
          answer(() => {
            this.waiting -= 1;
            done(value);
          }),
        (error: unknown) =>
          answer(() => {
            if (!(error instanceof Problem) || error.code === 'overloaded') return again();
            this.waiting -= 1;
            refused(error);
          }),
      );
    };
    attempt();
  }
}

const actorOf = (userId: string) =>
  ({ userId, sessionId: 'ses_1', role: 'merchant', merchantId: MERCHANT, merchantRole: 'cashier' }) as never;
