const HOLD_MS = 2_000;

/**
 * Lines of the start. On an embedded installation they wait until the program has said where it is found, since a developer reads the
 * first line. Modes: passing (at first, and for good after `release`), holding (from `hold`). A warning, and the end of the time, end
 * the holding, so that nothing of a start that hangs or fails is missing. Lines that waited carry the time at which they are written.
 */
export class StartLog {
  private held: (() => void)[] | undefined;
  private timer: NodeJS.Timeout | undefined;

  hold(): void {
    this.held = [];
    this.timer = setTimeout(() => this.release(), HOLD_MS).unref();
  }

  /** @param isUrgent what a person has to see now */
  write(line: () => void, isUrgent: boolean): void {
    if (isUrgent) this.release();
    if (this.held) this.held.push(line);
    else line();
  }

  release(): void {
    clearTimeout(this.timer);
    const lines = this.held ?? [];
    this.held = undefined;
    for (const line of lines) line();
  }
}

export const startLog = new StartLog();
