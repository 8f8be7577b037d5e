const BAR_WIDTH = 30;
const REDRAW_MS = 100;
/** Without a terminal a phase is a line at its end; one that lasts says now and then how far it is. */
const LINE_MS = 10_000;

/** One phase of the demo: a bar that is redrawn on a terminal, plain lines elsewhere. */
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
    if (this.out.isTTY) this.out.write(`\r${this.bar()}`);
    else this.out.write(`${this.label}: ${this.count()} ...\n`);
  }

  finish(): void {
    const took = `${((performance.now() - this.began) / 1_000).toFixed(1)} s\n`;
    if (this.out.isTTY) this.out.write(`\r${this.bar()}  ${took}`);
    else this.out.write(`${this.label}: ${this.count()}, ${took}`);
  }

  private count(): string {
    return `${this.done.toLocaleString('en-US')} of ${this.total.toLocaleString('en-US')}`;
  }

  private bar(): string {
    const share = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const filled = Math.round(share * BAR_WIDTH);
    return `${this.label.padEnd(32)} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${this.count()}`;
  }
}
