import { Injectable, Logger } from '@nestjs/common';
import type { MerchantActor } from '../auth/index.js';
import { Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { invalidField, Problem } from '../common/problems.js';
import { AuditLog, auditActor } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import {
  DeliveryStore,
  type Attempt,
  type Delivery,
  type DeliveryFilter,
  type DeliveryStatus,
} from './delivery.store.js';
import { newWebhookSecret } from './domain/signature.js';
import {
  EndpointStore,
  type EndpointStatus,
  type MintedEndpoint,
  type WebhookEndpoint,
} from './endpoint.store.js';
import { WebhookClient } from './webhook-client.js';

const ENDPOINTS_MAX = 10;
const ATTEMPTS_SHOWN = 50;
const REMOVE_ROWS = 1_000;

export interface EndpointTerms {
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  /** Events in a message at most, from 1. */
  readonly batchSize: number;
}

/** What a merchant does with webhooks. Each change leaves an entry in the audit log. */
@Injectable()
export class Webhooks {
  private readonly logger = new Logger('Webhooks');

  constructor(
    private readonly db: Database,
    private readonly endpoints: EndpointStore,
    private readonly deliveries: DeliveryStore,
    private readonly client: WebhookClient,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem validation_failed for a URL that is not allowed, too_many_webhooks */
  async create(actor: MerchantActor, terms: EndpointTerms): Promise<MintedEndpoint> {
    this.requireUrl(terms.url);
    const now = this.clock.now();
    const endpoint: MintedEndpoint = {
      ...terms,
      id: newId('whk', now),
      merchantId: actor.merchantId,
      status: 'enabled',
      disabledReason: null,
      secret: newWebhookSecret(),
      previousSecret: null,
      previousSecretUntil: null,
      createdAt: now,
      createdBy: actor.userId,
      lastSuccessAt: null,
      failures: 0,
    };
    await this.db.write(async (tx) => {
      if ((await this.endpoints.count(tx, actor.merchantId)) >= ENDPOINTS_MAX)
        throw new Problem('too_many_webhooks', { detail: `A merchant has at most ${ENDPOINTS_MAX}` });
      await this.endpoints.insert(tx, endpoint);
      const { url, events, batchSize } = terms;
      const details = { url, events, batchSize };
      await this.audit.record(tx, now, [entry(actor, 'webhook.created', endpoint.id, details)]);
    });
    this.logger.log({ endpoint: endpoint.id, merchant: actor.merchantId }, 'webhook created');
    return endpoint;
  }

  /** @throws Problem not_found */
  async find(actor: MerchantActor, id: string): Promise<WebhookEndpoint> {
    return found(await this.endpoints.own(actor.merchantId, id));
  }

  list(
    actor: MerchantActor,
    page: { limit: number; after?: string | undefined; before?: string | undefined },
  ): Promise<WebhookEndpoint[]> {
    return this.endpoints.page(actor.merchantId, page);
  }

  /** An endpoint that is enabled again gets what was due meanwhile. @throws Problem not_found, validation_failed */
  async change(
    actor: MerchantActor,
    id: string,
    { status, ...terms }: Partial<EndpointTerms> & { readonly status?: EndpointStatus },
  ): Promise<WebhookEndpoint> {
    if (terms.url !== undefined) this.requireUrl(terms.url);
    return this.update(
      actor,
      id,
      'webhook.changed',
      { ...terms, ...(status ? { status } : {}) },
      (endpoint) => ({
        ...endpoint,
        ...terms,
        ...(status === 'enabled' ? { status, disabledReason: null } : {}),
        ...(status === 'disabled' && endpoint.status === 'enabled'
          ? { status, disabledReason: 'by_merchant' as const }
          : {}),
      }),
    );
  }

  /** Another secret; messages are signed with both for `overlapS` seconds. @throws Problem not_found */
  async rotate(actor: MerchantActor, id: string, overlapS: number): Promise<MintedEndpoint> {
    const until = this.clock.now() + overlapS * 1_000;
    const secret = newWebhookSecret();
    const endpoint = await this.update(actor, id, 'webhook.rotated', { overlap_s: overlapS }, (before) => {
      const previousSecret = overlapS === 0 ? null : before.secret;
      return {
        ...before,
        secret,
        previousSecret,
        previousSecretUntil: previousSecret === null ? null : until,
      };
    });
    return { ...endpoint, secret };
  }

  /** With its deliveries. It takes none any more from the first step on; a death on the way leaves it disabled. @throws Problem not_found */
  async remove(actor: MerchantActor, id: string): Promise<void> {
    await this.db.write(async (tx) => {
      found(await this.endpoints.own(actor.merchantId, id, tx));
      await this.endpoints.disable(tx, id, 'by_merchant');
    });
    let removed: number;
    do removed = await this.db.write((tx) => this.deliveries.removeSome(tx, id, REMOVE_ROWS));
    while (removed === REMOVE_ROWS);
    await this.db.write(async (tx) => {
      await this.endpoints.remove(tx, id);
      await this.audit.record(tx, this.clock.now(), [entry(actor, 'webhook.deleted', id)]);
    });
  }

  /** @throws Problem not_found */
  async listDeliveries(actor: MerchantActor, id: string, filter: DeliveryFilter): Promise<Delivery[]> {
    await this.find(actor, id);
    return this.deliveries.page(id, filter);
  }

  /** @throws Problem not_found */
  async findDelivery(
    actor: MerchantActor,
    id: string,
    deliveryId: string,
  ): Promise<{ readonly delivery: Delivery; readonly attempts: readonly Attempt[] }> {
    await this.find(actor, id);
    const delivery = await this.deliveries.own(id, deliveryId);
    if (!delivery) throw new Problem('not_found', { detail: 'There is no such delivery' });
    return { delivery, attempts: await this.deliveries.attempts(deliveryId, ATTEMPTS_SHOWN) };
  }

  /** Sends an event once more, under its id. @throws Problem not_found, delivery_pending */
  async replay(actor: MerchantActor, id: string, deliveryId: string): Promise<Delivery> {
    await this.findDelivery(actor, id, deliveryId);
    const now = this.clock.now();
    const began = await this.db.write((tx) => this.deliveries.replay(tx, id, deliveryId, now));
    if (!began) throw new Problem('delivery_pending');
    return (await this.findDelivery(actor, id, deliveryId)).delivery;
  }

  /** The same for those noted in a span of time. @returns how many. @throws Problem not_found */
  async replaySpan(
    actor: MerchantActor,
    id: string,
    span: { readonly since: number; readonly until: number; readonly status?: DeliveryStatus | undefined },
  ): Promise<number> {
    await this.find(actor, id);
    const now = this.clock.now();
    return this.db.write(async (tx) => {
      const deliveries = await this.deliveries.replaySpan(tx, id, span, now);
      await this.audit.record(tx, now, [entry(actor, 'webhook.replayed', id, { ...span, deliveries })]);
      return deliveries;
    });
  }

  private async update(
    actor: MerchantActor,
    id: string,
    action: string,
    details: Readonly<Record<string, unknown>>,
    change: (endpoint: WebhookEndpoint) => WebhookEndpoint,
  ): Promise<WebhookEndpoint> {
    return this.db.write(async (tx) => {
      const changed = change(found(await this.endpoints.own(actor.merchantId, id, tx)));
      await this.endpoints.update(tx, changed);
      await this.audit.record(tx, this.clock.now(), [entry(actor, action, id, details)]);
      return changed;
    });
  }

  private requireUrl(text: string): void {
    const refusal = URL.canParse(text) ? this.client.refusal(new URL(text)) : 'must be a URL';
    if (refusal === undefined) return;
    throw invalidField('/url', 'url_not_allowed', refusal);
  }
}

function found(endpoint: WebhookEndpoint | undefined): WebhookEndpoint {
  if (!endpoint) throw new Problem('not_found', { detail: 'There is no such webhook' });
  return endpoint;
}

const entry = (
  actor: MerchantActor,
  action: string,
  id: string,
  details?: Readonly<Record<string, unknown>>,
) => ({
  actor: auditActor(actor.userId, actor.merchantId),
  action,
  objectType: 'webhook',
  objectId: id,
  ...(details ? { details } : {}),
});
