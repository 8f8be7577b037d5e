/** Whom the block list is about. */
export type BlockSubject =
  { readonly kind: 'address'; readonly range: string } | { readonly kind: 'user'; readonly userId: string };

export interface Block {
  readonly id: string;
  readonly subject: BlockSubject;
  readonly reason: string;
  /** `admin` or `automatic`. */
  readonly source: 'admin' | 'automatic';
  /** User id of the administrator; `null` where it came by itself. */
  readonly createdBy: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970; `null` for one without end. */
  readonly endsAt: number | null;
}

/** Who is kept out. Checked in process on every request, so both checks are synchronous and cheap. */
export abstract class BlockList {
  /** @param address as `context.address()` names it */
  abstract blockedAddress(address: string): Block | undefined;
  abstract blockedUser(userId: string): Block | undefined;
  /** @param listener called with each block that this process learns of from now on */
  abstract onBlocked(listener: (block: Block) => void): void;
}

/** What makes a client suspicious: enough of it in a time, and it is blocked by itself. */
export type Offence = 'rate_limited' | 'captcha_failed';

/** Counts offences and blocks automatically. Never rejects and never delays: it is called on the way of a refusal. */
export abstract class Offences {
  abstract note(offence: Offence, who: { readonly address?: string; readonly userId?: string }): void;
}
