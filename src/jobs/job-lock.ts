/**
 * Keeps two instances from doing the same job at the same time. It saves work; it is never what makes a job correct:
 * every job is safe when two run at once.
 */
export abstract class JobLock {
  /**
   * Runs `work` if no other instance holds `name`. The lock is kept alive while `work` runs.
   * @returns whether it ran
   */
  abstract run(name: string, work: () => Promise<unknown>): Promise<boolean>;
}

/** Embedded mode is one process: there is nobody to keep out. */
export class EmbeddedJobLock extends JobLock {
  async run(_name: string, work: () => Promise<unknown>): Promise<boolean> {
    await work();
    return true;
  }
}
