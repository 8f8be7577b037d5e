const BAR_WIDTH = 30;
const REDRAW_MS = 100;
const LINE_MS = 2_000;

/** One phase on the terminal: a bar that is redrawn, or without a terminal a line now and then. */
export class Progress {
  private done = 0;
  private drawnAt = performance.now();
  private readonly began = performance.now();

  constructor(
    private readonly label: string,
    private readonly total: number,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

  tick(): void {
    this.done += 1;
    const now = performance.now();
    // Drawing costs time on the cores that the server needs: rarely.
    if (now - this.drawnAt < (this.out.isTTY ? REDRAW_MS : LINE_MS)) return;
    this.drawnAt = now;
    this.draw(this.out.isTTY ? '' : '\n');
  }

  finish(): void {
    this.draw(`  ${((performance.now() - this.began) / 1_000).toFixed(1)} s\n`);
  }

  private draw(end: string): void {
    const share = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const filled = Math.round(share * BAR_WIDTH);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
    this.out.write(
      `${this.out.isTTY ? '\r' : ''}${this.label.padEnd(32)} ${bar} ${this.done}/${this.total}${end}`,
    );
  }
}
