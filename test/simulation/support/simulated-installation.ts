import type { EntityManager } from 'typeorm';
import { ConsumerBackpressure } from '../../../src/claim/issue/consumer-backpressure.js';
import { Logger } from '@nestjs/common';
import { KafkaClaimLog } from '../../../src/claim/log/kafka/claim-log.kafka.js';
import { KafkaClaimTransport } from '../../../src/claim/log/kafka/claim-transport.kafka.js';
import { ClaimAppender } from '../../../src/claim/log/claim-appender.js';
import { ClaimIssuer } from '../../../src/claim/issue/claim-issuer.js';
import { DeadLetters } from '../../../src/claim/ledger/dead-letters.js';
import { ClaimLookup } from '../../../src/claim/read/claim-lookup.js';
import { ClaimStatusService } from '../../../src/claim/read/claim-status.service.js';
import { ConsumedPositions } from '../../../src/claim/ledger/consumed-positions.js';
import { ClaimConsumer } from '../../../src/claim/issue/claim.consumer.js';
import { ClaimAdmission } from '../../../src/claim/admission/claim-admission.js';
import { PersonAccounts } from '../../../src/claim/admission/person-accounts.js';
import { ProvenPeople } from '../../../src/claim/admission/proven-people.js';
import { EligiblePeople } from '../../../src/claim/admission/eligible-people.js';
import { ProtectedVouchers } from '../../../src/claim/admission/protected-vouchers.js';
import { Customers } from '../../../src/auth/index.js';
import { ClaimService } from '../../../src/claim/accept/claim.service.js';
import { parseGroups, standingOf } from '../../../src/claim/domain/slot-epochs.js';
import type { EmbeddedStockGate } from '../../../src/claim/gate/embedded/stock-gate.embedded.js';
import { GateEpochs, SCRIPTS_VERSION, type EpochRow } from '../../../src/claim/ledger/gate-epochs.js';
import { GateKeeper } from '../../../src/claim/epoch/gate-keeper.js';
import { GateRecovery } from '../../../src/claim/epoch/gate-recovery.js';
import { VoucherLoader } from '../../../src/claim/epoch/voucher-loader.js';
import { LedgerReader } from '../../../src/claim/epoch/ledger-reader.js';
import { EpochedVoucherGate } from '../../../src/claim/epoch/voucher-gate.js';
import { Intake } from '../../../src/claim/log/intake.js';
import { IntakeRelay } from '../../../src/claim/issue/intake-relay.js';
import { OutboxRelay } from '../../../src/claim/outbox/outbox-relay.js';
import { Sweep } from '../../../src/claim/recovery/sweep.js';
import { WaitingStore } from '../../../src/claim/ledger/waiting-store.js';
import { Offers } from '../../../src/claim/waiting/offers.js';
import { WaitingGate } from '../../../src/claim/waiting/waiting-gate.js';
import { WaitingListService } from '../../../src/claim/waiting/waiting-list.service.js';
import { ClaimCodes } from '../../../src/claim/ledger/claim-codes.js';
import { ClaimHolds } from '../../../src/claim/ledger/claim-holds.js';
import { Confirmations } from '../../../src/claim/holds/confirmations.js';
import { HeldClaims } from '../../../src/claim/holds/held-claims.js';
import { ClaimExpiry } from '../../../src/claim/expiry/claim-expiry.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import type { MovedClaims } from '../../../src/claim/moves/moved-claims.js';
import { Redemptions } from '../../../src/redemption/redemption.service.js';
import { RedemptionStore } from '../../../src/redemption/redemption.store.js';
import { Cancellations } from '../../../src/claim/returns/cancellations.js';
import { UnitReturns } from '../../../src/claim/returns/unit-returns.js';
import { Ledger } from '../../../src/claim/ledger/ledger.js';
import { CLAIM_BATCH } from '../../../src/claim/log/claim-transport.js';
import { linesOf } from '../../../src/claim/domain/event-pack.js';
import { EventStream, type EventPack } from '../../../src/claim/outbox/event-stream.js';
import { loadConfig, type Config } from '../../../src/config/index.js';
import { AuditLog } from '../../../src/database/audit-log.js';
import { Database } from '../../../src/database/database.js';
import { Broadcast } from '../../../src/broadcast/broadcast.js';
import { Health } from '../../../src/observability/health.js';
import { registryKey } from '../../../src/claim/gate/redis/gate-keys.redis.js';
import { Metrics } from '../../../src/observability/metrics.js';
import { SoldOutFlag } from '../../../src/claim/gate/sold-out-flag.js';
import { LocalRateLimiter } from '../../../src/rate-limit/adapters/rate-limiter.local.js';
import { BlockList, ClientLimits, ThroughputLimiter, Offences } from '../../../src/rate-limit/index.js';
import { ClaimIds } from '../../../src/common/ids.js';
import { InstanceId } from '../../../src/common/instance-id.js';
import {
  toGateVoucher,
  type EligibilityLists,
  EligibilityTokens,
  type Voucher,
  type VoucherCatalogue,
} from '../../../src/voucher/index.js';
import { idleLoad } from '../../support/idle-load.js';
import { SimDatabase, type DatabaseGuards } from './database.js';
import { SimCluster } from './cluster.js';
import { SimClusterGate } from './cluster-gate.js';
import { SimGate, SimRedis, type GateGuards } from './gate.js';
import { SimBroker } from './kafka.js';
import { Network, Server, type StepFault } from './steps.js';
import { Life, SimClock, type World } from './world.js';

/** The classes of the claim path that a mutation may replace by weaker ones, and the guards of the simulated servers. */
export interface Parts extends DatabaseGuards, GateGuards {
  readonly Ledger: typeof Ledger;
  readonly GateKeeper: typeof GateKeeper;
  readonly GateEpochs: typeof GateEpochs;
  readonly GateRecovery: typeof GateRecovery;
  readonly VoucherLoader: typeof VoucherLoader;
  readonly ClaimIssuer: typeof ClaimIssuer;
  readonly ClaimConsumer: typeof ClaimConsumer;
  readonly ClaimAppender: typeof ClaimAppender;
  readonly KafkaClaimLog: typeof KafkaClaimLog;
  readonly Intake: typeof Intake;
  readonly OutboxRelay: typeof OutboxRelay;
  readonly ConsumedPositions: typeof ConsumedPositions;
  readonly UnitReturns: typeof UnitReturns;
  readonly Confirmations: typeof Confirmations;
  readonly HeldClaims: typeof HeldClaims;
  readonly Offers: typeof Offers;
  readonly ClaimExpiry: typeof ClaimExpiry;
  readonly WaitingListService: typeof WaitingListService;
  readonly ClaimStatusService: typeof ClaimStatusService;
  /** Who publishes asks in the transaction whether the epoch is still the newest. */
  readonly asksAtPublishing: boolean;
}

export const WHOLE: Parts = {
  Ledger,
  GateKeeper,
  GateEpochs,
  GateRecovery,
  VoucherLoader,
  ClaimIssuer,
  ClaimConsumer,
  ClaimAppender,
  KafkaClaimLog,
  Intake,
  OutboxRelay,
  ConsumedPositions,
  UnitReturns,
  Confirmations,
  HeldClaims,
  Offers,
  ClaimExpiry,
  WaitingListService,
  ClaimStatusService,
  asksAtPublishing: true,
  dedupe: true,
  conditionalStock: true,
  outboxInTransaction: true,
  statusIndexInTransaction: true,
  claimCompareAndSet: true,
  eventKeys: true,
  scriptFence: true,
  historyFence: true,
  quota: true,
  preparesOnlyHeldEpochs: true,
  numberedReturns: true,
  waitingList: true,
};

/** Spans are short, so that a run is; their order is that of the defaults. */
const ONE_SERVER: Config = {
  ...loadConfig({
    NODE_ENV: 'test',
    DATABASE_URL: 'mariadb://u:p@127.0.0.1:1/vc',
    REDIS_URL: 'redis://127.0.0.1:1/0',
    KAFKA_BROKERS: '127.0.0.1:1',
    // How often somebody may try is not what is simulated here.
    RATE_LIMIT_CLAIM: 'off',
  }),
  GATE_LEASE_MS: 1_200,
  KAFKA_SEND_TIMEOUT_MS: 400,
  KAFKA_BREAKER_RESET_MS: 500,
  SWEEP_AFTER_MS: 500,
  SWEEP_INTERVAL_MS: 700,
  INTAKE_INTERVAL_MS: 600,
  OUTBOX_INTERVAL_MS: 700,
  LIFECYCLE_INTERVAL_MS: 1_000,
  WAITING_LIST_ACCEPT_S: 1.5,
};

const CLUSTER: Config = { ...ONE_SERVER, GATE_KEEPS_SLOTS: 'on' };

const METRICS = new Metrics();

class SimBroadcast extends Broadcast {
  constructor(
    private readonly system: SimulatedInstallation,
    private readonly life: Life,
  ) {
    super();
  }

  async publish(channel: string, message: string): Promise<void> {
    const { system } = this;
    await system.network
      .call(this.life, system.radio, 'broadcast.publish', () => {
        for (const { life, heard } of system.listeners.filter((entry) => entry.channel === channel))
          if (!system.world.dice.chance(system.radio.lostAnswers)) life.in(1, () => heard(message));
      })
      .catch(() => undefined);
  }

  subscribe(channel: string, heard: (message: string) => void): void {
    this.system.listeners.push({ life: this.life, channel, heard });
  }
}

/** Everybody may claim what is given out here. */
const NO_LISTS = { listed: async () => new Set<string>() } as unknown as EligibilityLists;
const NO_TOKENS = { admitted: async () => new Set<string>() } as unknown as EligibilityTokens;

class NoBlocks extends BlockList {
  onBlocked(): void {}
  blockedAddress(): undefined {}
  blockedUser(): undefined {}
}

/** What instances tell each other of moves only spares them reads, and each of them would reserve its room. */
const UNTOLD = { publish: () => Promise.resolve() } as unknown as MovedClaims;

class NoOffences extends Offences {
  note(): void {}
}

class SimEvents extends EventStream {
  constructor(
    private readonly system: SimulatedInstallation,
    private readonly life: Life,
  ) {
    super();
  }

  send(packs: readonly EventPack[]): Promise<void> {
    const { broker, network } = this.system;
    return network.call(this.life, broker.server, 'events.send', () => {
      for (const { payload } of packs)
        for (const line of linesOf(payload))
          broker.events.push({ id: (JSON.parse(line) as { id: string }).id, payload: line });
    });
  }
}

/** The row of the epoch as a version sees it that knows no slots which keep their epoch: newer scripts own the gate since. */
class OlderEpochs extends GateEpochs {
  override async current(): Promise<EpochRow> {
    return { ...readable(await super.current()), scriptsVersion: SCRIPTS_VERSION + 1 };
  }

  override async hold(tx: EntityManager): Promise<EpochRow> {
    return readable(await super.hold(tx));
  }
}

function readable(row: EpochRow): EpochRow {
  if (row.groups.length > 0) throw new Error('Unexpected token > in JSON');
  return row;
}

/** One running process: the real classes of the claim path, on simulated servers. */
export class Instance {
  readonly service: ClaimService;
  readonly status: ClaimStatusService;
  readonly keeper: GateKeeper;
  readonly vouchersAtGate: EpochedVoucherGate;
  readonly cancellations: Cancellations;
  readonly confirmations: Confirmations;
  readonly waitingList: WaitingListService;
  readonly offers: Offers;
  readonly db: Database;
  readonly expiry: ClaimExpiry;
  readonly redemptions: Redemptions;

  constructor(
    system: SimulatedInstallation,
    parts: Parts,
    readonly life: Life,
    isOlder = false,
  ) {
    const clock = new SimClock(life);
    const db = new Database(system.database.connect(life), clock);
    this.db = db;
    const config = system.cluster ? CLUSTER : ONE_SERVER;
    const epochs = new parts.GateEpochs(db, clock);
    const gate = system.cluster
      ? new SimClusterGate(system.cluster, system.network, life, epochs, clock)
      : new SimGate(system.redis, system.network, life);
    const broadcast = new SimBroadcast(system, life);
    const health = new Health();
    const { ids } = system;
    const vouchers = {
      find: (id: string) =>
        system.network.call(
          life,
          system.database.server,
          'db.voucher.find',
          () => system.voucher(id) ?? null,
        ),
      findPublic: (id: string) => vouchers.find(id),
    } as unknown as VoucherCatalogue;
    const kafka = system.broker.client(life, isOlder);
    const positions = new parts.ConsumedPositions(db, 'claims');
    const log = new parts.KafkaClaimLog(
      kafka,
      { topic: 'claims', groupId: 'group', sendTimeoutMs: config.KAFKA_SEND_TIMEOUT_MS },
      clock,
      positions,
    );
    const holds = new ClaimHolds(db);
    const waiting = new WaitingStore(db);
    const codes = new ClaimCodes(db, ids);
    const ledger = new parts.Ledger(db, epochs, codes, clock, positions, holds);
    const intake = new parts.Intake(db, epochs, clock);
    const letters = new DeadLetters(db, epochs, ids, clock, METRICS, positions);
    const issuer = new parts.ClaimIssuer(ledger, gate, letters, broadcast, clock, METRICS, idleLoad(clock));
    const drain = new ThroughputLimiter(config, clock);
    const relay = new IntakeRelay(config, intake, issuer, drain, METRICS);
    const reader = new LedgerReader(db, waiting, config);
    const loader = new parts.VoucherLoader(epochs, gate, reader, clock, METRICS);
    const instance = new InstanceId(clock.now());
    const recovery = new parts.GateRecovery(
      config,
      epochs,
      gate,
      log,
      relay,
      loader,
      clock,
      METRICS,
      positions,
      instance,
    );
    this.keeper = new parts.GateKeeper(config, gate, epochs, recovery, clock, METRICS, broadcast, health);
    const appender = new parts.ClaimAppender(config, log, intake, clock, METRICS, health);
    const soldOut = new SoldOutFlag(config, gate, clock, broadcast);
    const limiter = new LocalRateLimiter(clock, config.RATE_LIMIT_LOCAL_ENTRIES);
    const offences = new NoOffences();
    const blocks = new NoBlocks();
    const people = new EligiblePeople(NO_LISTS, NO_TOKENS, new Customers(db));
    const proven = new ProvenPeople(new PersonAccounts(db, clock), new Customers(db));
    const admission = new ClaimAdmission(
      config,
      new ClientLimits(config, limiter, METRICS, blocks, offences, clock),
      blocks,
      this.keeper,
      appender,
      limiter,
      offences,
      soldOut,
      people,
      proven,
      clock,
      METRICS,
    );
    this.service = new ClaimService(
      config,
      admission,
      gate,
      this.keeper,
      appender,
      vouchers,
      soldOut,
      db,
      ids,
      clock,
      METRICS,
      offences,
    );
    const looks = new ClaimLookup(db, clock);
    this.status = new parts.ClaimStatusService(gate, this.keeper, db, looks, vouchers, ids, clock, broadcast);
    this.vouchersAtGate = new EpochedVoucherGate(gate, this.keeper, epochs, broadcast, db);
    const returns = new parts.UnitReturns(db, gate, this.keeper, epochs, broadcast, clock, METRICS);
    const moves = new ClaimMoves(db, new AuditLog());
    const heldClaims = new parts.HeldClaims(db, holds, moves, returns, vouchers, broadcast, clock);
    this.confirmations = new parts.Confirmations(
      db,
      moves,
      holds,
      vouchers,
      this.status,
      ids,
      broadcast,
      codes,
    );
    const waitingGate = new WaitingGate(gate, this.keeper, waiting, broadcast);
    this.offers = new parts.Offers(config, db, waiting, waitingGate, returns, vouchers, clock);
    this.waitingList = new parts.WaitingListService(
      db,
      waiting,
      waitingGate,
      returns,
      vouchers,
      new ProtectedVouchers(vouchers, clock),
      people,
      proven,
      this.service,
      clock,
    );
    this.cancellations = new Cancellations(
      db,
      moves,
      holds,
      returns,
      vouchers,
      this.status,
      this.vouchersAtGate,
      ids,
      clock,
      broadcast,
      codes,
    );
    this.expiry = new parts.ClaimExpiry(db, moves, clock);
    this.redemptions = new Redemptions(
      db,
      new RedemptionStore(db),
      moves,
      UNTOLD,
      this.expiry,
      vouchers,
      clock,
    );
    const sweep = new Sweep(config, gate, this.keeper, log, intake, appender, ids, METRICS, db);
    const outbox = new parts.OutboxRelay(db, new SimEvents(system, life), clock, METRICS);

    this.keeper.onApplicationBootstrap();
    const consumer = new parts.ClaimConsumer(
      config,
      issuer,
      drain,
      new ConsumerBackpressure(config, { now: 0 }, clock),
    );
    const transport = new KafkaClaimTransport(
      kafka,
      {
        topic: 'claims',
        groupId: 'group',
        batchMax: config.CONSUMER_BATCH_MAX,
        restoreTopics: async () => false,
        forgotten: () => log.forgotten(),
        skip: (range) => positions.skip(range),
      },
      clock,
    );
    transport.addHandler(CLAIM_BATCH, (batch) => consumer.handle(batch as never), true);
    transport.listen(() => undefined);

    let known = 0;
    // Each instance runs all jobs: a lock would only save work.
    job(clock, config.SWEEP_INTERVAL_MS, () => sweep.run());
    job(clock, config.INTAKE_INTERVAL_MS, async () => {
      while ((await relay.drain({ paced: true })) > 0);
    });
    job(clock, config.OUTBOX_INTERVAL_MS, () => outbox.run());
    job(clock, config.LIFECYCLE_INTERVAL_MS, () => returns.finishPending());
    job(clock, config.LIFECYCLE_INTERVAL_MS, async () => {
      if (this.keeper.isOpen) await heldClaims.run();
    });
    job(clock, config.LIFECYCLE_INTERVAL_MS, async () => {
      if (this.keeper.isOpen) await this.offers.run();
    });
    job(clock, config.LIFECYCLE_INTERVAL_MS, () => this.expiry.run());
    job(clock, config.LIFECYCLE_INTERVAL_MS, async () => {
      if (!this.keeper.isOpen || known === this.keeper.known) return;
      const epoch = this.keeper.known;
      for (const voucher of await reader.openVouchers(clock.now()))
        await this.vouchersAtGate.configure(voucher);
      known = epoch;
    });
  }
}

/** At most one run at a time; a failure is the next run's matter. */
function job(clock: SimClock, everyMs: number, work: () => Promise<void>): void {
  let running = false;
  clock.every(everyMs, () => {
    if (running) return;
    running = true;
    work()
      .catch(() => undefined)
      .finally(() => {
        running = false;
      });
  });
}

/** Servers and processes of one run. */
export class SimulatedInstallation {
  readonly ids = new ClaimIds('a secret of the tests, 32 characters or more');
  readonly network: Network;
  readonly database: SimDatabase;
  /** Where the gate has several masters. */
  readonly cluster: SimCluster | undefined;
  readonly masters: readonly SimRedis[];
  readonly broker: SimBroker;
  readonly radio = new Server('broadcast', () => new Error('nobody hears'));
  readonly listeners: { life: Life; channel: string; heard: (message: string) => void }[] = [];
  readonly instances: (Instance | undefined)[] = [];
  private readonly lives: number[] = [];

  constructor(
    readonly world: World,
    private readonly parts: Parts,
    private readonly vouchers: readonly Voucher[],
    faults: readonly StepFault[],
    masters: number,
  ) {
    this.network = new Network(world, faults);
    this.database = new SimDatabase(world, this.network, parts);
    this.database.readsDrafts = masters === 1;
    this.cluster = masters > 1 ? new SimCluster(world, parts, masters) : undefined;
    this.masters = this.cluster?.masters ?? [new SimRedis(world, parts)];
    this.broker = new SimBroker(world, this.network);
    Logger.overrideLogger(false);
  }

  /** The only server of the gate, or the first. */
  get redis(): SimRedis {
    return this.masters[0] as SimRedis;
  }

  /** The server that has a voucher now. */
  redisOf(voucherId: string): SimRedis {
    return this.cluster?.masterOf(voucherId) ?? this.redis;
  }

  /** Whether a voucher is in the set of its epoch, on a cluster. */
  isNamed(epoch: number, voucherId: string): boolean | undefined {
    const key = registryKey(epoch);
    return this.cluster && (this.cluster.masterOf(key).memory.sets.get(key)?.has(voucherId) ?? false);
  }

  /** What the gate holds of a voucher, in the epoch that the database says it is in. */
  gateOf(voucherId: string): EmbeddedStockGate | undefined {
    const [row] = this.database.rows('gate_epoch');
    const { epoch } = standingOf(
      {
        epoch: Number(row?.['epoch']),
        state: String(row?.['state']),
        openedEpoch: Number(row?.['opened_epoch']),
        groups: parseGroups((row?.['slot_groups'] ?? null) as string | null),
      },
      voucherId,
    );
    return this.redisOf(voucherId).memory.epochs.get(epoch);
  }

  voucher(id: string): Voucher | undefined {
    return this.vouchers.find((entry) => entry.id === id);
  }

  /** As a publication writes it: when the voucher's claims are to be looked through. */
  watchTime({ id, redeemUntil }: Voucher): void {
    const row = { voucher_id: id, due_at: redeemUntil, position: '', expired: 0 };
    this.database.seed('claim_expiry', id, row);
  }

  /** @param cold whether the gate must still be built for the first time */
  async found(isCold: boolean): Promise<void> {
    // The masters of an epoch are in its row: only a recovery names them.
    const cold = isCold || this.cluster !== undefined;
    for (const voucher of this.vouchers) {
      this.database.seed('vouchers', voucher.id, { ...voucher });
      this.database.seed('voucher_stock', voucher.id, {
        voucher_id: voucher.id,
        total: voucher.totalStock,
        issued: 0,
        returns: 0,
      });
      if (voucher.redeemUntil !== null) this.watchTime(voucher);
    }
    this.database.seed('gate_epoch', '1', {
      epoch: cold ? 0 : 1,
      state: cold ? 'lost' : 'open',
      scripts_version: cold ? 0 : 1,
      barrier: null,
      history: cold ? null : this.redis.history,
      leader: null,
      leader_until: 0,
      opened_epoch: cold ? 0 : 1,
      slot_groups: null,
      masters: null,
    });
    if (cold) return;
    this.redis.tick();
    this.redis.memory.scripts.add(1);
    this.redis.memory.marks.set(1, 'open');
    const gate = await this.redis.epoch(1);
    for (const voucher of this.vouchers) {
      this.redis.register(1, voucher.id);
      const terms = toGateVoucher(voucher);
      await gate.prepare(1, this.parts.quota ? terms : { ...terms, perUserLimit: 1_000 });
    }
  }

  /** Starts process `index`; one that dies starts again after a while. */
  start(index: number, skew: number): void {
    const born = (this.lives[index] ?? 0) + 1;
    this.lives[index] = born;
    const life = new Life(this.world, `p${index}.${born}`, skew);
    life.onDeath(() => {
      this.instances[index] = undefined;
      this.world.in(this.world.dice.between(50, 1_500), () => this.start(index, skew));
    });
    const instance = new Instance(this, this.parts, life);
    if (life.alive) this.instances[index] = instance; // its first step may have been its last
  }

  /** A process of an older version, which takes no claims and reads the log; it stays to the end. */
  startOlder(): void {
    new Instance(this, { ...this.parts, GateEpochs: OlderEpochs }, new Life(this.world, 'older', 0), true);
  }
}
