import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, numberOrNull } from '../../database/database.js';
import { Keyset, type NewestFirst } from '../../database/keyset.js';
import type { Mode } from '../../common/mode.js';
import type { ApiScope } from './scopes.js';
import { requireCursors } from '../../common/cursors.js';

/** A key as it is stored. Times in ms since 1970. */
export interface ApiKey {
  readonly id: string;
  readonly merchantId: string;
  readonly name: string;
  /** Which side of the merchant it opens. */
  readonly mode: Mode;
  readonly scopes: readonly ApiScope[];
  /** Ranges that it is used from; none is any address. */
  readonly addresses: readonly string[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export interface ApiKeySecret {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly hint: string;
  readonly createdAt: number;
  /** From when on it is refused; `null` while it is the newest. */
  readonly endsAt: number | null;
}

/** With its secrets, the newest first. */
export interface ApiKeyWithSecrets extends ApiKey {
  readonly secrets: readonly ApiKeySecret[];
}

interface Row {
  readonly id: string;
  readonly merchant_id: string;
  readonly name: string;
  readonly mode: Mode;
  readonly scopes: string;
  readonly addresses: string;
  readonly created_at: number | string;
  readonly created_by: string;
  readonly expires_at: number | string | null;
  readonly last_used_at: number | string | null;
  readonly revoked_at: number | string | null;
}

interface SecretRow {
  readonly hash: string;
  readonly key_id: string;
  readonly hint: string;
  readonly secret_at: number | string;
  readonly ends_at: number | string | null;
}

const COLUMNS =
  'id, merchant_id, name, mode, scopes, addresses, created_at, created_by, expires_at, last_used_at, revoked_at';
const OF_KEY = COLUMNS.split(', ')
  .map((name) => `k.${name}`)
  .join(', ');
const OF_SECRET = 's.hash, s.key_id, s.hint, s.created_at AS secret_at, s.ends_at';

const KEYS_OF_MERCHANT = new Keyset({
  table: 'api_keys',
  index: 'api_keys_by_merchant',
  within: ['merchant_id'],
  by: ['id'],
});

/** API keys in the database. */
@Injectable()
export class ApiKeyStore {
  constructor(private readonly db: Database) {}

  /** The key that a secret opens, whatever has become of either; none of a merchant that is disabled. */
  async byHash(hash: string): Promise<{ readonly key: ApiKey; readonly secret: ApiKeySecret } | undefined> {
    const rows: (Row & SecretRow)[] = await this.db.read.query(
      `SELECT ${OF_KEY}, ${OF_SECRET} FROM api_key_secrets s JOIN api_keys k ON k.id = s.key_id WHERE s.hash = ?
        AND NOT EXISTS (SELECT 1 FROM disabled_accounts d WHERE d.id = k.merchant_id)`,
      [hash],
    );
    return rows.map((row) => ({ key: keyOf(row), secret: secretOf(row) }))[0];
  }

  /** One of this merchant's; `undefined` where it has none of this id. @param tx holds the key against others until it ends */
  async own(merchantId: string, id: string, tx?: EntityManager): Promise<ApiKeyWithSecrets | undefined> {
    const rows: Row[] = await (tx ?? this.db.read).query(
      `SELECT ${COLUMNS} FROM api_keys WHERE id = ? AND merchant_id = ?${tx ? this.db.forUpdate : ''}`,
      [id, merchantId],
    );
    return (await this.withSecrets(rows, tx))[0];
  }

  /**
   * Newest first; one row more than `limit` where there are more.
   * @throws Problem validation_failed for an unknown cursor
   */
  async page(merchantId: string, page: NewestFirst): Promise<ApiKeyWithSecrets[]> {
    const { read } = this.db;
    await requireCursors(page, (id) => KEYS_OF_MERCHANT.holds(read, [merchantId], id));
    const [sql, values] = KEYS_OF_MERCHANT.newestFirst(this.db.dialect, [merchantId], page);
    const rows: Row[] = await this.db.read.query(`SELECT ${COLUMNS} ${sql}`, values);
    return this.withSecrets(rows);
  }

  /** Keys of a merchant that open something at `now`. */
  async countActive(tx: EntityManager, merchantId: string, now: number): Promise<number> {
    const rows: { n: number | string }[] = await tx.query(
      `SELECT COUNT(*) AS n FROM api_keys WHERE merchant_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)`,
      [merchantId, now],
    );
    return Number(rows[0]?.n ?? 0);
  }

  async insert(tx: EntityManager, key: ApiKey): Promise<void> {
    await tx.query(`INSERT INTO api_keys (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
      key.id,
      key.merchantId,
      key.name,
      key.mode,
      key.scopes.join(' '),
      JSON.stringify(key.addresses),
      key.createdAt,
      key.createdBy,
      key.expiresAt,
      key.lastUsedAt,
      key.revokedAt,
    ]);
  }

  /** The newest of a key's secrets from now on. */
  async addSecret(tx: EntityManager, keyId: string, { hash, hint, createdAt }: ApiKeySecret): Promise<void> {
    await tx.query(
      'INSERT INTO api_key_secrets (hash, key_id, hint, created_at, ends_at) VALUES (?, ?, ?, ?, NULL)',
      [hash, keyId, hint, createdAt],
    );
  }

  /** The newest secret opens until `until`; those that were replaced before are gone at once. */
  async retireSecrets(tx: EntityManager, keyId: string, until: number): Promise<void> {
    await tx.query('DELETE FROM api_key_secrets WHERE key_id = ? AND ends_at IS NOT NULL', [keyId]);
    await tx.query('UPDATE api_key_secrets SET ends_at = ? WHERE key_id = ?', [until, keyId]);
  }

  async revoke(tx: EntityManager, id: string, at: number, by: string): Promise<void> {
    await tx.query('UPDATE api_keys SET revoked_at = ?, revoked_by = ? WHERE id = ?', [at, by, id]);
  }

  async noteUse(id: string, at: number): Promise<void> {
    await this.db.write((tx) =>
      tx.query(
        'UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)',
        [at, id, at],
      ),
    );
  }

  private async withSecrets(rows: readonly Row[], tx?: EntityManager): Promise<ApiKeyWithSecrets[]> {
    if (rows.length === 0) return [];
    const secrets: SecretRow[] = await (tx ?? this.db.read).query(
      `SELECT ${OF_SECRET} FROM api_key_secrets s WHERE s.key_id IN (${rows.map(() => '?').join(',')})
        ORDER BY s.created_at DESC`,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      ...keyOf(row),
      secrets: secrets.filter(({ key_id: keyId }) => keyId === row.id).map(secretOf),
    }));
  }
}

const keyOf = (row: Row): ApiKey => ({
  id: row.id,
  merchantId: row.merchant_id,
  name: row.name,
  mode: row.mode,
  scopes: row.scopes.split(' ') as ApiScope[],
  addresses: JSON.parse(row.addresses) as string[],
  createdAt: Number(row.created_at),
  createdBy: row.created_by,
  expiresAt: numberOrNull(row.expires_at),
  lastUsedAt: numberOrNull(row.last_used_at),
  revokedAt: numberOrNull(row.revoked_at),
});

const secretOf = (row: SecretRow): ApiKeySecret => ({
  hash: row.hash,
  hint: row.hint,
  createdAt: Number(row.secret_at),
  endsAt: numberOrNull(row.ends_at),
});
