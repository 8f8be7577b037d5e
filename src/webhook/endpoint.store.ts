import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { resealAll, type Resealed, type Seal } from '../common/sealed-text.js';
import { requireCursors } from '../common/cursors.js';
import { CONFIG } from '../config/index.js';
import { sealFor, sealingSecrets, type SealingSecrets } from '../config/secrets.js';
import { affectedRows, Database, numberOrNull } from '../database/database.js';
import { Keyset, type NewestFirst } from '../database/keyset.js';

export type EndpointStatus = 'enabled' | 'disabled';
/** Why we disabled it: days without a success, or an answer of 410. */
export type GivenUpReason = 'failing' | 'gone';
export type DisabledReason = 'by_merchant' | GivenUpReason;

/** Where events of a merchant go. Times in ms since 1970. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly merchantId: string;
  readonly url: string;
  readonly description: string | null;
  /** `*` is all. */
  readonly events: readonly string[];
  /** Events in a message at most; 1: each event is its own message. */
  readonly batchSize: number;
  readonly status: EndpointStatus;
  readonly disabledReason: DisabledReason | null;
  /** `null` where no secret of the configuration opens it. */
  readonly secret: string | null;
  readonly previousSecret: string | null;
  readonly previousSecretUntil: number | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly lastSuccessAt: number | null;
  readonly failures: number;
}

interface Row {
  readonly id: string;
  readonly merchant_id: string;
  readonly url: string;
  readonly description: string | null;
  readonly events: string;
  readonly status: EndpointStatus;
  readonly disabled_reason: DisabledReason | null;
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_secret_until: number | string | null;
  readonly created_at: number | string;
  readonly created_by: string;
  readonly last_success_at: number | string | null;
  readonly failures: number;
  readonly batch_size: number;
}

const COLUMNS =
  'id, merchant_id, url, description, events, status, disabled_reason, secret, previous_secret, previous_secret_until, ' +
  'created_at, created_by, last_success_at, failures, batch_size';

const ENDPOINTS_OF_MERCHANT = new Keyset({
  table: 'webhook_endpoints',
  index: 'webhook_endpoints_by_merchant',
  within: ['merchant_id'],
  by: ['id'],
});

/** One whose secret is at hand. */
export type MintedEndpoint = WebhookEndpoint & { readonly secret: string };

/** Endpoints in the database; their secrets are sealed there. */
@Injectable()
export class EndpointStore {
  private readonly sealed: Seal;

  constructor(
    private readonly db: Database,
    @Inject(CONFIG) config: SealingSecrets,
  ) {
    this.sealed = sealFor(sealingSecrets(config), 'webhook secret');
  }

  /** One of this merchant's. @param tx holds it against others until it ends */
  async own(merchantId: string, id: string, tx?: EntityManager): Promise<WebhookEndpoint | undefined> {
    const rows: Row[] = await (tx ?? this.db.read).query(
      `SELECT ${COLUMNS} FROM webhook_endpoints WHERE id = ? AND merchant_id = ?${tx ? this.db.forUpdate : ''}`,
      [id, merchantId],
    );
    return rows.map((row) => this.endpointOf(row))[0];
  }

  async find(id: string): Promise<WebhookEndpoint | undefined> {
    const rows: Row[] = await this.db.read.query(`SELECT ${COLUMNS} FROM webhook_endpoints WHERE id = ?`, [
      id,
    ]);
    return rows.map((row) => this.endpointOf(row))[0];
  }

  /**
   * Newest first; one more than `limit` where there are more.
   * @throws Problem validation_failed for an unknown cursor
   */
  async page(merchantId: string, page: NewestFirst): Promise<WebhookEndpoint[]> {
    const { read } = this.db;
    await requireCursors(page, (id) => ENDPOINTS_OF_MERCHANT.holds(read, [merchantId], id));
    const [sql, values] = ENDPOINTS_OF_MERCHANT.newestFirst(this.db.dialect, [merchantId], page);
    const rows: Row[] = await this.db.read.query(`SELECT ${COLUMNS} ${sql}`, values);
    return rows.map((row) => this.endpointOf(row));
  }

  async count(tx: EntityManager, merchantId: string): Promise<number> {
    const rows: { n: number | string }[] = await tx.query(
      'SELECT COUNT(*) AS n FROM webhook_endpoints WHERE merchant_id = ?',
      [merchantId],
    );
    return Number(rows[0]?.n ?? 0);
  }

  async insert(tx: EntityManager, endpoint: MintedEndpoint): Promise<void> {
    await tx.query(
      `INSERT INTO webhook_endpoints (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        endpoint.id,
        endpoint.merchantId,
        endpoint.url,
        endpoint.description,
        endpoint.events.join(' '),
        endpoint.status,
        endpoint.disabledReason,
        this.sealed.seal(endpoint.id, endpoint.secret),
        null,
        null,
        endpoint.createdAt,
        endpoint.createdBy,
        null,
        0,
        endpoint.batchSize,
      ],
    );
  }

  /** What its merchant may change. An endpoint that is enabled is tried at once. A secret that does not open stays as it is. */
  async update(tx: EntityManager, endpoint: WebhookEndpoint): Promise<void> {
    await tx.query(
      `UPDATE webhook_endpoints SET url = ?, description = ?, events = ?, batch_size = ?, status = ?, disabled_reason = ?, secret = COALESCE(?, secret),
        previous_secret = ?, previous_secret_until = ?, failures = 0, paused_until = 0 WHERE id = ?`,
      [
        endpoint.url,
        endpoint.description,
        endpoint.events.join(' '),
        endpoint.batchSize,
        endpoint.status,
        endpoint.disabledReason,
        endpoint.secret === null ? null : this.sealed.seal(endpoint.id, endpoint.secret),
        endpoint.previousSecret === null ? null : this.sealed.seal(endpoint.id, endpoint.previousSecret),
        endpoint.previousSecretUntil,
        endpoint.id,
      ],
    );
  }

  async remove(tx: EntityManager, id: string): Promise<void> {
    await tx.query('DELETE FROM webhook_endpoints WHERE id = ?', [id]);
  }

  /** Enabled ones of the merchants whose vouchers these are: [voucher, endpoint, events]. One statement. */
  async ofVouchers(
    tx: EntityManager,
    voucherIds: readonly string[],
  ): Promise<
    { readonly voucherId: string; readonly endpointId: string; readonly events: readonly string[] }[]
  > {
    const rows: { voucher_id: string; endpoint_id: string; events: string }[] = await tx.query(
      `SELECT v.id AS voucher_id, e.id AS endpoint_id, e.events FROM vouchers v
         JOIN webhook_endpoints e ON e.merchant_id = v.merchant_id
        WHERE v.id IN (${voucherIds.map(() => '?').join(',')}) AND e.status = 'enabled'`,
      [...voucherIds],
    );
    return rows.map((row) => ({
      voucherId: row.voucher_id,
      endpointId: row.endpoint_id,
      events: row.events.split(' '),
    }));
  }

  /** Those with something to send now that nobody is sending for. */
  async due(now: number, limit: number): Promise<string[]> {
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT e.id FROM webhook_endpoints e WHERE e.status = 'enabled' AND e.lease_until < ? AND e.paused_until <= ?
          AND EXISTS (SELECT 1 FROM webhook_deliveries d
                       WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.due_at <= ?)
        LIMIT ${limit}`,
      [now, now, now],
    );
    return rows.map(({ id }) => id);
  }

  /** Takes or prolongs the right to send for an endpoint. @returns whether `owner` has it now */
  async lease(id: string, owner: string, now: number, until: number): Promise<boolean> {
    const leased = await this.db.write((tx) =>
      affectedRows(
        tx,
        `UPDATE webhook_endpoints SET lease_owner = ?, lease_until = ?
          WHERE id = ? AND status = 'enabled' AND paused_until <= ? AND (lease_until < ? OR lease_owner = ?)`,
        [owner, until, id, now, now, owner],
      ),
    );
    return leased === 1;
  }

  async release(id: string, owner: string): Promise<void> {
    await this.db.write((tx) =>
      tx.query('UPDATE webhook_endpoints SET lease_until = 0 WHERE id = ? AND lease_owner = ?', [id, owner]),
    );
  }

  async noteSuccess(tx: EntityManager, id: string, at: number): Promise<void> {
    await tx.query(
      'UPDATE webhook_endpoints SET last_success_at = ?, failures = 0, paused_until = 0 WHERE id = ?',
      [at, id],
    );
  }

  async noteFailure(tx: EntityManager, id: string, failures: number, pausedUntil: number): Promise<void> {
    await tx.query('UPDATE webhook_endpoints SET failures = ?, paused_until = ? WHERE id = ?', [
      failures,
      pausedUntil,
      id,
    ]);
  }

  async disable(tx: EntityManager, id: string, reason: DisabledReason): Promise<void> {
    await tx.query(
      `UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = ? WHERE id = ? AND status = 'enabled'`,
      [reason, id],
    );
  }

  /** Seals anew what was sealed with an earlier key; one that changes meanwhile is left alone. */
  reseal(): Promise<Resealed> {
    return resealAll<Pick<Row, 'id' | 'secret' | 'previous_secret'>>({
      page: (after, limit) =>
        this.db.read.query(
          `SELECT id, secret, previous_secret FROM webhook_endpoints WHERE id > ? ORDER BY id LIMIT ${limit}`,
          [after],
        ),
      isReadable: ({ id, secret }) => this.sealed.open(id, secret) !== undefined,
      renew: async ({ id, secret, previous_secret: previous }) => {
        const next = [
          this.sealed.renewed(id, secret),
          previous && this.sealed.renewed(id, previous),
        ] as const;
        if (next.every((text) => !text)) return 0;
        return this.db.write((tx) =>
          affectedRows(
            tx,
            `UPDATE webhook_endpoints SET secret = COALESCE(?, secret), previous_secret = COALESCE(?, previous_secret)
              WHERE id = ? AND secret = ?`,
            [next[0] ?? null, next[1] ?? null, id, secret],
          ),
        );
      },
    });
  }

  private endpointOf(row: Row): WebhookEndpoint {
    const open = (text: string): string | null => this.sealed.open(row.id, text) ?? null;
    return {
      id: row.id,
      merchantId: row.merchant_id,
      url: row.url,
      description: row.description,
      events: row.events.split(' '),
      status: row.status,
      disabledReason: row.disabled_reason,
      secret: open(row.secret),
      previousSecret: row.previous_secret === null ? null : open(row.previous_secret),
      previousSecretUntil: numberOrNull(row.previous_secret_until),
      createdAt: Number(row.created_at),
      createdBy: row.created_by,
      lastSuccessAt: numberOrNull(row.last_success_at),
      failures: Number(row.failures),
      batchSize: Number(row.batch_size),
    };
  }
}
