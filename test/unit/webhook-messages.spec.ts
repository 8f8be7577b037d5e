import { describe, expect, it } from '@jest/globals';
import { BATCH_BYTES, messagesOf, type Sendable } from '../../src/webhook/domain/messages.js';

const one = (n: number, given: Partial<Sendable> = {}): Sendable => ({
  eventId: `evt_${n}`,
  payload: JSON.stringify({ id: `evt_${n}`, data: { name: '林 ☕' } }),
  attempts: 0,
  roundFrom: 0,
  createdAt: 1_000 + n,
  batchId: null,
  ...given,
});
const sizes = (size: number, deliveries: readonly Sendable[]): number[] =>
  messagesOf(size, deliveries).map((message) => message.deliveries.length);

describe('messages of a webhook', () => {
  it('are the events themselves at size 1', () => {
    const [message] = messagesOf(1, [one(1)]);
    expect([message?.id, message?.body]).toEqual(['evt_1', one(1).payload]);
  });

  it('hold at most so many events, byte for byte, in their order', () => {
    const events = [1, 2, 3, 4, 5].map((n) => one(n));
    expect(sizes(2, events)).toEqual([2, 2, 1]);
    const [message] = messagesOf(5, events);
    expect(message?.body).toContain(events.map(({ payload }) => payload).join(','));
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      id: message?.id,
      type: 'batch',
      version: 1,
      created_at: '1970-01-01T00:00:01.005Z',
    });
  });

  it('are closed before they are too long; what is too long by itself goes alone', () => {
    const long = (n: number, bytes: number): Sendable => one(n, { payload: '☕'.repeat(bytes / 3) });
    const third = Math.floor(BATCH_BYTES / 9) * 3;
    expect(
      sizes(
        10,
        [1, 2, 3, 4].map((n) => long(n, third)),
      ),
    ).toEqual([3, 1]);
    expect(sizes(10, [one(1), long(2, BATCH_BYTES + 3), one(3)])).toEqual([1, 1, 1]);
  });

  it('keep apart what has other tries behind it, and what went in another batch', () => {
    expect(sizes(10, [one(1, { attempts: 2, roundFrom: 2 }), one(2), one(3, { attempts: 1 })])).toEqual([
      2, 1,
    ]);
    expect(sizes(10, [one(1), one(2, { batchId: 'bat_1' }), one(3, { batchId: 'bat_1' })])).toEqual([1, 2]);
  });

  it('have the same id for the same events, and another for others', () => {
    const idOf = (...events: number[]): string | undefined =>
      messagesOf(
        9,
        events.map((n) => one(n)),
      )[0]?.id;
    expect(idOf(1, 2)).toMatch(/^bat_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(idOf(1, 2)).toBe(idOf(1, 2));
    expect(new Set([idOf(1, 2), idOf(2, 1), idOf(1), idOf(12), idOf(1, 2, 3)]).size).toBe(5);
  });
});
