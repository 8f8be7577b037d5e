import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { linesOf, OutboxSubscriber, type EventPack } from '../claim/index.js';
import { Clock } from '../common/clock.js';
import { base32Bytes, base32Number } from '../common/ids.js';
import { DeliveryStore, type Delivery } from './delivery.store.js';
import { EndpointStore } from './endpoint.store.js';

/** Makes a delivery of each event for each endpoint that wants it; with no endpoint, one statement for a batch of the outbox. */
@Injectable()
export class WebhookFanOut extends OutboxSubscriber {
  constructor(
    private readonly endpoints: EndpointStore,
    private readonly deliveries: DeliveryStore,
    private readonly clock: Clock,
  ) {
    super();
  }

  async take(tx: EntityManager, packs: readonly EventPack[]): Promise<void> {
    const vouchers = [...new Set(packs.map(({ key }) => key))];
    const found = await this.endpoints.ofVouchers(tx, vouchers);
    if (found.length === 0) return;
    const now = this.clock.now();
    const made: Delivery[] = [];
    for (const { type, key, payload } of packs) {
      const wanted = found.filter(
        ({ voucherId, events }) => voucherId === key && (events.includes('*') || events.includes(type)),
      );
      if (wanted.length === 0) continue;
      for (const line of linesOf(payload)) {
        const event = readEvent(line);
        if (!event) continue;
        for (const { endpointId } of wanted) {
          made.push({
            id: orderedId(now, made.length),
            endpointId,
            eventId: event.id,
            eventType: type,
            subject: event.data.id,
            payload: line,
            status: 'pending',
            attempts: 0,
            roundFrom: 0,
            dueAt: now,
            createdAt: now,
            endedAt: null,
            batchId: null,
          });
        }
      }
    }
    await this.deliveries.insert(tx, made);
  }
}

/** A line that was altered by hand may be no event; there is nothing to sign then. */
function readEvent(
  line: string,
): { readonly id: string; readonly data: { readonly id: string } } | undefined {
  try {
    const event = JSON.parse(line) as { id?: unknown; data?: { id?: unknown } };
    return typeof event.id === 'string' && typeof event.data?.id === 'string'
      ? (event as { id: string; data: { id: string } })
      : undefined;
  } catch {
    return undefined;
  }
}

/** Like `newId`, but within a batch in the order of its events. */
const orderedId = (now: number, place: number): string =>
  `dlv_${base32Number(now, 10)}${base32Number(place, 3)}${base32Bytes(randomBytes(2), 3)}`;
