import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Broadcast } from '../../broadcast/broadcast.js';
import { CONFIG, type Config } from '../../config/index.js';
import { InFlightRequests } from '../../http/in-flight-requests.js';
import { Clock } from '../../common/clock.js';
import type { LoggedClaim } from '../domain/claim-record.js';

/** Of the requests that a process may have under way: from there on they wait for each other. */
const IN_FLIGHT_SHARE = 0.1;
/** Exports and audits are requests too, and a few of them are no crowd. */
const IN_FLIGHT_MIN = 32;
/** A claim becomes a row within some tens of milliseconds where nothing is in its way. */
const LATE_MS = 250;
/** Fewer at once are no backlog: a claim that the sweep sends again is old as well. */
const LATE_BATCH_MIN = 100;
/** So long a sign of load holds, so that work between two waves of requests does not begin and end with each. */
const HOLD_MS = 1_000;
/** How often the requests are looked at, for the other instances. */
const LOOK_MS = 250;
/** Before it tells them again: twice in the time that a sign holds. */
const TELL_MS = 500;

/** Broadcast channel: an instance is busy with claims. */
const CLAIMS_BUSY = 'claims-busy';

/**
 * Whether claims are being taken or issued as fast as the processes and their database can. Idle: no sign was seen for a second. Busy: since one
 * was:
 *
 * - many requests under way in this process
 * - a large batch of claims that became rows late, written by this process
 * - another instance, on the same database, that saw one of these
 *
 * The clocks of gate and process are compared for the second one: a clock that is ahead is busy with each large batch, one that is behind by
 * longer than the backlog tells by the requests alone.
 */
@Injectable()
export class ClaimLoad implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly inFlightMax: number;
  /** Monotonic, ms. */
  private busyUntil = -Infinity;
  private toldAt = -Infinity;
  private stop = (): void => undefined;

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'MAX_IN_FLIGHT_REQUESTS'>,
    @Inject(InFlightRequests) private readonly requests: Pick<InFlightRequests, 'now'>,
    private readonly clock: Clock,
    private readonly broadcast: Broadcast,
  ) {
    this.inFlightMax = Math.max(IN_FLIGHT_MIN, IN_FLIGHT_SHARE * config.MAX_IN_FLIGHT_REQUESTS);
    broadcast.subscribe(CLAIMS_BUSY, () => this.hold());
  }

  onApplicationBootstrap(): void {
    this.stop = this.clock.every(LOOK_MS, () => this.look());
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  get isBusy(): boolean {
    this.look();
    return this.clock.monotonic() < this.busyUntil;
  }

  /** Told of the claims of each batch that became rows. */
  issued(claims: readonly Pick<LoggedClaim, 'record'>[]): void {
    if (claims.length < LATE_BATCH_MIN) return;
    const oldestAt = claims.reduce((oldest, { record }) => Math.min(oldest, record.at), Infinity);
    if (this.clock.now() - oldestAt >= LATE_MS) this.sign();
  }

  private look(): void {
    if (this.requests.now >= this.inFlightMax) this.sign();
  }

  private sign(): void {
    const now = this.hold();
    if (now - this.toldAt < TELL_MS) return;
    this.toldAt = now;
    void this.broadcast.publish(CLAIMS_BUSY, '');
  }

  /** @returns now, by the monotonic clock */
  private hold(): number {
    const now = this.clock.monotonic();
    this.busyUntil = now + HOLD_MS;
    return now;
  }
}
