import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { idempotencyKeyProblem } from '../../http/idempotency/idempotency.js';
import { Metrics } from '../../observability/metrics.js';
import {
  blockedProblem,
  BlockList,
  ClientLimits,
  LocalRateLimiter,
  Offences,
  rateLimited,
} from '../../rate-limit/index.js';
import { Clock } from '../../common/clock.js';
import { isId } from '../../common/ids.js';
import { isInModeOf } from '../../common/mode.js';
import { Problem } from '../../common/problems.js';
import { ClaimAppender } from '../log/claim-appender.js';
import { GateKeeper } from '../epoch/gate-keeper.js';
import { SoldOutFlag } from '../gate/sold-out-flag.js';
import { challengeCheck } from './challenge-check.js';
import type { Admission, AdmissionCheck, ClaimAttempt } from './claim-attempt.js';
import { eligibilityCheck } from './eligibility-check.js';
import { EligiblePeople } from './eligible-people.js';
import { proofCheck } from './proof-check.js';
import { ProvenPeople } from './proven-people.js';

/** Told to the ten thousand, and always the same. */
const SOLD_OUT = new Problem('sold_out', { layer: 'sold_out_flag' });

/**
 * What a claim has to pass before the gate is asked, in this order. `ClaimService` walks the list for every claim, whichever entrance it came
 * through (fast path, route, claim link, form): a check that is added here holds for all of them (docs/adr/0038).
 */
@Injectable()
export class ClaimAdmission {
  readonly checks: readonly AdmissionCheck[];

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'rateLimits'>,
    clients: ClientLimits,
    blocks: BlockList,
    keeper: GateKeeper,
    appender: ClaimAppender,
    limiter: LocalRateLimiter,
    offences: Offences,
    soldOut: SoldOutFlag,
    people: EligiblePeople,
    proven: ProvenPeople,
    clock: Clock,
    metrics: Metrics,
  ) {
    this.checks = [
      clientCheck(clients),
      userBlockCheck(blocks, clock, metrics),
      idempotencyKeyCheck,
      modeCheck,
      challengeCheck(clock, metrics),
      voucherCheck,
      gateCheck(keeper),
      storageCheck(appender),
      rateCheck(config, limiter, offences, metrics),
      soldOutCheck(soldOut, metrics),
      eligibilityCheck(people, metrics),
      proofCheck(proven, metrics),
    ];
  }

  /** @returns why the claim is refused, by the first check that it does not pass; where there is none, `admission.open` may still refuse it */
  refusal(attempt: ClaimAttempt, admission: Admission): Problem | undefined {
    for (const check of this.checks) {
      const problem = check.refusal(attempt, admission);
      if (problem) return problem;
    }
    return undefined;
  }
}

const clientCheck = (clients: ClientLimits): AdmissionCheck => ({
  name: 'client',
  refusal: ({ isClientJudged, address }) =>
    clients.blockRefusal(address) ?? (isClientJudged ? undefined : clients.rateRefusal(address)),
});

const userBlockCheck = (blocks: BlockList, clock: Clock, metrics: Metrics): AdmissionCheck => ({
  name: 'user-block',
  refusal({ actor }) {
    const block = blocks.blockedUser(actor.userId);
    if (!block) return undefined;
    metrics.funnel.inc({ layer: 'block_list', outcome: 'refused', reason: 'user' });
    return blockedProblem(block, clock.now());
  },
});

const idempotencyKeyCheck: AdmissionCheck = {
  name: 'idempotency-key',
  refusal: ({ idempotencyKey }) =>
    idempotencyKey === undefined ? undefined : idempotencyKeyProblem(idempotencyKey),
};

const noSuchVoucher = (): Problem => new Problem('not_found', { detail: 'There is no such voucher' });

/** Whoever is of the other mode is told as much of a voucher as of one that is not there. */
const modeCheck: AdmissionCheck = {
  name: 'mode',
  refusal: ({ actor, voucherId, protection }) =>
    protection && !isInModeOf(actor, { id: voucherId, merchantId: protection.merchantId })
      ? noSuchVoucher()
      : undefined,
};

const voucherCheck: AdmissionCheck = {
  name: 'voucher',
  refusal: ({ voucherId, protection }) =>
    isId('vch', voucherId) && protection ? undefined : noSuchVoucher(),
};

const gateCheck = (keeper: GateKeeper): AdmissionCheck => ({
  name: 'gate',
  refusal({ voucherId }, admission) {
    const epoch = keeper.epochForClaims(voucherId);
    if (epoch === undefined) return new Problem('gate_recovering');
    admission.epoch = epoch;
    return undefined;
  },
});

const storageCheck = (appender: ClaimAppender): AdmissionCheck => ({
  name: 'storage',
  refusal: () =>
    appender.healthy
      ? undefined
      : new Problem('overloaded', {
          detail: 'No claim can be stored safely right now; nothing was taken',
        }),
});

/** The gate counts for all instances by voucher; this process, before it, what it saw itself, over all vouchers. */
function rateCheck(
  { rateLimits }: Pick<Config, 'rateLimits'>,
  limiter: LocalRateLimiter,
  offences: Offences,
  metrics: Metrics,
): AdmissionCheck {
  const rule = rateLimits.claim && {
    ...rateLimits.claim,
    algorithm: 'sliding-window' as const,
    scope: 'local' as const,
  };
  const passed = metrics.funnel.labels({ layer: 'user', outcome: 'passed', reason: '' });
  return {
    name: 'claim-rate',
    refusal({ actor: { userId }, idempotencyKey, link }, admission) {
      // Whether a key makes this a replay, which is never limited, only the gate knows.
      if (!rule || idempotencyKey !== undefined || link) return undefined;
      const decision = limiter.judge(rule, userId);
      if (decision.allowed) {
        passed.inc();
        admission.limit = { rule, decision };
        return undefined;
      }
      metrics.funnel.inc({ layer: 'user', outcome: 'refused', reason: rule.name });
      offences.note('rate_limited', { userId });
      return rateLimited({ rule, decision });
    },
  };
}

function soldOutCheck(soldOut: SoldOutFlag, metrics: Metrics): AdmissionCheck {
  const layer = 'sold_out_flag';
  const refused = metrics.funnel.labels({ layer, outcome: 'refused', reason: 'sold_out' });
  const passed = metrics.funnel.labels({ layer, outcome: 'passed', reason: '' });
  return {
    name: 'sold-out',
    refusal({ actor: { userId }, voucherId, hasOffer }, { epoch }) {
      if (hasOffer) return undefined;
      const isSoldOut = soldOut.refuses(epoch, voucherId, userId);
      (isSoldOut ? refused : passed).inc();
      return isSoldOut ? SOLD_OUT : undefined;
    },
  };
}
