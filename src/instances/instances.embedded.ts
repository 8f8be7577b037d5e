import type { Clock } from '../common/clock.js';
import { byStart, InstanceRegister, INSTANCES_MAX, type InstanceReport } from './instances.js';

/** One process, so one entry; the same rules all the same. */
export class EmbeddedInstanceRegister extends InstanceRegister {
  private readonly reports = new Map<string, { readonly report: InstanceReport; readonly until: number }>();

  constructor(private readonly clock: Clock) {
    super();
  }

  async put(report: InstanceReport, ttlMs: number): Promise<void> {
    this.reports.set(report.id, { report, until: this.clock.monotonic() + ttlMs });
  }

  async remove(id: string): Promise<void> {
    this.reports.delete(id);
  }

  async list(): Promise<InstanceReport[]> {
    const now = this.clock.monotonic();
    for (const [id, { until }] of this.reports) if (until <= now) this.reports.delete(id);
    return [...this.reports.values()]
      .map(({ report }) => report)
      .sort(byStart)
      .slice(0, INSTANCES_MAX);
  }
}
