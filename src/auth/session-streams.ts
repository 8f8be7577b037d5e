import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BlockList, type Block } from '../rate-limit/index.js';
import { Clock } from '../common/clock.js';
import { context } from '../common/request-context.js';
import { currentActor } from './access.js';
import { Revocations } from './revocations.js';
import { isByCookie, SessionCookies } from './session-cookies.js';
import { Tokens } from './tokens.js';

/** On whose authority a stream is open. */
export interface StreamBearer {
  readonly sessionId: string;
  readonly userId: string;
  readonly address: string | undefined;
  /** End of the access token, ms since 1970. */
  readonly expiresAt: number;
}

interface Stream {
  readonly bearer: StreamBearer;
  readonly close: () => void;
}

/**
 * Answers that stay open on the strength of an access token. A stream moves from open to closed once: by its client, or
 * here, when its session is revoked, its token expires, or its user or address is blocked; all instances learn of the first
 * and the last within a second. Whoever may still read opens it again, and is judged anew.
 */
@Injectable()
export class SessionStreams {
  /** By session. */
  private readonly streams = new Map<string, Set<Stream>>();

  constructor(
    private readonly revocations: Revocations,
    private readonly blocks: BlockList,
    private readonly tokens: Tokens,
    private readonly cookies: SessionCookies,
    private readonly clock: Clock,
  ) {
    revocations.onRevoked((sessionIds) => {
      for (const id of sessionIds) closeAll(this.streams.get(id) ?? []);
    });
    blocks.onBlocked((block) => this.closeBlocked(block));
  }

  /** Who opens a stream by this request. Called before the stream begins, which ends the request's context. */
  bearerOf(request: FastifyRequest): StreamBearer {
    const { sessionId, userId } = currentActor();
    return { sessionId, userId, address: context.address(), expiresAt: this.expiresAt(request) };
  }

  /**
   * Holds a stream to the session of who opened it.
   * @param close ends the stream; called once at most, also before this returns
   * @returns to be called when the stream has ended
   */
  hold(bearer: StreamBearer, close: () => void): () => void {
    const { sessionId } = bearer;
    const timer = setTimeout(() => stream.close(), bearer.expiresAt - this.clock.now());
    const release = (): void => {
      clearTimeout(timer);
      const own = this.streams.get(sessionId);
      if (own?.delete(stream) && own.size === 0) this.streams.delete(sessionId);
    };
    const stream: Stream = {
      bearer,
      close: () => {
        release();
        close();
      },
    };
    const own = this.streams.get(sessionId);
    if (own) own.add(stream);
    else this.streams.set(sessionId, new Set([stream]));
    // Revoked between the guard and this line.
    if (this.revocations.has(sessionId)) stream.close();
    return release;
  }

  private closeBlocked({ subject }: Block): void {
    for (const own of this.streams.values())
      closeAll([...own].filter((stream) => this.isBlocked(stream, subject.kind)));
  }

  private isBlocked({ bearer: { userId, address } }: Stream, kind: Block['subject']['kind']): boolean {
    if (kind === 'user') return this.blocks.blockedUser(userId) !== undefined;
    return address !== undefined && this.blocks.blockedAddress(address) !== undefined;
  }

  /** Of the token that the guard let in. */
  private expiresAt(request: FastifyRequest): number {
    const token = isByCookie(request)
      ? this.cookies.accessToken(request.headers)
      : request.headers.authorization?.split(/\s+/)[1];
    return token === undefined ? this.clock.now() : this.tokens.expiresAt(token);
  }
}

function closeAll(streams: Iterable<Stream>): void {
  for (const stream of [...streams]) stream.close();
}
