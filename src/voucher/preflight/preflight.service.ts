import { Inject, Injectable, Logger } from '@nestjs/common';
import type { MerchantActor } from '../../auth/index.js';
import { Cache } from '../../cache/index.js';
import { isWithin, plainAddress } from '../../common/address.js';
import { Clock, rfc3339 } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/index.js';
import { BURST_FACTOR } from '../../http/load-shedder.js';
import { InstanceRegister } from '../../instances/instances.js';
import { Merchants } from '../../merchant/index.js';
import { effectiveStatus } from '../domain/lifecycle.js';
import { gatewayLimits } from '../domain/gateway-limits.js';
import { preflight, publishedStatus, type Capacity } from '../domain/preflight.js';
import { GateSync } from '../gate-sync.js';
import { VoucherRepository } from '../voucher.repository.js';
import type { PreflightAnswer, PreflightQuery } from './preflight.dto.js';

export interface Asked {
  readonly peer: string;
  readonly limits: string | undefined;
}

/** A dry run of publishing: reads and judges, and changes nothing. */
@Injectable()
export class Preflight {
  private readonly logger = new Logger('Voucher');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly store: VoucherRepository,
    private readonly sync: GateSync,
    private readonly merchants: Merchants,
    private readonly cache: Cache,
    private readonly instances: InstanceRegister,
    private readonly clock: Clock,
  ) {}

  /**
   * @param asked how the question came: the peer of its connection, and what that says of its limits; of a job there is none
   * @throws Problem not_found
   */
  async run(
    actor: Pick<MerchantActor, 'merchantId'>,
    id: string,
    query: PreflightQuery,
    asked?: Asked,
  ): Promise<PreflightAnswer> {
    const voucher = await this.store.own(actor.merchantId, id);
    const [merchantZone, gateIsOpen, cacheAnswers, instances] = await Promise.all([
      this.merchantZone(actor.merchantId),
      this.sync.isOpen(),
      this.cache.answers(),
      this.countInstances(),
    ]);
    const now = this.clock.now();
    const checks = preflight(
      {
        terms: { ...voucher, status: effectiveStatus(voucher, now) },
        merchantZone,
        gateIsOpen,
        cacheAnswers,
        capacity: { ...this.capacity(), instances, gateway: this.gateway(asked) },
        expected: { crowd: query.expected_crowd, perAddress: query.people_per_address },
      },
      now,
    );
    const becomes = publishedStatus(voucher, now);
    return {
      object: 'preflight',
      voucher_id: id,
      version: voucher.version,
      publishable: !checks.some(({ result }) => result === 'failed'),
      becomes: becomes === 'scheduled' || becomes === 'live' ? becomes : null,
      checks: checks.map(({ name, result, detail, field }) => ({
        name,
        result,
        detail,
        pointer: field === null ? null : `/${field}`,
      })),
      as_of: rfc3339(now),
    };
  }

  private async merchantZone(merchantId: string): Promise<string | undefined> {
    try {
      return (await this.merchants.find(merchantId))?.timeZone;
    } catch (error) {
      this.logger.warn({ merchantId, err: error }, 'a preflight is made without its merchant');
      return undefined;
    }
  }

  /** This process answers at least: its report may not be there yet. */
  private async countInstances(): Promise<number | undefined> {
    try {
      return Math.max(1, (await this.instances.list()).length);
    } catch (error) {
      this.logger.warn({ err: error }, 'a preflight is made without the instances');
      return undefined;
    }
  }

  /** Only a trusted gateway is believed: it overwrites what a client wrote there. */
  private gateway(asked: Asked | undefined): Capacity['gateway'] {
    const { trustedProxies } = this.config;
    if (trustedProxies.length === 0) return 'none';
    if (asked?.limits === undefined) return undefined;
    const peer = plainAddress(asked.peer);
    return trustedProxies.some((range) => isWithin(peer, range)) ? gatewayLimits(asked.limits) : undefined;
  }

  private capacity(): Omit<Capacity, 'instances' | 'gateway'> {
    const { config } = this;
    return {
      requestsAtOnce: config.MAX_IN_FLIGHT_REQUESTS * (config.IN_FLIGHT_BURST_MS > 0 ? BURST_FACTOR : 1),
      watchers: config.WATCHERS_MAX,
      pendingClaims: config.GATE_PENDING_MAX,
      requestsPerAddress: config.rateLimits.global?.limit,
    };
  }
}
