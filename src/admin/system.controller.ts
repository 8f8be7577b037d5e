import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ForAdmin } from '../auth/index.js';
import { cachePolicies } from '../cache/index.js';
import { SystemStatus } from '../claim/index.js';
import { CONFIG, RATE_LIMIT_POLICIES, type Config } from '../config/index.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { InstanceRegister, type InstanceReport } from '../instances/instances.js';
import { RateLimited } from '../rate-limit/index.js';
import { Clock, rfc3339 } from '../common/clock.js';
import {
  instancesSchema,
  policiesSchema,
  systemSchema,
  type InstancesBody,
  type PoliciesBody,
  type SystemBody,
} from './system.dto.js';

/** What runs, how it fares and by which rules, for administrators. */
@ApiTags('Administration')
@Controller('admin')
export class SystemController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly register: InstanceRegister,
    private readonly status: SystemStatus,
    private readonly clock: Clock,
  ) {}

  @Get('instances')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'listInstances',
    summary: 'List running instances',
    description: 'Each reports every two seconds; one that died is gone after nine.',
  })
  @Answers(200, 'All of them, oldest first', instancesSchema)
  @Refuses('overloaded', 'dependency_unavailable')
  async instances(): Promise<InstancesBody> {
    const reports = await this.register.list();
    const data = reports.map((report) => ({ object: 'instance' as const, ...report }));
    return { object: 'list', url: '/v1/admin/instances', has_more: false, data };
  }

  @Get('system')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'getSystemStatus',
    summary: 'Get queue sizes and lag',
    description: 'A number is null while the store that knows it does not answer.',
  })
  @Answers(200, 'The system now', systemSchema)
  @Refuses('overloaded')
  async system(): Promise<SystemBody> {
    const [gate, backlog, instances] = await Promise.all([
      this.status.gateStatus(),
      this.status.backlog(),
      this.register.list().catch(() => []),
    ]);
    return {
      object: 'system',
      as_of: rfc3339(this.clock.now()),
      gate: gate
        ? {
            epoch: gate.epoch,
            state: gate.state,
            scripts_version: gate.scriptsVersion,
            leader: gate.leader ?? null,
          }
        : null,
      gate_open_here: this.status.isOpenHere,
      log_lag: backlog.logLag ?? null,
      pending: backlog.pending?.size ?? null,
      pending_oldest_ms: backlog.pending?.oldestMs ?? null,
      intake_depth: backlog.intakeDepth ?? null,
      outbox_depth: backlog.outboxDepth ?? null,
      dead_letters_open: backlog.deadLettersOpen ?? null,
      jobs: lastRuns(instances),
    };
  }

  @Get('policies')
  @RateLimited('status', 'user')
  @ForAdmin()
  @ApiOperation({
    operationId: 'getPolicies',
    summary: 'Get the limits and lifetimes in force',
    description: 'As the instance that answers was configured; they are set by its environment.',
  })
  @Answers(200, 'The policies', policiesSchema)
  @Refuses('overloaded')
  policies(): PoliciesBody {
    const perSecond = this.config.CLAIM_DRAIN_PER_SECOND;
    return {
      object: 'policies',
      rate_limits: RATE_LIMIT_POLICIES.map((name) => {
        const rule = this.config.rateLimits[name];
        return {
          name,
          enabled: rule !== undefined,
          algorithm: rule?.algorithm ?? null,
          limit: rule?.limit ?? null,
          window_ms: rule?.windowMs ?? null,
          scope: rule?.scope ?? null,
          when_away: rule?.scope === 'shared' ? rule.whenAway : null,
          setting: `RATE_LIMIT_${name.toUpperCase()}`,
        };
      }),
      drain: { claims_per_second: perSecond === 0 ? null : perSecond },
      caches: Object.entries(cachePolicies(this.config)).map(([family, policy]) => ({
        family,
        local: { fresh_ms: policy.local.freshMs, stale_ms: policy.local.staleMs },
        shared: { fresh_ms: policy.shared.freshMs, stale_ms: policy.shared.staleMs },
        null_ms: policy.nullMs,
        jitter: policy.jitter,
      })),
    };
  }
}

/** Of each job the newest run, and the failures on all instances. */
function lastRuns(instances: readonly InstanceReport[]): SystemBody['jobs'] {
  const jobs = new Map<string, SystemBody['jobs'][number]>();
  for (const { id, jobs: runs } of instances) {
    for (const { job, outcome, at, duration_ms, failures } of runs) {
      const before = jobs.get(job);
      const all = failures + (before?.failures ?? 0);
      if (!before || before.at < at)
        jobs.set(job, { job, outcome, at, duration_ms, instance: id, failures: all });
      else jobs.set(job, { ...before, failures: all });
    }
  }
  return [...jobs.values()].sort((a, b) => a.job.localeCompare(b.job));
}
