import { createHash } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { isWithin } from '../../common/address.js';
import { Clock } from '../../common/clock.js';
import { inMode } from '../../common/mode.js';
import type { Actor } from '../../common/request-context.js';
import { Problem } from '../../common/problems.js';
import { ApiKeyStore, type ApiKey, type ApiKeySecret } from './api-key.store.js';

/** What was read of a key counts for so long: a revocation reaches every instance within it, whatever messages are lost. */
const KNOWN_MS = 500;
const KNOWN_KEYS = 10_000;
/** To the minute is exact enough for people, and a busy key must not become a stream of writes. */
const NOTE_USE_EVERY_MS = 60_000;

type Found = { readonly key: ApiKey; readonly secret: ApiKeySecret } | undefined;
interface Known {
  readonly found: Found;
  /** On the monotonic clock. */
  readonly until: number;
}

/**
 * Judges API keys. The database is asked at most once in `KNOWN_MS` for each secret in use: that bound, and no broadcast, is what makes
 * a revocation effective within a second (docs/adr/0051).
 */
@Injectable()
export class ApiKeyAccess implements BeforeApplicationShutdown {
  private readonly logger = new Logger('ApiKeys');
  private readonly known = new LRUCache<string, Known>({ max: KNOWN_KEYS });
  private readonly reading = new Map<string, Promise<Found>>();
  /** Key -> when its use was noted, on the monotonic clock. */
  private readonly noted = new LRUCache<string, number>({ max: KNOWN_KEYS });
  private readonly notes = new Set<Promise<void>>();

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.notes);
  }

  /**
   * @param address the client's, as far as trusted proxies tell it
   * @returns the key as an actor of its merchant's live or test side
   * @throws Problem unauthenticated for a key that is unknown, expired, revoked or replaced; address_not_allowed; the database's error
   */
  async actorOf(secret: string, address: string | undefined): Promise<Actor> {
    const found = await this.find(hashApiKey(secret));
    if (!found || !isActive(found, this.clock.now()))
      throw new Problem('unauthenticated', { detail: 'The API key is unknown, revoked or expired' });
    const { key } = found;
    if (key.addresses.length > 0 && !key.addresses.some((range) => isWithin(address ?? '', range))) {
      this.logger.warn(
        { event: 'api_key_address_refused', key: key.id, address },
        'API key used from elsewhere',
      );
      throw new Problem('address_not_allowed');
    }
    this.noteUse(key.id);
    return {
      userId: key.id,
      sessionId: key.id,
      role: 'merchant',
      merchantId: inMode(key.merchantId, key.mode),
      // What services ask for beyond the scopes that routes name; the owner's rights are never a key's.
      merchantRole: 'editor',
      scopes: new Set(key.scopes),
    };
  }

  /** The id of the key that a secret opens or opened: what a log may name. */
  async idOf(secret: string): Promise<string | undefined> {
    return (await this.find(hashApiKey(secret)))?.key.id;
  }

  /** This process reads the key anew. */
  forget(keyId: string): void {
    for (const [hash, { found }] of this.known) if (found?.key.id === keyId) this.known.delete(hash);
  }

  private find(hash: string): Promise<Found> {
    const now = this.clock.monotonic();
    const known = this.known.get(hash);
    if (known && known.until > now) return Promise.resolve(known.found);
    const under = this.reading.get(hash);
    if (under) return under;
    const read = this.store
      .byHash(hash)
      .then((found) => {
        this.known.set(hash, { found, until: now + KNOWN_MS });
        return found;
      })
      .finally(() => this.reading.delete(hash));
    this.reading.set(hash, read);
    return read;
  }

  private noteUse(keyId: string): void {
    const now = this.clock.monotonic();
    const last = this.noted.get(keyId);
    if (last !== undefined && now - last < NOTE_USE_EVERY_MS) return;
    this.noted.set(keyId, now);
    const note = this.store
      .noteUse(keyId, this.clock.now())
      .catch((error: unknown) => {
        this.logger.debug({ key: keyId, err: error }, 'last use of an API key not noted');
      })
      .finally(() => this.notes.delete(note));
    this.notes.add(note);
  }
}

/** A secret has 255 random bits, so that a hash without salt and stretching keeps it (NIST SP 800-63B, 5.1.2). */
export const hashApiKey = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const isActive = ({ key, secret }: NonNullable<Found>, now: number): boolean =>
  key.revokedAt === null &&
  (key.expiresAt === null || key.expiresAt > now) &&
  (secret.endsAt === null || secret.endsAt > now);
