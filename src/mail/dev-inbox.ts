/** A mail or a login code, as development shows it. */
export interface DevMessage {
  readonly id: string;
  readonly kind: 'mail' | 'code';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Path of the `.eml`; `null` where there is none. */
  readonly file: string | null;
}

const KEPT = 100;

/** What people would have been sent, the newest first: in memory, for development alone. */
export class DevInbox {
  private messages: readonly DevMessage[] = [];

  /** @param url of the page that shows it; `undefined` where there is none */
  constructor(readonly url: string | undefined) {}

  put(message: DevMessage): void {
    if (this.url === undefined) return;
    this.messages = [message, ...this.messages.filter(({ id }) => id !== message.id)].slice(0, KEPT);
  }

  list(): readonly DevMessage[] {
    return this.messages;
  }
}
