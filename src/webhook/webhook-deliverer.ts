import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { HmacSha256 } from '../common/hmac.js';
import { InstanceId } from '../common/instance-id.js';
import { inLanes } from '../common/lanes.js';
import { CONFIG, type Config } from '../config/index.js';
import { AuditLog, systemActor } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { DisabledNotice } from './disabled-notice.js';
import { DeliveryStore, type Delivery, type Settlement } from './delivery.store.js';
import { endpointPause, GIVE_UP_MS, pauseAfter } from './domain/retry-schedule.js';
import { messagesOf, type Message } from './domain/messages.js';
import { Rounds, type Steps } from './domain/rounds.js';
import { signedHeaders, signingKey } from './domain/signature.js';
import {
  EndpointStore,
  type GivenUpReason,
  type MintedEndpoint,
  type WebhookEndpoint,
} from './endpoint.store.js';
import { WebhookClient } from './webhook-client.js';

/** Endpoints that one process sends to at once, each with a queue of its own. */
const WORKERS_MAX = 200;
/** Events that a worker reads at once, or two messages where those hold more. */
const ROUND = 200;
const ROUND_MESSAGES = 2;
/** Requests under way to one endpoint. */
const PARALLEL = 10;
/** No request begins later than one time-out after its round, so a round ends within two. */
const ROUND_TIMEOUTS = 2;
/** The next is read ahead of the end of a round that is as short; one that takes longer does not wait for the database. */
const SHORT_ROUND_MS = 1_000;
const LEASE_MARGIN_MS = 60_000;
const SEALED_PAUSE_MS = 60_000;
const GONE = 410;
const KEEP_MS = 30 * 86_400_000;
const USER_AGENT = 'VoucherConnect-Webhooks/1 (+https://www.standardwebhooks.com)';

/** Events that are sent together. */
interface Round {
  readonly endpoint: MintedEndpoint;
  readonly due: readonly Delivery[];
  /** There may be more. */
  readonly isFull: boolean;
}

/** An endpoint as all messages of a round need it. */
interface Destination {
  readonly url: URL;
  readonly key: HmacSha256;
  /** While one secret replaces another. Times in ms since 1970. */
  readonly previous: { readonly key: HmacSha256; readonly until: number } | undefined;
}

/**
 * Sends what is due. Each endpoint has one worker in one process, by a lease in the database; a worker reads a round of
 * events, sends it, writes what came of it, and ends when nothing is due. So memory is bounded by the rounds of `WORKERS_MAX` workers, a
 * receiver that hangs holds its own worker alone, and a process that dies leaves at most two rounds to be sent again under the same ids.
 */
@Injectable()
export class WebhookDeliverer implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private readonly workers = new Map<string, Promise<void>>();
  private stopped = false;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'WEBHOOK_TIMEOUT_MS'>,
    private readonly db: Database,
    private readonly endpoints: EndpointStore,
    private readonly deliveries: DeliveryStore,
    private readonly client: WebhookClient,
    private readonly audit: AuditLog,
    private readonly notice: DisabledNotice,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers.values());
    this.client.close();
  }

  /** Starts workers for endpoints with something due, and does not wait for them. */
  async run(): Promise<void> {
    const free = WORKERS_MAX - this.workers.size;
    if (free <= 0 || this.stopped) return;
    for (const id of await this.endpoints.due(this.clock.now(), free)) {
      if (this.workers.has(id)) continue;
      const worker = this.work(id)
        .catch((error: unknown) => {
          this.logger.warn({ endpoint: id, err: error }, 'webhook worker stopped; what is due is sent later');
        })
        .finally(() => this.workers.delete(id));
      this.workers.set(id, worker);
    }
  }

  /** Resolves once the workers that were started have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.workers.values());
  }

  /** Forgets deliveries that ended a month ago. */
  prune(): Promise<number> {
    return this.deliveries.prune(this.clock.now() - KEEP_MS);
  }

  private async work(id: string): Promise<void> {
    const held = new Set<string>();
    const steps: Steps<Round, readonly Settlement[]> = {
      read: () => this.read(id, held),
      send: (round, halfway) => this.send(round, halfway),
      write: ({ endpoint }, settlements) => this.settle(endpoint, settlements),
      letGo: ({ due }) => {
        for (const one of due) held.delete(one.id);
        this.metrics.webhookEventsHeld.dec(due.length);
      },
    };
    try {
      await new Rounds(steps, () => this.stopped).run();
    } finally {
      await this.endpoints.release(id, this.instance.value);
    }
  }

  private async read(id: string, held: Set<string>): Promise<Round | undefined> {
    const now = this.clock.now();
    const leaseMs = ROUND_TIMEOUTS * this.config.WEBHOOK_TIMEOUT_MS + LEASE_MARGIN_MS;
    if (!(await this.endpoints.lease(id, this.instance.value, now, now + leaseMs))) return undefined;
    const endpoint = await this.endpoints.find(id);
    if (!endpoint) return undefined;
    if (!isOpen(endpoint)) {
      await this.waitForSecret(endpoint);
      return undefined;
    }
    const most = Math.max(ROUND, ROUND_MESSAGES * endpoint.batchSize);
    const due = await this.deliveries.due(id, now, most, held);
    if (due.length === 0) return undefined;
    for (const one of due) held.add(one.id);
    this.metrics.webhookEventsHeld.inc(due.length);
    return { endpoint, due, isFull: due.length === most };
  }

  /** What is due waits until a key of the configuration opens the secret, or its merchant makes another. */
  private async waitForSecret({ id, failures }: WebhookEndpoint): Promise<void> {
    const until = this.clock.now() + SEALED_PAUSE_MS;
    await this.db.write((tx) => this.endpoints.noteFailure(tx, id, failures, until));
    this.logger.error(
      { event: 'secrets_unreadable', endpoint: id },
      'webhook waits: its secret does not open with SECRETS_KEY or SECRETS_KEY_PREVIOUS',
    );
  }

  /** A receiver that hangs, or is not there, is not asked for the rest of the round; what was not sent stays due as it was. */
  private async send({ endpoint, due, isFull }: Round, halfway: () => void) {
    const sent: Settlement[] = [];
    const destination = destinationOf(endpoint);
    const began = this.clock.monotonic();
    const lastStart = began + this.config.WEBHOOK_TIMEOUT_MS;
    let isAnswering = true;
    let taken = 0;
    await inLanes(PARALLEL, messagesOf(endpoint.batchSize, due), async (message) => {
      if (!isAnswering || this.clock.monotonic() > lastStart) return;
      const made = await this.attempt(destination, message);
      for (const one of made) sent.push(one);
      if (made[0]?.status === 'delivered') {
        const before = taken;
        taken += made.length;
        const isHalf = before < due.length / 2 && taken >= due.length / 2;
        if (isFull && isHalf && this.clock.monotonic() - began < SHORT_ROUND_MS) halfway();
      } else if (made[0]?.attempt.responseStatus === null) isAnswering = false;
    });
    // What was read ahead is used at once, so that endpoint and lease are never older than they would be.
    const isShort = this.clock.monotonic() - began < SHORT_ROUND_MS;
    return { sent, mayOverlap: isFull && isShort && taken === due.length };
  }

  private async attempt(
    { url, key, previous }: Destination,
    message: Message<Delivery>,
  ): Promise<Settlement[]> {
    const at = this.clock.now();
    const began = this.clock.monotonic();
    const keys = previous !== undefined && previous.until > at ? [key, previous.key] : [key];
    const headers = {
      ...signedHeaders(message.id, at, message.body, keys),
      'content-type': 'application/json; charset=utf-8',
      'user-agent': USER_AGENT,
    };
    const { status, body = null, error } = await this.client.post(url, headers, message.body);
    const isRedirect = status !== undefined && status >= 300 && status < 400;
    const answer = {
      at,
      durationMs: Math.round(this.clock.monotonic() - began),
      responseStatus: status ?? null,
      responseBody: body,
      error: error ?? (isRedirect ? 'redirects are not followed' : null),
    };
    const isTaken = status !== undefined && status >= 200 && status < 300;
    const random = Math.random(); // one for all of them: a batch stays together
    const now = this.clock.now();
    return message.deliveries.map((delivery) => {
      const attempt = { ...answer, number: delivery.attempts + 1 };
      const batchId = message.id === delivery.eventId ? null : message.id;
      const made = { delivery, attempt, batchId };
      if (isTaken) return { ...made, status: 'delivered', dueAt: delivery.dueAt };
      const pause = pauseAfter(attempt.number - delivery.roundFrom, random);
      if (pause === undefined || status === GONE) return { ...made, status: 'failed', dueAt: delivery.dueAt };
      return { ...made, status: 'pending', dueAt: now + pause };
    });
  }

  private async settle(endpoint: WebhookEndpoint, settlements: readonly Settlement[]): Promise<void> {
    const now = this.clock.now();
    const isAlive = settlements.some(({ status }) => status === 'delivered');
    const disabled = isAlive ? undefined : disabledBy(endpoint, settlements);
    await this.db.write(async (tx) => {
      await this.deliveries.settle(tx, settlements);
      if (isAlive) await this.endpoints.noteSuccess(tx, endpoint.id, now);
      else {
        const failures = endpoint.failures + 1;
        await this.endpoints.noteFailure(tx, endpoint.id, failures, now + endpointPause(failures));
      }
      if (!disabled) return;
      await this.endpoints.disable(tx, endpoint.id, disabled);
      const actor = systemActor(endpoint.merchantId);
      const details = { reason: disabled };
      await this.audit.record(tx, now, [
        { actor, action: 'webhook.disabled', objectType: 'webhook', objectId: endpoint.id, details },
      ]);
      await this.notice.add(tx, endpoint, disabled, now);
    });
    for (const { status } of settlements)
      this.metrics.webhookAttempts.inc({ outcome: status === 'pending' ? 'retried' : status });
    if (disabled)
      this.logger.warn(
        { event: 'webhook_disabled', endpoint: endpoint.id, merchant: endpoint.merchantId, reason: disabled },
        'webhook disabled',
      );
  }
}

const isOpen = (endpoint: WebhookEndpoint): endpoint is MintedEndpoint => endpoint.secret !== null;

function destinationOf({ url, secret, previousSecret, previousSecretUntil }: MintedEndpoint): Destination {
  return {
    url: new URL(url),
    key: signingKey(secret),
    previous:
      previousSecret === null
        ? undefined
        : { key: signingKey(previousSecret), until: previousSecretUntil ?? 0 },
  };
}

/** A receiver that is gone said so; one that took nothing in all the time of a round of retries is given up. */
function disabledBy(
  endpoint: WebhookEndpoint,
  settlements: readonly Settlement[],
): GivenUpReason | undefined {
  const failed = settlements.filter(({ status }) => status === 'failed');
  if (failed.some(({ attempt }) => attempt.responseStatus === GONE)) return 'gone';
  const last = endpoint.lastSuccessAt ?? endpoint.createdAt;
  return failed.some(({ attempt }) => attempt.at - last >= GIVE_UP_MS) ? 'failing' : undefined;
}
