import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayCodeSender } from '../../../../src/auth/adapters/code-sender.gateway.js';
import { PATIENCE_MS } from '../../../support/patience.js';

interface Message {
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

describe('the message gateway', () => {
  let server: Server;
  let url: string;
  let messages: Message[];
  /** Status of each answer in turn, 0 for none at all; 200 afterwards. */
  let answers: number[];
  /** Called where there is none. */
  let unanswered = (): void => undefined;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        messages.push({ headers: request.headers, body: JSON.parse(text) });
        const status = answers.shift() ?? 200;
        if (status === 0) unanswered();
        else response.writeHead(status, status === 302 ? { location: url } : {}).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    messages = [];
    answers = [];
  });

  const send = () =>
    new GatewayCodeSender({ url, token: 'secret', timeoutMs: PATIENCE_MS, retryMs: 1 }).send(
      '+8613800138000',
      '012345',
      300,
      'login',
    );

  it('gets number, code and text, with the token', async () => {
    await send();
    expect(messages).toHaveLength(1);
    expect(messages[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'content-type': 'application/json',
      'idempotency-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(messages[0]?.body).toEqual({
      to: '+8613800138000',
      code: '012345',
      text: expect.stringMatching(/012345 is your login code.* 5 min/),
      expires_in: 300,
    });
  });

  it('says what the code is for', async () => {
    await new GatewayCodeSender({ url, token: undefined, timeoutMs: PATIENCE_MS }).send(
      '+8613800138000',
      '012345',
      300,
      'proof',
    );
    expect(messages[0]?.body).toMatchObject({
      text: expect.stringMatching(/012345 is the code that adds this number to an account.* 5 min/),
    });
  });

  it('is asked again after a fault of its own, as the same message', async () => {
    answers = [503, 429];
    await send();
    expect(messages).toHaveLength(3);
    expect(new Set(messages.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('is asked again where it does not answer in time', async () => {
    answers = [0];
    const over = new AbortController();
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(over.signal);
    unanswered = () => over.abort(new DOMException('too late', 'TimeoutError'));
    await send();
    expect(messages).toHaveLength(2);
    expect(timeout.mock.calls).toEqual([[PATIENCE_MS], [PATIENCE_MS]]);
    timeout.mockRestore();
  });

  it('is given up after three tries', async () => {
    answers = [500, 500, 500];
    await expect(send()).rejects.toThrow('answered 500');
    expect(messages).toHaveLength(3);
  });

  it('is not asked again where it refused, nor followed elsewhere', async () => {
    answers = [400];
    await expect(send()).rejects.toThrow('answered 400');
    expect(messages).toHaveLength(1);
    answers = [302, 302, 302];
    await expect(send()).rejects.toThrow('the message gateway');
    expect(messages).toHaveLength(4);
  });

  it('keeps number, code and token out of its errors', async () => {
    answers = [400];
    const error: unknown = await send().catch((fault: unknown) => fault);
    expect(String(error)).not.toMatch(/138|012345|secret/);
  });
});
