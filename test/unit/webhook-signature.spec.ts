import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { endpointPause, GIVE_UP_MS, pauseAfter, TRIES } from '../../src/webhook/domain/retry-schedule.js';
import { newWebhookSecret, signedHeaders, signingKey } from '../../src/webhook/domain/signature.js';

const BODY = '{"id":"evt_1","type":"claim.issued","data":{"name":"林 ☕"}}';

describe('a signed message', () => {
  it('is verified by the library of Standard Webhooks', () => {
    const secret = newWebhookSecret();
    const headers = signedHeaders('evt_1', Date.now(), BODY, [signingKey(secret)]);
    expect(new Webhook(secret).verify(BODY, { ...headers })).toEqual(JSON.parse(BODY));
  });

  it('is verified by either of two secrets, and by no other', () => {
    const [old, fresh] = [newWebhookSecret(), newWebhookSecret()];
    const headers = { ...signedHeaders('evt_1', Date.now(), BODY, [signingKey(fresh), signingKey(old)]) };
    for (const secret of [old, fresh]) expect(new Webhook(secret).verify(BODY, headers)).toBeDefined();
    expect(() => new Webhook(newWebhookSecret()).verify(BODY, headers)).toThrow();
  });

  it('is refused where id, time or body are others, or the time is long ago', () => {
    const secret = newWebhookSecret();
    const headers = { ...signedHeaders('evt_1', Date.now(), BODY, [signingKey(secret)]) };
    const webhook = new Webhook(secret);
    expect(() => webhook.verify(`${BODY} `, headers)).toThrow();
    expect(() => webhook.verify(BODY, { ...headers, 'webhook-id': 'evt_2' })).toThrow();
    const old = { ...signedHeaders('evt_1', Date.now() - 3_600_000, BODY, [signingKey(secret)]) };
    expect(() => webhook.verify(BODY, old)).toThrow();
  });
});

describe('the retries', () => {
  const total = (random: number): number => {
    let sum = 0;
    for (let tries = 1; tries < TRIES; tries++) sum += pauseAfter(tries, random) ?? 0;
    return sum;
  };

  it('go on for three days and then end', () => {
    expect(total(0)).toBeGreaterThanOrEqual(GIVE_UP_MS);
    expect(total(1)).toBeLessThanOrEqual(4 * 86_400_000);
    expect(pauseAfter(TRIES, 0)).toBeUndefined();
  });

  it('come apart by jitter, and leave an endpoint that fails alone for longer and longer', () => {
    expect(pauseAfter(1, 0.9)).toBeGreaterThan(pauseAfter(1, 0) ?? Infinity);
    const pauses = [1, 2, 3, 20, 1_000].map(endpointPause);
    expect(pauses).toEqual([2_000, 4_000, 8_000, 600_000, 600_000]);
  });
});
