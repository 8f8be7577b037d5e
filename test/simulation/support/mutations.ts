import type { EntityManager } from 'typeorm';
import { ClaimAppender } from '../../../src/claim/log/claim-appender.js';
import { ClaimConsumer } from '../../../src/claim/issue/claim.consumer.js';
import { ClaimIssuer } from '../../../src/claim/issue/claim-issuer.js';
import type { ClaimBatch, ClaimRecord } from '../../../src/claim/domain/claim-record.js';
import { GateEpochs, type EpochRow } from '../../../src/claim/ledger/gate-epochs.js';
import { VoucherLoader } from '../../../src/claim/epoch/voucher-loader.js';
import { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import { KafkaClaimLog } from '../../../src/claim/log/kafka/claim-log.kafka.js';
import type { StockGate } from '../../../src/claim/gate/stock-gate.js';
import { Confirmations } from '../../../src/claim/holds/confirmations.js';
import { ClaimExpiry } from '../../../src/claim/expiry/claim-expiry.js';
import { HeldClaims } from '../../../src/claim/holds/held-claims.js';
import { UnitReturns, type UnitReturn } from '../../../src/claim/returns/unit-returns.js';
import type { LogPosition } from '../../../src/claim/log/claim-log.js';
import { Problem } from '../../../src/common/problems.js';
import type { Clock } from '../../../src/common/clock.js';
import type { Aim, Trouble } from './scenario.js';
import type { PlaceWithClaim } from '../../../src/claim/ledger/waiting-store.js';
import { Offers } from '../../../src/claim/waiting/offers.js';
import { WaitingListService } from '../../../src/claim/waiting/waiting-list.service.js';
import { WHOLE, type Parts } from './simulated-installation.js';

/** One guard taken away. `docs/guards.md` has the same names. */
export interface Mutation {
  readonly guard: string;
  readonly parts: Parts;
  /** What must be broken without the guard, and is not with it. */
  readonly sign: RegExp;
  /** The same with the guard: usually everything whole. */
  readonly beside: Parts;
  /** A trouble that the guard was never against, with the others taken away beside it. */
  readonly unless?: Trouble;
  /** Where a process is stopped in each run: what chance alone would meet too seldom. */
  readonly aim?: Aim;
}

export const without = (
  guard: string,
  sign: RegExp,
  weaker: Partial<Parts>,
  beside: Partial<Parts> = {},
): Mutation => ({ guard, sign, parts: { ...WHOLE, ...beside, ...weaker }, beside: { ...WHOLE, ...beside } });

const LOST = /answered 202 and not issued|refused by the ledger/;

/** Opens vouchers without asking whether it still may. */
class NeverAsks extends VoucherLoader {
  protected override async requireLead(): Promise<void> {
    return undefined;
  }
}

class AlwaysAnswers extends GateKeeper {
  override mayAnswer(): boolean {
    return true;
  }
}

class NeverVoid extends GateEpochs {
  override async hold(tx: EntityManager): Promise<EpochRow> {
    return { ...(await super.hold(tx)), barrier: undefined, openedEpoch: 0 };
  }
}

class ForgetsOldBarriers extends GateEpochs {
  override async hold(tx: EntityManager): Promise<EpochRow> {
    return { ...(await super.hold(tx)), openedEpoch: 0 };
  }
}

/** Tells the gate first and writes afterwards. */
class ConfirmsFirst extends ClaimIssuer {
  override async handle(batch: ClaimBatch): Promise<void> {
    const { gate } = this as unknown as { gate: StockGate };
    for (const { record } of batch.claims)
      await gate
        .confirm(record.epoch, record.voucher_id, [
          { userId: record.user_id, ordinal: record.ordinal, result: 'issued', at: record.at },
        ])
        .catch(() => undefined);
    await super.handle(batch);
  }
}

/** Has done its part when it has begun: the offset is committed before the rows are. */
class DoesNotWait extends ClaimConsumer {
  override async handle(batch: ClaimBatch): Promise<void> {
    super.handle(batch).catch(() => undefined);
  }
}

class AnswersBeforeTheLog extends ClaimAppender {
  override async append(records: readonly ClaimRecord[]): Promise<void> {
    super.append(records).catch(() => undefined);
  }
}

/** Believes a committed offset whatever became of the log. */
class BelievesOffsets extends KafkaClaimLog {
  override async passed(position: LogPosition): Promise<boolean> {
    const { admin, options } = this as unknown as {
      admin: {
        fetchOffsets(of: unknown): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
      };
      options: { topic: string; groupId: string };
    };
    const [group] = await admin.fetchOffsets({ groupId: options.groupId, topics: [options.topic] });
    const committed = new Map(
      group?.partitions.map(({ partition, offset }) => [String(partition), Number(offset)]),
    );
    return Object.entries(position).every(
      ([partition, end]) => Math.max(0, committed.get(partition) ?? 0) >= Number(end),
    );
  }
}

/** Knows what the database has forgotten, and does nothing about it. */
class NeverReadsAgain extends KafkaClaimLog {
  override async forgotten(): Promise<[]> {
    await super.forgotten();
    return [];
  }
}

/** Takes what the group has committed for what the database has consumed. */
class BelievesTheGroup extends KafkaClaimLog {
  override async passed(position: LogPosition): Promise<boolean> {
    const self = this as unknown as {
      group(): Promise<Map<string, { readonly committed: bigint; readonly high: bigint }>>;
    };
    const found = await self.group();
    return Object.entries(position).every(([partition, marked]) => {
      const { committed, high } = found.get(partition) ?? { committed: 0n, high: 0n };
      return committed >= (BigInt(marked) < high ? BigInt(marked) : high);
    });
  }
}

/** Nothing of the account of what is consumed: it would find what was committed without rows, too. */
class OnlyTheGroup extends BelievesTheGroup {
  override forgotten(): Promise<[]> {
    return Promise.resolve([]);
  }
}

const TWICE = /redeemed twice/;

const FORGETS_UNNOTICED = { scriptFence: false, historyFence: false };

const GIVEN_BACK = /the gate counts|the gate has|oversold|above the limit|refused by the ledger/;

/** Records a give-back whether or not the gate is being rebuilt. */
class RecordsAnyTime extends UnitReturns {
  override async begin(): Promise<void> {
    return undefined;
  }
}

/** Tells the gate before the database has it. */
class GateFirst extends UnitReturns {
  override async record(tx: EntityManager, given: UnitReturn): Promise<void> {
    const { gate, keeper } = this as unknown as { gate: StockGate; keeper: GateKeeper };
    await super.record(tx, given);
    const [row] = await tx.query<{ returns: number }[]>(
      'SELECT issued, returns FROM voucher_stock WHERE voucher_id = ? FOR UPDATE',
      [given.voucherId],
    );
    const { claims, voucherId } = given;
    await gate
      .giveBack(keeper.epochOf(voucherId), voucherId, {
        number: row?.returns ?? 0,
        units: claims.length,
        claims,
      })
      .catch(() => undefined);
  }
}

/** What a process left when it died stays undone. */
class NobodyFinishes extends UnitReturns {
  override async finishPending(): Promise<void> {
    return undefined;
  }
}

/** Judges whether the time is over by the clock of its own process. */
class OwnClock extends Confirmations {
  constructor(...[db, ...rest]: ConstructorParameters<typeof Confirmations>) {
    const { clock } = db as unknown as { clock: Clock };
    super(Object.assign(Object.create(db) as typeof db, { readClock: async () => clock.now() }), ...rest);
  }
}

class NobodyReleases extends HeldClaims {
  override async run(): Promise<void> {
    return undefined;
  }
}

class NobodyExpires extends ClaimExpiry {
  override async run(): Promise<void> {
    return undefined;
  }
}

/** Stores what it has read, whatever the merchant has said since. */
class ExpiresUnasked extends ClaimExpiry {
  protected override async stands(): Promise<boolean> {
    return true;
  }
}

class AsksOnce extends WaitingListService {
  protected override again(): never {
    throw new Problem('offer_expired');
  }
}

/** A place that went back in line waits there, whatever its user has got by it. */
class WaitsForEver extends Offers {
  protected override inLine(places: readonly PlaceWithClaim[]): ReturnType<Offers['inLine']> {
    return { waiting: places, done: [] };
  }
}

class LooksOnce extends ClaimExpiry {
  protected override secondPass(): null {
    return null;
  }
}

export const MUTATIONS: readonly Mutation[] = [
  // The last guard matters where one before it failed: here the gate sells twice after a loss.
  without('conditional stock update', /oversold/, { conditionalStock: false }, FORGETS_UNNOTICED),
  without('duplicate and limit check of the gate', /above the limit/, { quota: false }),
  // One sign alone is enough where both are given: each is taken away where the other is missing.
  {
    ...without(
      'NOSCRIPT as the sign of a gate that was restarted',
      LOST,
      { scriptFence: false },
      { historyFence: false },
    ),
    unless: 'gate demoted and promoted', // it keeps its scripts
  },
  without('the history of the server in the claim script', LOST, { historyFence: false }),
  without(
    'the history of the server where scripts survive a restart',
    LOST,
    { historyFence: false },
    { scriptFence: false },
  ),
  without('ledger dedupe and unique keys', /an ordinal twice/, { dedupe: false }),
  without('status index in the same transaction', /not listed|listed as/, {
    statusIndexInTransaction: false,
  }),
  without('outbox in the same transaction', /issued without an event/, { outboxInTransaction: false }),
  {
    ...without('pending entry removed only after the commit', LOST, { ClaimIssuer: ConfirmsFirst }),
    // Confirmed at the gate, and never committed.
    aim: { step: 'gate.confirm', when: 'after' },
  },
  without(
    'offset committed only after the rows',
    LOST,
    { ClaimConsumer: DoesNotWait },
    { KafkaClaimLog: OnlyTheGroup },
  ),
  without('answer only after the log', LOST, { ClaimAppender: AnswersBeforeTheLog }),
  without('void behind the barrier', LOST, { GateEpochs: NeverVoid }),
  without('void for good once an epoch opened', LOST, { GateEpochs: ForgetsOldBarriers }),
  without('the lead, asked between announcing a voucher and opening it', LOST, { VoucherLoader: NeverAsks }),
  without('lease of an answer', LOST, { GateKeeper: AlwaysAnswers }),
  without('log read again where the database forgot', /forgotten records/, {
    KafkaClaimLog: NeverReadsAgain,
  }),
  without('epoch opened only on a database that has consumed', LOST, { KafkaClaimLog: BelievesTheGroup }),
  without('number of a give-back', GIVEN_BACK, { numberedReturns: false }),
  {
    ...without('give-back recorded only under an open epoch', GIVEN_BACK, { UnitReturns: RecordsAnyTime }),
    // Between the counters of a voucher and its users.
    aim: { step: 'db.rebuild.users', when: 'before', stopMs: 1_000 },
  },
  {
    ...without('database before gate at a give-back', GIVEN_BACK, { UnitReturns: GateFirst }),
    // Before the commit: the one who asked may ask again, or not.
    aim: { step: 'gate.giveBack', when: 'after' },
  },
  without('job that finishes give-backs', /not drained/, { UnitReturns: NobodyFinishes }),
  without('time to confirm judged by one clock', /too late, and issued/, { Confirmations: OwnClock }),
  without('units kept for those who wait', /overtaken/, { waitingList: false }),
  {
    ...without('offer that the gate had not heard of, asked for again', /an offer refused before its time/, {
      WaitingListService: AsksOnce,
    }),
    // Between the offer in the database and the gate.
    aim: { step: 'gate.offer', when: 'before' },
  },
  {
    ...without('place that ends with its claim, though the gate forgot its offer', /an open waiting list/, {
      Offers: WaitsForEver,
    }),
    aim: 'an accepted offer is forgotten',
  },
  without('job that releases held claims', /not drained/, { HeldClaims: NobodyReleases }),
  // Each keeps a claim from moving twice: the other is missing beside it.
  without('compare-and-set of a move', TWICE, { claimCompareAndSet: false }, { eventKeys: false }),
  {
    ...without(
      'time to redeem, asked for again by each step that expires claims',
      /expired before its time/,
      {
        ClaimExpiry: ExpiresUnasked,
      },
    ),
    // Between the look at what is due and the step: the merchant moves the time meanwhile.
    aim: { step: 'db.expiry.due', when: 'after', stopMs: 1_000 },
  },
  without('job that expires claims', /claims whose time is over/, { ClaimExpiry: NobodyExpires }),
  without('second look at a voucher whose time is over', /issued, and its time is over/, {
    ClaimExpiry: LooksOnce,
  }),
  {
    ...without('offsets beyond the end of the log', /not drained/, { KafkaClaimLog: BelievesOffsets }),
    // Offsets that are committed, and a log that is then lost.
    aim: { step: 'log.commit', when: 'after' },
  },
];
