import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../common/clock.js';
import { Metrics } from '../observability/metrics.js';
import { JobLock } from './job-lock.js';

export interface JobRun {
  readonly job: string;
  readonly outcome: 'ok' | 'failed';
  /** When it ended, ms since 1970. */
  readonly at: number;
  readonly durationMs: number;
  /** Since the process started. */
  readonly failures: number;
}

/** Runs jobs at their intervals, each by one instance at a time, and waits for them when the process stops. */
@Injectable()
export class JobRunner implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly running = new Map<string, Promise<void>>();
  private readonly last = new Map<string, JobRun>();
  private stopped = false;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly lock: JobLock,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /** Starts `work` every `intervalMs`; a run that is still going on is not started a second time. */
  every(name: string, intervalMs: number, work: () => Promise<unknown>): void {
    const timer = setInterval(() => void this.runOnce(name, work), intervalMs);
    this.scheduler.addInterval(name, timer);
  }

  /** One run now, under the same lock; a failure is logged and counted, never thrown. */
  async runOnce(name: string, work: () => Promise<unknown>): Promise<void> {
    if (this.stopped || this.running.has(name)) return;
    const run = this.guarded(name, work).finally(() => this.running.delete(name));
    this.running.set(name, run);
    await run;
  }

  /** The last run of each job that this process did itself. */
  lastRuns(): JobRun[] {
    return [...this.last.values()];
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    for (const name of this.scheduler.getIntervals()) this.scheduler.deleteInterval(name);
    await Promise.all(this.running.values());
  }

  private async guarded(name: string, work: () => Promise<unknown>): Promise<void> {
    const started = this.clock.monotonic();
    try {
      const ran = await this.lock.run(name, work);
      if (ran) this.note(name, 'ok', started);
      this.metrics.jobs.inc({ job: name, outcome: ran ? 'ok' : 'elsewhere' });
    } catch (error) {
      this.note(name, 'failed', started);
      this.metrics.jobs.inc({ job: name, outcome: 'failed' });
      this.logger.error({ job: name, err: error }, 'job failed; it runs again at its next time');
    }
  }

  private note(job: string, outcome: JobRun['outcome'], started: number): void {
    const failures = (this.last.get(job)?.failures ?? 0) + (outcome === 'failed' ? 1 : 0);
    const durationMs = this.clock.monotonic() - started;
    this.last.set(job, { job, outcome, at: this.clock.now(), durationMs, failures });
  }
}
