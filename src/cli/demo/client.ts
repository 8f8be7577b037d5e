import { Agent, request } from 'node:http';

export interface Answer {
  /** 0 where no answer came. */
  readonly status: number;
  readonly body: string;
  /** From sending to the last byte of the answer. */
  readonly ms: number;
  /** Why no answer came. */
  readonly fault: string | undefined;
}

type Method = 'GET' | 'POST' | 'PATCH';

export type Headers = Readonly<Record<string, string>>;

const TIMEOUT_MS = 60_000;

/**
 * The load: single requests over a few kept connections. Whatever is no load is asked with our client for everybody
 * (clients/typescript), whose retries would hide here what is measured. The shoppers run on the same cores as the server it measures, so this does nothing
 * that a request does not need. A failed request is an answer with status 0, not an exception: the report counts it.
 */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly port: number,
    readonly connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  }

  send(method: Method, path: string, headers: Headers, body?: string): Promise<Answer> {
    return new Promise((resolve) => {
      const began = performance.now();
      let settled = false;
      const settle = (status: number, text: string, fault?: string): void => {
        if (settled) return;
        settled = true;
        resolve({ status, body: text, ms: performance.now() - began, fault });
      };
      const failed = (error: NodeJS.ErrnoException): void => settle(0, '', error.code ?? error.message);
      const options = { host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers };
      const outgoing = request(options, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => (text += chunk));
        incoming.on('end', () => settle(incoming.statusCode ?? 0, text));
        incoming.on('error', failed);
      });
      outgoing.setTimeout(TIMEOUT_MS, () => outgoing.destroy(new Error('timeout')));
      outgoing.on('error', failed);
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Works through the items in order, at most `limit` at the same time. */
export async function each<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
