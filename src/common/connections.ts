import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { UnfitServerError } from './unfit-server.js';

/** A server could not be reached at start. Shown as one line, without the address's password. */
export class ConnectionError extends Error {
  constructor(part: string, cause: unknown) {
    super(`${part} cannot be reached: ${describe(cause)}`, { cause });
    this.name = 'ConnectionError';
  }
}

/** Opens what the process needs and closes it last, in the opposite order. */
@Injectable()
export class Connections implements OnApplicationShutdown {
  private readonly closers: (() => unknown)[] = [];

  /**
   * @throws ConnectionError
   * @throws UnfitServerError as it is: the server was reached
   */
  async open<T>(part: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof UnfitServerError ? error : new ConnectionError(part, error);
    }
  }

  onClose(close: () => unknown): void {
    this.closers.push(close);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const close of this.closers.reverse()) {
      try {
        await close();
      } catch {
        // A server that is away cannot be left politely.
      }
    }
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown fault';
  const { code } = cause as { code?: unknown };
  return cause.message || (typeof code === 'string' ? code : cause.name);
}
