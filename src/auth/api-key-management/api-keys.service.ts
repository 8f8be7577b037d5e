import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { apiKeyPrefix } from '../../common/api-key-text.js';
import { Clock } from '../../common/clock.js';
import { base32Bytes, newId } from '../../common/ids.js';
import type { Mode } from '../../common/mode.js';
import { Problem } from '../../common/problems.js';
import type { MerchantActor } from '../access.js';
import { ApiKeyStore, type ApiKeySecret, type ApiKeyWithSecrets } from '../api-keys/api-key.store.js';
import { ApiKeyAccess, hashApiKey } from '../api-keys/api-key-access.js';
import type { ApiScope } from '../api-keys/scopes.js';

/** Keys of one merchant that open something. */
const ACTIVE_KEYS_MAX = 100;
const SECRET_BYTES = 32;
const SECRET_LENGTH = 51;
const HINT_LENGTH = 4;

export interface NewApiKey {
  readonly name: string;
  readonly mode: Mode;
  readonly scopes: readonly ApiScope[];
  readonly addresses: readonly string[];
  readonly expiresAt: number | null;
}

/** A key at the one moment when its secret is known. */
export interface MintedApiKey {
  readonly key: ApiKeyWithSecrets;
  readonly secret: string;
}

/** What a merchant's owner does with keys: create, rotate, revoke. Each leaves an entry in the audit log. */
@Injectable()
export class ApiKeys {
  private readonly logger = new Logger('ApiKeys');

  constructor(
    private readonly db: Database,
    private readonly store: ApiKeyStore,
    private readonly access: ApiKeyAccess,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem too_many_api_keys */
  async create(
    owner: MerchantActor,
    { name, mode, scopes, addresses, expiresAt }: NewApiKey,
  ): Promise<MintedApiKey> {
    const now = this.clock.now();
    const { secret, stored } = mint(mode, now);
    const key = {
      id: newId('key', now),
      merchantId: owner.merchantId,
      name,
      mode,
      scopes,
      addresses,
      createdAt: now,
      createdBy: owner.userId,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    };
    await this.db.write(async (tx) => {
      if ((await this.store.countActive(tx, owner.merchantId, now)) >= ACTIVE_KEYS_MAX)
        throw new Problem('too_many_api_keys', {
          detail: `At most ${ACTIVE_KEYS_MAX} keys are active at once`,
        });
      await this.store.insert(tx, key);
      await this.store.addSecret(tx, key.id, stored);
      const details = { name, mode, scopes, addresses, expires_at: expiresAt };
      await this.audit.record(tx, now, [this.entry(owner, 'api_key.created', key.id, details)]);
    });
    this.logger.log({ key: key.id, merchant: owner.merchantId, scopes }, 'API key created');
    return { key: { ...key, secrets: [stored] }, secret };
  }

  /** @throws Problem not_found */
  async find(owner: MerchantActor, id: string): Promise<ApiKeyWithSecrets> {
    const key = await this.store.own(owner.merchantId, id);
    if (!key) throw noSuchKey();
    return key;
  }

  list(
    owner: MerchantActor,
    page: { limit: number; after?: string | undefined; before?: string | undefined },
  ): Promise<ApiKeyWithSecrets[]> {
    return this.store.page(owner.merchantId, page);
  }

  /**
   * Gives the key another secret. The one before opens for `overlapS` seconds more, any older one no longer.
   * @throws Problem not_found, api_key_ended
   */
  async rotate(owner: MerchantActor, id: string, overlapS: number): Promise<MintedApiKey> {
    const now = this.clock.now();
    const { secret } = await this.db.write(async (tx) => {
      const key = await this.store.own(owner.merchantId, id, tx);
      if (!key) throw noSuchKey();
      if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now))
        throw new Problem('api_key_ended');
      const minted = mint(key.mode, now);
      await this.store.retireSecrets(tx, id, now + overlapS * 1_000);
      await this.store.addSecret(tx, id, minted.stored);
      await this.audit.record(tx, now, [this.entry(owner, 'api_key.rotated', id, { overlap_s: overlapS })]);
      return minted;
    });
    this.access.forget(id);
    this.logger.log({ key: id, merchant: owner.merchantId, overlapS }, 'API key rotated');
    return { key: await this.find(owner, id), secret };
  }

  /** Refuses the key on all instances within a second; a key that was revoked before stays as it is. @throws Problem not_found */
  async revoke(owner: MerchantActor, id: string): Promise<void> {
    const now = this.clock.now();
    await this.db.write(async (tx) => {
      const key = await this.store.own(owner.merchantId, id, tx);
      if (!key) throw noSuchKey();
      if (key.revokedAt !== null) return;
      await this.store.revoke(tx, id, now, owner.userId);
      await this.audit.record(tx, now, [this.entry(owner, 'api_key.revoked', id)]);
    });
    this.access.forget(id);
    this.logger.log({ key: id, merchant: owner.merchantId }, 'API key revoked');
  }

  private entry(
    owner: MerchantActor,
    action: string,
    id: string,
    details?: Readonly<Record<string, unknown>>,
  ) {
    const actor = auditActor(owner.userId, owner.merchantId);
    return { actor, action, objectType: 'api_key', objectId: id, ...(details ? { details } : {}) };
  }
}

const noSuchKey = (): Problem => new Problem('not_found', { detail: 'There is no such API key' });

function mint(mode: Mode, now: number): { readonly secret: string; readonly stored: ApiKeySecret } {
  const secret = apiKeyPrefix(mode) + base32Bytes(randomBytes(SECRET_BYTES), SECRET_LENGTH);
  const hint = secret.slice(-HINT_LENGTH);
  return { secret, stored: { hash: hashApiKey(secret), hint, createdAt: now, endsAt: null } };
}
