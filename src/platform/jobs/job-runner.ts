import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Metrics } from '../ops/metrics.js';
import { JobLock } from './job-lock.js';

/** Runs jobs at their intervals, each by one instance at a time, and waits for them when the process stops. */
@Injectable()
export class JobRunner implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly running = new Map<string, Promise<void>>();
  private stopped = false;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly lock: JobLock,
    private readonly metrics: Metrics,
  ) {}

  /** Starts `work` every `intervalMs`; a run that is still going on is not started a second time. */
  every(name: string, intervalMs: number, work: () => Promise<void>): void {
    const timer = setInterval(() => void this.runOnce(name, work), intervalMs);
    this.scheduler.addInterval(name, timer);
  }

  /** One run now, under the same lock; a failure is logged and counted, never thrown. */
  async runOnce(name: string, work: () => Promise<void>): Promise<void> {
    if (this.stopped || this.running.has(name)) return;
    const run = this.guarded(name, work).finally(() => this.running.delete(name));
    this.running.set(name, run);
    await run;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    for (const name of this.scheduler.getIntervals()) this.scheduler.deleteInterval(name);
    await Promise.all(this.running.values());
  }

  private async guarded(name: string, work: () => Promise<void>): Promise<void> {
    try {
      const ran = await this.lock.run(name, work);
      this.metrics.jobs.inc({ job: name, outcome: ran ? 'ok' : 'elsewhere' });
    } catch (error) {
      this.metrics.jobs.inc({ job: name, outcome: 'failed' });
      this.logger.error({ job: name, err: error }, 'job failed; it runs again at its next time');
    }
  }
}
