import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONFIG, type Config } from '../config/index.js';
import { KEEP_ALIVE_S } from '../common/keep-alive.js';
import { Health } from './health.js';
import { Metrics } from './metrics.js';

/** @param signal aborted when the client goes away before it has its answer */
type Route = (query: URLSearchParams, signal: AbortSignal) => Promise<unknown>;

/** The operations port: metrics and health, apart from the port that the crowd reaches. */
@Injectable()
export class OpsServer implements BeforeApplicationShutdown {
  private readonly server: Server;
  private readonly routes = new Map<string, Route>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly health: Health,
  ) {
    // Longer than the pause between two scrapes: at the default of 5 s, a connection closes while it is asked again.
    this.server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_S * 1_000 },
      (request, response) => void this.answer(request, response),
    );
  }

  /** Answers a path of the operations port with JSON; what `answer` rejects with becomes a 503 with its reason. */
  route(method: 'GET' | 'POST', path: string, answer: Route): void {
    this.routes.set(`${method} ${path}`, answer);
  }

  /** @returns the port that is listened on. @throws the system's error, EADDRINUSE for one */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.config.OPS_PORT, this.config.OPS_HOST, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  beforeApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    try {
      switch (request.url) {
        case '/metrics':
          return send(200, this.metrics.registry.contentType, await this.metrics.registry.metrics());
        case '/healthz':
          return send(200, 'application/json', '{"status":"ok"}');
        case '/readyz': {
          const report = await this.health.report();
          return send(report.ready ? 200 : 503, 'application/json', JSON.stringify(report));
        }
        default: {
          const url = new URL(request.url ?? '/', 'http://operations');
          const route = this.routes.get(`${request.method} ${url.pathname}`);
          if (route) return await answerRoute(() => route(url.searchParams, whileConnected(response)), send);
          return send(404, 'text/plain', 'metrics, healthz and readyz are here\n');
        }
      }
    } catch {
      if (!response.headersSent) send(500, 'text/plain', 'failed\n');
    }
  }
}

function whileConnected(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client went away'));
  });
  return gone.signal;
}

async function answerRoute(
  route: () => Promise<unknown>,
  send: (status: number, type: string, body: string) => void,
): Promise<void> {
  try {
    send(200, 'application/json', JSON.stringify(await route()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown fault';
    send(503, 'application/json', JSON.stringify({ error: reason }));
  }
}
