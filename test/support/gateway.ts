import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { expect } from '@jest/globals';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { GatewayServer } from '../harness/gateway.js';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: any;
}

export interface Sending {
  readonly method?: string;
  /** The address of this machine that the request comes from. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request on a connection of its own. */
export function send(url: string, options: Sending = {}): Promise<Reply> {
  const { method = 'GET', from = '127.0.0.1', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, localAddress: from, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', reject);
      response.on('end', () => {
        const encoded = response.headers['content-encoding'] !== undefined;
        const isJson = !encoded && /json/.test(response.headers['content-type'] ?? '');
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(response.headers as Record<string, string>),
          text,
          body: isJson && text !== '' ? JSON.parse(text) : undefined,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends bytes as they are and reads until the other side closes. */
export async function sendRaw(base: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => undefined); // a reset closes as well
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

/** A stream that stays open; `first` is what came first. */
export interface OpenStream {
  readonly status: number;
  readonly first: Promise<string>;
  isOpen(): boolean;
  close(): void;
}

export async function openStream(url: string, from: string): Promise<OpenStream> {
  const sent = request(url, { localAddress: from, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  sent.on('error', () => undefined);
  response.on('error', () => undefined);
  const first = once(response, 'data').then(([chunk]) => String(chunk));
  return {
    status: response.statusCode ?? 0,
    first,
    isOpen: () => !response.complete && !response.closed,
    close: () => void sent.destroy(),
  };
}

/** An instance that is a few lines long: it keeps the headers of what it is asked. */
export class FakeInstance {
  readonly seen: { readonly method: string; readonly path: string; readonly headers: IncomingHttpHeaders }[] =
    [];
  private constructor(private readonly server: Server) {}

  static async start(answer: RequestListener): Promise<FakeInstance> {
    const server = createServer();
    const fake = new FakeInstance(server);
    server.on('request', (asked, response) => {
      fake.seen.push({ method: asked.method ?? '', path: asked.url ?? '', headers: asked.headers });
      answer(asked, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The access log of a gateway. */
export const accessLog = (gateway: GatewayServer): Record<string, any>[] =>
  readFileSync(gateway.logFile, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

export const statuses = (replies: readonly Reply[], status: number): Reply[] =>
  replies.filter((reply) => reply.status === status);
export const many = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_none, index) => work(index)));

/** For tests that mean no flood. */
export const GENEROUS = {
  GATEWAY_RATE: '100000r/s',
  GATEWAY_BURST: '100000',
  GATEWAY_CONNECTIONS: '10000',
  GATEWAY_STREAMS: '10000',
};

/** Holds an answer of gateway or application against the shape of problem documents. */
export function expectProblem(reply: Reply, status: number, code: string): void {
  expect({ status: reply.status, code: reply.body?.code, text: reply.text }).toMatchObject({ status, code });
  expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(reply.body).toEqual({
    type: `/problems/${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    instance: expect.stringMatching(/^\//),
    code,
    request_id: reply.headers.get('x-request-id'),
    retryable: expect.any(Boolean),
  });
  if (status === 429 || status === 503) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
}

/** Gateways of one spec, in a folder that goes with them. */
export class Gateways {
  readonly folder = mkdtempSync(join(tmpdir(), 'voucherconnect-gateway-'));
  private readonly started: GatewayServer[] = [];

  async start(name: string, settings: Readonly<Record<string, string>>): Promise<GatewayServer> {
    const gateway = new GatewayServer(join(this.folder, name), settings);
    this.started.push(gateway);
    await gateway.start();
    await gateway.waitReady();
    return gateway;
  }

  async end(): Promise<void> {
    await Promise.all(this.started.map((gateway) => gateway.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
