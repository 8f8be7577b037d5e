/** A key for one intention: however often it is sent, it counts once. `crypto.randomUUID` is missing on plain http. */
export const newIntention = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

/** One key for as long as the same is sent: after a lost answer it counts once, and other words are another intention. */
export class Intention {
  private of = '';
  private current = '';

  get key(): string {
    return this.current;
  }

  /** @param of what is meant, as a text that is not empty */
  keyFor(of: string): string {
    if (of !== this.of) [this.of, this.current] = [of, newIntention()];
    return this.current;
  }

  /** What is sent from now on is another one, also if it is the same. */
  renew(): void {
    [this.of, this.current] = ['', ''];
  }
}
