import { setTimeout as delay } from 'node:timers/promises';

const TICK_MS = 250;

/** Enter on the terminal, if there is one; pressed at any time since this was made. */
export class StartSignal {
  private pressed = false;
  private readonly onData = (): void => void (this.pressed = true);

  constructor(
    private readonly input: NodeJS.ReadStream = process.stdin,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {
    if (this.interactive) input.on('data', this.onData);
  }

  get interactive(): boolean {
    return Boolean(this.input.isTTY && this.out.isTTY);
  }

  /** Resolves when Enter was pressed or at `time` (ms since 1970), with which of the two. */
  async wait(time: number): Promise<'enter' | 'time'> {
    if (!this.interactive) {
      this.out.write(`the crowd comes in ${secondsUntil(time)} s\n`);
      await delay(Math.max(0, time - Date.now()));
      return 'time';
    }
    while (!this.pressed && Date.now() < time) {
      this.out.write(`\rThe crowd comes in ${String(secondsUntil(time)).padStart(2)} s. Enter: now. `);
      await delay(Math.min(TICK_MS, Math.max(1, time - Date.now())));
    }
    this.out.write('\n');
    return this.pressed ? 'enter' : 'time';
  }

  close(): void {
    if (!this.interactive) return;
    this.input.off('data', this.onData);
    this.input.pause();
  }
}

const secondsUntil = (time: number): number => Math.max(0, Math.ceil((time - Date.now()) / 1_000));
