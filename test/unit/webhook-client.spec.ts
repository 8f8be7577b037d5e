import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { isPublicAddress } from '../../src/webhook/domain/public-address.js';
import { ANSWER_BYTES, WebhookClient } from '../../src/webhook/webhook-client.js';
import { PATIENCE_MS } from '../support/patience.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

describe('an address', () => {
  it('is public only where nothing internal is behind it', () => {
    const internal = [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '172.31.255.255',
      '192.168.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:a9fe:a9fe',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      'fc00::1',
      'fd12:3456::1',
      'fe80::1',
      'fe80::1%eth0',
      'fec0::1',
      'ff02::1',
      '2001:db8::1',
      '2001::1',
      '2002:7f00:1::1',
      'localhost',
      '',
    ];
    expect(internal.filter(isPublicAddress)).toEqual([]);
    const open = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.167.1.1', '2606:4700::1111', '::ffff:8.8.8.8'];
    expect(open.filter((address) => !isPublicAddress(address))).toEqual([]);
  });
});

describe('the client of webhooks', () => {
  let receiver: WebhookReceiver;
  const clients: WebhookClient[] = [];

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    receiver.received.length = 0;
  });
  afterAll(() => receiver.stop());

  /** Names lead where the test says, each resolution to the next of `addresses`. */
  function client(allowPrivate: boolean, ...addresses: string[][]): WebhookClient {
    let resolutions = 0;
    const lookup = ((
      _host: string,
      _options: unknown,
      done: (error: Error | null, found: LookupAddress[]) => void,
    ) => {
      const found = addresses[Math.min(resolutions++, addresses.length - 1)] ?? [];
      done(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) as never;
    const made = new WebhookClient({ timeoutMs: PATIENCE_MS, allowPrivate, lookup });
    clients.push(made);
    return made;
  }
  const named = (path = '/'): URL => new URL(path, receiver.url.replace('127.0.0.1', 'receiver.example'));
  const secure = (): URL => new URL(named().href.replace('http:', 'https:'));

  it('posts, and keeps the beginning of the answer', async () => {
    receiver.answer = (_message, response) => response.writeHead(200).end('x'.repeat(5_000));
    const answer = await client(true, ['127.0.0.1']).post(
      named('/hook'),
      { 'webhook-id': 'evt_1' },
      '{"a":1}',
    );
    expect(answer).toEqual({ status: 200, body: 'x'.repeat(ANSWER_BYTES) });
    expect(receiver.received).toMatchObject([{ path: '/hook', body: '{"a":1}' }]);
    expect(receiver.received[0]?.headers['webhook-id']).toBe('evt_1');
  });

  it('connects to nothing internal, whatever a name leads to', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['8.8.8.8', '127.0.0.1'],
      ['::ffff:127.0.0.1'],
      ['64:ff9b::7f00:1'],
    ]) {
      const answer = await client(false, addresses).post(secure(), {}, '{}');
      expect(answer).toEqual({ error: 'receiver.example leads to an internal address' });
    }
    expect(receiver.received).toEqual([]);
  });

  it('judges a name again at each new connection, and goes where it judged', async () => {
    const rebinding = client(false, ['10.0.0.1'], ['127.0.0.1']);
    expect((await rebinding.post(secure(), {}, '{}')).error).toContain('internal');
    expect((await rebinding.post(secure(), {}, '{}')).error).toContain('internal');
    expect(receiver.received).toEqual([]);
  });

  it('refuses addresses written into the URL in any form, plain http, and credentials', () => {
    const strict = client(false, ['8.8.8.8']);
    for (const url of [
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://017700000001/',
      'https://[::1]/',
      'https://[::ffff:10.0.0.1]/',
      'https://[64:ff9b::a00:1]/',
      'https://169.254.169.254/latest/meta-data',
    ])
      expect(strict.refusal(new URL(url))).toBe('must not be an internal address');
    expect(strict.refusal(new URL('http://example.com/'))).toBe('must begin with https://');
    expect(strict.refusal(new URL('ftp://example.com/'))).toBe('must begin with https://');
    expect(strict.refusal(new URL('https://a:b@example.com/'))).toContain('user name');
    expect(strict.refusal(new URL('https://example.com:8443/x?y=1'))).toBeUndefined();
    expect(client(true).refusal(new URL('http://localhost:1/'))).toBeUndefined();
    expect(client(true).refusal(new URL('file:///etc/hosts'))).toContain('https');
  });

  it('does not follow redirects', async () => {
    receiver.answer = ({ path }, response) =>
      path === '/from' ? response.writeHead(307, { location: '/to' }).end() : response.writeHead(204).end();
    expect((await client(true, ['127.0.0.1']).post(named('/from'), {}, '{}')).status).toBe(307);
    expect(receiver.at('/to')).toEqual([]);
  });

  it('gives up a receiver that hangs, before or within its answer', async () => {
    const hasty = new WebhookClient({ timeoutMs: 200, allowPrivate: true });
    clients.push(hasty);
    receiver.answer = ({ path }, response) => {
      if (path === '/begun') response.writeHead(200).write('x');
    };
    for (const path of ['/silent', '/begun'])
      expect(await hasty.post(new URL(path, receiver.url), {}, '{}')).toEqual({
        error: 'no answer within 200 ms',
      });
  });

  it('sends again where a connection had been closed while it was idle, and tells of one that breaks in its answer', async () => {
    const steady = client(true, ['127.0.0.1']);
    receiver.answer = (_message, response) => response.writeHead(204).end();
    expect(await steady.post(named(), {}, '{}')).toEqual({ status: 204, body: '' });
    receiver.answer = ({ path }, response) => {
      if (path === '/') return void response.writeHead(204).end();
      // Once on the connection that was used before, which then is gone.
      if (path === '/stale' && receiver.at('/stale').length > 1)
        return void response.writeHead(200).end('again');
      if (path === '/breaks') response.writeHead(200, { 'content-length': '100' }).write('x');
      response.socket?.destroy();
    };
    expect(await steady.post(named('/stale'), {}, '{}')).toEqual({ status: 200, body: 'again' });
    expect(await steady.post(named('/breaks'), {}, '{}')).toEqual({ error: 'ECONNRESET' });
    expect(await steady.post(named(), { 'webhook-id': 'not\na header' }, '{}')).toEqual({
      error: 'ERR_INVALID_CHAR',
    });
  });

  it('tells of a receiver that is not there', async () => {
    const gone = await WebhookReceiver.start();
    await gone.stop();
    const answer = await client(true, ['127.0.0.1']).post(new URL(gone.url), {}, '{}');
    expect(answer).toEqual({ error: 'ECONNREFUSED' });
  });
});
