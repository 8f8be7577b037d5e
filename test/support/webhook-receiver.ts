import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks on loopback that answers what the test says. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** By path; 204 unless set. Who does not end the response hangs. */
  answer: (message: Received, response: ServerResponse) => void = (_message, response) => {
    response.writeHead(204).end();
  };

  /** Connections that are open. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new WebhookReceiver(
      server,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    server.on('connection', (socket) => {
      receiver.connections++;
      socket.on('close', () => receiver.connections--);
    });
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const message = { path: request.url ?? '', headers: request.headers, body };
        receiver.received.push(message);
        receiver.answer(message, response);
      });
    });
    return receiver;
  }

  at(path: string): Received[] {
    return this.received.filter((message) => message.path === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
