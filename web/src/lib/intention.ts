import { newIdempotencyKey } from '../../../clients/typescript/src/key.js';

/** A key for one intention: however often it is sent, it counts once. */
export const newIntention = newIdempotencyKey;

/** One key for as long as the same is sent: after a lost answer it counts once, and other words are another intention. */
export class Intention {
  private of = '';
  private current = '';

  get key(): string {
    return this.current;
  }

  /** @param of what is meant, as a text that is not empty */
  keyFor(of: string): string {
    if (of !== this.of) [this.of, this.current] = [of, newIdempotencyKey()];
    return this.current;
  }

  /** What is sent from now on is another one, also if it is the same. */
  renew(): void {
    [this.of, this.current] = ['', ''];
  }
}
