import { createHash, randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { currentActor, Logins, User } from '../../auth/index.js';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { Database } from '../../database/database.js';

type SessionAnswer = Awaited<ReturnType<Logins['open']>>['answer'];

/** Long enough to read what the demo prints before a link is opened. */
export const LINK_TTL_MS = 10 * 60_000;
/** Links that can be open at once; the oldest one makes room for a new one. */
export const LINKS_MAX = 100;
const TOKEN_BYTES = 32;

interface OpenLink {
  readonly userId: string;
  readonly expiresAt: number;
}

/**
 * One-time links that sign their maker in, so that the demo can print an address that opens in a browser with the right account
 * (docs/adr/0065). In memory, by the hash of the token; `DEMO_SIGN_IN_LINKS` says whether they exist at all.
 */
@Injectable()
export class SignInLinks {
  private readonly logger = new Logger('Auth');
  /** In the order in which they were made. */
  private readonly open = new Map<string, OpenLink>();

  constructor(
    private readonly logins: Logins,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** A token for the caller's own account, valid once and for `LINK_TTL_MS`. @throws Problem unauthenticated */
  issue(): { readonly token: string; readonly expiresAt: number } {
    const { userId } = currentActor();
    const oldest = this.open.size >= LINKS_MAX ? this.open.keys().next().value : undefined;
    if (oldest !== undefined) this.open.delete(oldest);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expiresAt = this.clock.now() + LINK_TTL_MS;
    this.open.set(hashOf(token), { userId, expiresAt });
    return { token, expiresAt };
  }

  /** Opens a session for the account of the link. @throws Problem not_found where it was used, has expired or is none */
  async redeem(token: string): Promise<SessionAnswer> {
    const hash = hashOf(token);
    const link = this.open.get(hash);
    // Before anything that waits: of two that come at once one signs in.
    this.open.delete(hash);
    const user =
      link && link.expiresAt > this.clock.now()
        ? await this.database.read.findOneBy(User, { id: link.userId })
        : null;
    if (!user) throw new Problem('not_found', { detail: 'This sign-in link was used or has expired' });
    this.logger.log({ event: 'sign_in_link_used', user: user.id }, 'signed in by a one-time link');
    return (await this.logins.open(user)).answer;
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
