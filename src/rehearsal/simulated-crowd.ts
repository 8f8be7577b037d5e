import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { asksForLink, ClaimService, GateKeeper, ProtectedVouchers, StockGate } from '../claim/index.js';
import { Clock } from '../common/clock.js';
import { base32Number, ID_LENGTH } from '../common/ids.js';
import { inMode } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import { CONFIG, type Config } from '../config/index.js';
import { Database } from '../database/database.js';
import { InFlightRequests } from '../http/in-flight-requests.js';
import { LoadShedder } from '../http/load-shedder.js';
import { quantile, type StepCounts } from './domain/ramp.js';

/** Claims that are due are offered in turns of so long. */
const TURN_MS = 5;
const LOOK_MS = 100;
/** What the timer that measures the event loop waits by itself. */
const LOOP_RESOLUTION_MS = 10;
const STOOD_STILL_MS = 3_000;
/** Every claim has an answer by then, if only that a server did not answer. */
const ANSWERS_WITHIN_MS = 30_000;
const LINK_FOR_MS = 60_000;
/** Made for documents (RFC 3849): no client has it, so no limit or block of a client's is touched. */
const ADDRESS = '2001:db8::';
const ORDINAL_LENGTH = 5;

export interface Stage {
  readonly shadowId: string;
  readonly merchantId: string;
  /** Claims a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Number of the first person: nobody comes twice. */
  readonly from: number;
}

/** Lets made-up people claim a shadow, by the same way as a request takes: load shedding, admission, gate, log, ledger. */
@Injectable()
export class SimulatedCrowd {
  constructor(
    @Inject(CONFIG)
    private readonly config: Pick<
      Config,
      'MAX_IN_FLIGHT_REQUESTS' | 'IN_FLIGHT_BURST_MS' | 'REHEARSAL_LAG_MS'
    >,
    private readonly claims: ClaimService,
    private readonly vouchers: ProtectedVouchers,
    private readonly requests: InFlightRequests,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Claims come at their time, however long those before them take; the first one that is shed, or a claim that waits too long for its
   * issue, ends it. Returns once all have their answer and are issued.
   * @param signal ends it, with what there is by then
   */
  async offer(stage: Stage, signal: AbortSignal): Promise<StepCounts> {
    const { shadowId, rate } = stage;
    const protection = await this.vouchers.protectionOf(shadowId);
    const issuedBefore = await this.issued(shadowId);
    const most = rate * stage.seconds;
    const { MAX_IN_FLIGHT_REQUESTS: limit, IN_FLIGHT_BURST_MS: burstMs } = this.config;
    const shedder = new LoadShedder(limit, burstMs, this.clock, () => false);
    const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    loop.enable();
    const count = { offered: 0, accepted: 0, shed: 0, underWay: 0 };
    const refused: Record<string, number> = {};
    const tooksMs: number[] = [];
    let lagMs = 0;
    const began = this.clock.monotonic();

    const press = (): void => {
      const number = count.offered++;
      if (shedder.refuses(this.requests.now + count.underWay)) {
        count.shed += 1;
        return;
      }
      const dueAt = began + (number * 1_000) / rate;
      count.underWay += 1;
      const link = protection &&
        asksForLink(protection) && {
          voucherId: shadowId,
          expiresAt: this.clock.now() + LINK_FOR_MS,
          nonce: randomBytes(16).toString('hex'),
        };
      const attempt = {
        actor: { userId: personOf(shadowId, stage.from + number), merchantId: stage.merchantId },
        voucherId: shadowId,
        address: ADDRESS,
        isClientJudged: true,
        protection,
        ...(link ? { link } : {}),
      };
      this.claims.decide(attempt, (answer) => {
        count.underWay -= 1;
        tooksMs.push(this.clock.monotonic() - dueAt);
        if (!(answer instanceof Error)) count.accepted += 1;
        else {
          const code = answer instanceof Problem ? answer.code : 'internal';
          refused[code] = (refused[code] ?? 0) + 1;
        }
      });
    };

    let turnAt = began;
    let lookAt = began;
    const look = async (): Promise<number> => {
      const waited = await this.oldestPendingMs(shadowId);
      lagMs = Math.max(lagMs, waited ?? 0);
      return waited ?? 0;
    };
    while (count.offered < most && count.shed === 0 && lagMs <= this.config.REHEARSAL_LAG_MS) {
      const now = this.clock.monotonic();
      // Another process may have taken the shadow away from one that stood still.
      if (signal.aborted || now - turnAt > STOOD_STILL_MS) break;
      turnAt = now;
      const due = Math.min(most, Math.floor(((now - began) * rate) / 1_000) + 1);
      while (count.offered < due && count.shed === 0) press();
      if (now >= lookAt) {
        lookAt = now + LOOK_MS;
        void look();
      }
      await this.clock.sleep(TURN_MS);
    }
    const answersBy = this.clock.monotonic() + ANSWERS_WITHIN_MS;
    while (count.underWay > 0 && !signal.aborted && this.clock.monotonic() < answersBy)
      await this.clock.sleep(TURN_MS);
    if (count.underWay > 0) refused['internal'] = (refused['internal'] ?? 0) + count.underWay;
    loop.disable();
    while (!signal.aborted && lagMs <= this.config.REHEARSAL_LAG_MS && (await look()) > 0)
      await this.clock.sleep(LOOK_MS);
    return {
      rate,
      offered: count.offered,
      accepted: count.accepted,
      shed: count.shed,
      refused: { ...refused },
      issued: (await this.issued(shadowId)) - issuedBefore,
      p50Ms: quantile(tooksMs, 0.5),
      p99Ms: quantile(tooksMs, 0.99),
      loopDelayMs: Math.max(0, Math.round(loop.percentile(99) / 1e5) / 10 - LOOP_RESOLUTION_MS),
      lagMs: Math.round(lagMs),
    };
  }

  /** How long the oldest claim waits to be issued, ms; 0 where none does, `undefined` where the gate does not say. */
  async oldestPendingMs(shadowId: string): Promise<number | undefined> {
    try {
      const { size, oldestAt } = await this.gate.pendingSize(this.keeper.known, shadowId);
      return size === 0 || oldestAt === undefined ? 0 : Math.max(1, (await this.gate.now()) - oldestAt);
    } catch {
      return undefined;
    }
  }

  private async issued(shadowId: string): Promise<number> {
    const [row]: { issued: number | string }[] = await this.db.read.query(
      'SELECT issued FROM voucher_stock WHERE voucher_id = ?',
      [shadowId],
    );
    return Number(row?.issued ?? 0);
  }
}

/** Of the test mode, and of this rehearsal alone: an id of no account. */
const personOf = (shadowId: string, number: number): string =>
  inMode(
    `usr_${shadowId.slice(-(ID_LENGTH - ORDINAL_LENGTH))}${base32Number(number, ORDINAL_LENGTH)}`,
    'test',
  );
