import { Injectable, Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Clock } from '../common/clock.js';
import type { Actor } from '../common/request-context.js';
import { addPreHandlers } from '../http/pre-handlers.js';
import { SessionStore } from './ports/session-store.js';

/** A session lives for days; to the minute is exact enough, and a claim storm must not become a storm of renewals. */
const RENEW_EVERY_MS = 60_000;
const REMEMBERED_SESSIONS = 100_000;
/**
 * Half a million sessions that wake in one minute would be more work than their claims: above this the others are renewed by
 * one of their later requests, or by the next exchange of their refresh token.
 */
const RENEWALS_PER_SECOND = 200;

/** Whoever is active stays logged in. It never delays a request and never makes one fail. */
@Injectable()
export class SessionRenewal {
  private readonly logger = new Logger('Auth');
  /** Session id -> when this process renewed it, on the monotonic clock. */
  private readonly renewed = new LRUCache<string, number>({ max: REMEMBERED_SESSIONS });
  private second = { from: -Infinity, renewals: 0 };

  constructor(
    private readonly sessions: SessionStore,
    private readonly clock: Clock,
  ) {}

  /** Notes that somebody is active. */
  note(actor: Actor | undefined): void {
    if (actor && !actor.scopes) this.renew(actor.sessionId); // an API key has no session
  }

  private renew(sessionId: string): void {
    const now = this.clock.monotonic();
    const last = this.renewed.get(sessionId);
    if (last !== undefined && now - last < RENEW_EVERY_MS) return;
    if (now - this.second.from >= 1_000) this.second = { from: now, renewals: 0 };
    if (this.second.renewals >= RENEWALS_PER_SECOND) return;
    this.second.renewals += 1;
    this.renewed.set(sessionId, now);
    this.sessions.renew(sessionId).catch((error: unknown) => {
      // The note stays: while the store is away, one try a minute is enough.
      this.logger.debug({ session: sessionId, err: error }, 'session not renewed');
    });
  }
}

/** Renews the session of whoever calls a route that has guards. After `setUpRouteGuards`, so that the user is known. */
export function setUpSessionRenewal(app: NestFastifyApplication): void {
  const renewal = app.get(SessionRenewal);
  const note = ({ actor }: FastifyRequest): undefined => {
    renewal.note(actor);
  };
  addPreHandlers(app, ({ guards }) => (guards ? note : undefined));
}
