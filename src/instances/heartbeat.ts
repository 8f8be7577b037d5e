import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Gauge } from 'prom-client';
import { CONFIG, type Config } from '../config/index.js';
import { Clock, rfc3339 } from '../common/clock.js';
import { InstanceId } from '../common/instance-id.js';
import { VERSION } from '../common/version.js';
import { Database } from '../database/database.js';
import { galeraNode } from '../database/galera.js';
import { JobRunner } from '../jobs/job-runner.js';
import { Health } from '../observability/health.js';
import { InstanceRegister, type InstanceReport } from './instances.js';
import { Metrics } from '../observability/metrics.js';

const BEAT_MS = 2_000;
/** An instance that has missed four of them is not shown any more. */
export const REPORT_TTL_MS = 4 * BEAT_MS + 500;
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/**
 * Tells the register of instances that this one lives, and how. Everything in a report was counted for the metrics anyway: no
 * request is slower for it. A register that is away costs nothing but the report.
 */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private stopBeating: () => void = () => undefined;
  private beating: Promise<void> | undefined;
  private stopped = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly register: InstanceRegister,
    private readonly health: Health,
    private readonly metrics: Metrics,
    private readonly jobs: JobRunner,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
    private readonly database: Database,
  ) {
    metrics.instanceInfo.set({ id: instance.value, role: config.APP_ROLE, version: VERSION }, 1);
  }

  onApplicationBootstrap(): void {
    this.loop.enable();
    void this.beat();
    this.stopBeating = this.clock.every(BEAT_MS, () => void this.beat());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopBeating();
    this.loop.disable();
    await this.beating;
    await this.register.remove(this.instance.value).catch(() => undefined);
  }

  private async beat(): Promise<void> {
    if (this.beating || this.stopped) return;
    this.beating = this.report()
      .then((report) => this.register.put(report, REPORT_TTL_MS))
      .catch(() => undefined) // the next one comes in a moment, and readiness tells of the store
      .finally(() => {
        this.beating = undefined;
      });
    await this.beating;
  }

  private async report(): Promise<InstanceReport> {
    const { config, metrics } = this;
    const health = await this.health.report();
    const { rss, heapUsed } = process.memoryUsage();
    const [caches, funnel, gateOpen, gateEpoch, partitions] = await Promise.all([
      readings(metrics.cache),
      readings(metrics.funnel),
      reading(metrics.gateOpen),
      reading(metrics.gateEpoch),
      reading(metrics.consumerPartitions),
    ]);
    const databaseNode = await galeraNode(this.database).catch(() => null);
    const lag = this.eventLoopLag();
    return {
      id: this.instance.value,
      version: VERSION,
      role: config.APP_ROLE,
      mode: config.stack ? 'stack' : 'embedded',
      started_at: rfc3339(this.instance.startedAt),
      last_seen: rfc3339(this.clock.now()),
      ready: health.ready,
      checks: { ...health.parts },
      database_node: databaseNode,
      gate: { open: gateOpen === 1, epoch: gateEpoch },
      memory: { rss_bytes: rss, heap_used_bytes: heapUsed },
      event_loop_lag_ms: lag,
      requests_in_flight: metrics.inFlight,
      consumer: {
        consumes: config.APP_ROLE === 'all' || config.APP_ROLE === 'consumer',
        partitions: config.stack ? partitions : null,
      },
      caches: caches.map(({ labels, value }) => ({
        family: labels['family'] ?? '',
        level: labels['level'] ?? '',
        reads: value,
      })),
      funnel: funnel.map(({ labels, value }) => ({
        layer: labels['layer'] ?? '',
        outcome: labels['outcome'] ?? '',
        reason: labels['reason'] ?? '',
        requests: value,
      })),
      jobs: this.jobs.lastRuns().map(({ job, outcome, at, durationMs, failures }) => ({
        job,
        outcome,
        at: rfc3339(at),
        duration_ms: Math.round(durationMs),
        failures,
      })),
      totals: {
        claims_issued: await reading(metrics.issued),
        claims_rejected: await reading(metrics.rejected),
        dead_letters: await reading(metrics.deadLetters),
        events_sent: await reading(metrics.eventsSent),
      },
    };
  }

  /** Beyond what the timer itself waits. */
  private eventLoopLag(): InstanceReport['event_loop_lag_ms'] {
    const ms = (ns: number): number =>
      Number.isFinite(ns) ? Math.max(0, Math.round((ns / NS_PER_MS - RESOLUTION_MS) * 100) / 100) : 0;
    const lag = { mean: ms(this.loop.mean), p99: ms(this.loop.percentile(99)), max: ms(this.loop.max) };
    this.loop.reset();
    return lag;
  }
}

interface Reading {
  readonly labels: Partial<Record<string, string>>;
  readonly value: number;
}

async function readings(metric: Pick<Gauge, 'get'>): Promise<Reading[]> {
  const { values } = await metric.get();
  return values.map(({ labels, value }) => ({
    labels: Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, String(text)])),
    value,
  }));
}

const reading = async (metric: Pick<Gauge, 'get'>): Promise<number> =>
  (await readings(metric)).reduce((sum, { value }) => sum + value, 0);
