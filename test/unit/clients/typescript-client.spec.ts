import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { retryAfter, VoucherConnectError } from '../../../clients/typescript/src/errors.js';
import { pauseBefore } from '../../../clients/typescript/src/retry.js';
import { readEvents } from '../../../clients/typescript/src/sse.js';
import {
  verifyWebhook,
  verifyWebhookEvents,
  WebhookVerificationError,
} from '../../../clients/typescript/src/webhook.js';
import { PROBLEMS, type ProblemCode } from '../../../src/common/problems.js';

const refusal = (code: ProblemCode, retryAfterMs?: number): VoucherConnectError =>
  new VoucherConnectError(code, {
    code,
    status: PROBLEMS[code].status,
    problem: { code, retryable: PROBLEMS[code].retryable } as VoucherConnectError['problem'],
    retryAfterMs,
  });
const noAnswer = new VoucherConnectError('', { status: 0, code: 'no_answer' });
const proxy = (status: number) => new VoucherConnectError('', { status, code: 'not_json' });

describe('the pause before a retry', () => {
  const pause = (error: unknown, isRepeatable = true, attempt = 1): number | undefined =>
    pauseBefore(error, attempt, isRepeatable, {}, () => 0);

  it('is what Retry-After asks for, and later by a fifth at most', () => {
    expect(pause(refusal('rate_limited', 7_000))).toBe(7_000);
    expect(pauseBefore(refusal('rate_limited', 7_000), 1, false, {}, () => 1)).toBe(8_400);
  });

  it('is none where the server says that the same call will not do', () => {
    for (const [code, { retryable }] of Object.entries(PROBLEMS))
      if (!retryable) expect([code, pause(refusal(code as ProblemCode, 1_000))]).toEqual([code, undefined]);
  });

  it('is none for what waits for an opening or a sale: that is the caller’s decision', () => {
    for (const code of ['not_started', 'paused', 'sold_out'] as const)
      expect(pause(refusal(code, 1_000))).toBeUndefined();
  });

  it('is made after an unknown end only where the request may reach the server twice', () => {
    for (const error of [noAnswer, proxy(502), proxy(504), refusal('claim_unconfirmed', 1_000)]) {
      expect(pause(error)).toBeGreaterThan(0);
      expect(pause(error, false)).toBeUndefined();
    }
    expect(pause(refusal('overloaded', 1_000), false)).toBe(1_000);
    expect(pause(proxy(503), false)).toBe(250);
  });

  it('doubles without Retry-After, and ends after four retries or before a long one', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => pause(noAnswer, true, attempt))).toEqual([
      250,
      500,
      1_000,
      2_000,
      undefined,
    ]);
    expect(pause(refusal('rate_limited', 3_600_000))).toBeUndefined();
    expect(pauseBefore(noAnswer, 1, true, { retries: 0 })).toBeUndefined();
    expect(pause(new TypeError('a fault of the program'))).toBeUndefined();
  });

  it('reads Retry-After in seconds and as a date', () => {
    expect(retryAfter('2')).toBe(2_000);
    expect(retryAfter('0.5')).toBe(500);
    expect(retryAfter('Tue, 01 Jan 2030 00:00:03 GMT', Date.UTC(2030, 0, 1))).toBe(3_000);
    expect(retryAfter('Tue, 01 Jan 2030 00:00:03 GMT', Date.UTC(2031, 0, 1))).toBe(0);
    for (const header of [null, '', 'soon']) expect(retryAfter(header)).toBeUndefined();
  });
});

describe('a stream of server-sent events', () => {
  const read = async (chunks: readonly Uint8Array[]) => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const events = [];
    for await (const event of readEvents(stream)) events.push(event);
    return events;
  };

  it('is read alike however it is cut into pieces, and with each kind of line end', async () => {
    const text =
      ':hello\n\nevent: claim\nid: pending\ndata: {"a":"\u8336"}\n\ndata: one\ndata:two\n\nid: 7\n\ndata: cut off';
    const wanted = [
      { event: 'claim', id: 'pending', data: '{"a":"\u8336"}' },
      { event: 'message', id: 'pending', data: 'one\ntwo' },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat({ max: 120 }), { maxLength: 20 }),
        async (end, cuts) => {
          const bytes = new TextEncoder().encode(text.replaceAll('\n', end));
          const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          const chunks = places.slice(1).map((place, index) => bytes.slice(places[index], place));
          expect(await read(chunks)).toEqual(wanted);
        },
      ),
    );
  });
});

describe('verifyWebhook', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  const body = JSON.stringify({ id: 'evt_1', type: 'claim.issued', data: { id: 'clm_1', note: '\u8336' } });
  const now = Date.now();
  const at = new Date(now);
  const signed = (by: string, text = body): Record<string, string> => ({
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': new Webhook(by).sign('evt_1', at, text),
  });

  it('reads the events of a batch in their order, and of a single message its event', async () => {
    const events = [JSON.parse(body), { id: 'evt_2', type: 'claim.redeemed', data: { id: 'clm_1' } }];
    const batch = JSON.stringify({ id: 'bat_1', type: 'batch', version: 1, data: { events } });
    expect(await verifyWebhookEvents(batch, signed(secret, batch), secret)).toEqual(events);
    expect(await verifyWebhookEvents(body, signed(secret), secret)).toEqual([events[0]]);
    await expect(verifyWebhookEvents(batch, signed(other, batch), secret)).rejects.toBeInstanceOf(
      WebhookVerificationError,
    );
    await expect(verifyWebhook(batch, signed(secret, batch), secret)).rejects.toThrow('verifyWebhookEvents');
  });

  it('takes what the standard’s own library signed, in each form of headers and body', async () => {
    const headers = signed(secret);
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    for (const form of [headers, upper, new Headers(headers)])
      for (const given of [body, new TextEncoder().encode(body)])
        expect(await verifyWebhook(given, form, secret)).toEqual(JSON.parse(body));
  });

  it('takes either of two signatures, and either of two secrets', async () => {
    const two = { ...signed(secret) };
    two['webhook-signature'] = `v2,AAAA ${signed(other)['webhook-signature']} ${two['webhook-signature']}`;
    expect(await verifyWebhook(body, two, secret)).toEqual(JSON.parse(body));
    expect(await verifyWebhook(body, signed(secret), [other, secret])).toEqual(JSON.parse(body));
  });

  it.each([
    ['another body', `${body} `, signed(secret), secret, now],
    ['another id', body, { ...signed(secret), 'webhook-id': 'evt_2' }, secret, now],
    ['another secret', body, signed(secret), other, now],
    ['a secret that is none', body, signed(secret), 'whsec_!', now],
    ['no signature', body, { ...signed(secret), 'webhook-signature': '' }, secret, now],
    ['a signature that is none', body, { ...signed(secret), 'webhook-signature': 'v1,!' }, secret, now],
    ['a time that is none', body, { ...signed(secret), 'webhook-timestamp': 'NaN' }, secret, now],
    ['a message of long ago', body, signed(secret), secret, now + 302_000],
    ['a message of the future', body, signed(secret), secret, now - 302_000],
  ])('refuses %s', async (_what, text, headers, by, when) => {
    await expect(verifyWebhook(text, headers, by, { now: when })).rejects.toBeInstanceOf(
      WebhookVerificationError,
    );
  });
});
