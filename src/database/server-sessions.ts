import { Logger } from '@nestjs/common';
import type { Socket } from 'node:net';
import type { DataSource } from 'typeorm';
import { UnfitServerError } from '../common/unfit-server.js';
import { DIALECTS, judgeServer, type Dialect, type ServerFacts } from './dialects.js';

const logger = new Logger('Database');

interface ServerPool {
  on(event: 'connection', heard: (connection: ServerConnection) => void): void;
}

interface ServerConnection {
  query<T>(sql: string, done: (error: Error | null, rows?: T[]) => void): unknown;
  /** Destroyed with an error, it tells that error to every statement that waits; the driver's `destroy` leaves them waiting. */
  readonly stream: Socket;
}

const SERVER_FACTS = 'SELECT VERSION() AS version, @@global.read_only AS readOnly';
const GALERA_NODES = `SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size'`;

interface FactsRow {
  readonly version: string;
  readonly readOnly: number | string;
}

export async function serverFacts(source: DataSource): Promise<ServerFacts> {
  const [server] = await source.query<FactsRow[]>(SERVER_FACTS);
  const [galera] = await source.query<{ Value: string }[]>(GALERA_NODES);
  return factsOf(server, galera?.Value);
}

const factsOf = (row: FactsRow | undefined, galeraNodes: string | undefined): ServerFacts => ({
  version: row?.version ?? '',
  readOnly: !['0', 'OFF'].includes(String(row?.readOnly)), // newer MariaDBs know more than on and off
  galeraNodes: Number(galeraNodes ?? 0),
});

/**
 * The connections of the pool. Each new one is prepared, and its server judged again: after a fail-over another one answers at the address.
 * One that turns out to be read-only ends all of them, so that the next ones look for the primary.
 */
export class ServerSessions {
  private readonly open = new Set<WeakRef<ServerConnection>>();
  /** What was wrong with the last connection; said once, however many follow. */
  private told = '';

  constructor(
    private readonly source: DataSource,
    private readonly scheme: string,
    private readonly dialect: Dialect,
  ) {}

  /**
   * Begins with the connection that is there already. The statements of the dialect above all let the server end
   * transactions of a process that stands still (SIGSTOP, a frozen machine): they hold the epoch's row, and with it would keep the
   * others from rebuilding the gate for as long as the pause.
   */
  async prepare(): Promise<void> {
    const { pool } = this.source.driver as unknown as { readonly pool: ServerPool };
    pool.on('connection', (connection) => this.welcome(connection));
    for (const sql of this.statements) await this.source.query(sql);
  }

  /** Ends every connection: a server that was demoted keeps them. */
  leave(why: string): void {
    logger.error({ reason: why }, 'the database takes no writes any more; its connections are closed');
    for (const ref of this.open) ref.deref()?.stream.destroy(new UnfitServerError(why));
    this.open.clear();
  }

  private get statements(): readonly string[] {
    return DIALECTS[this.dialect].session;
  }

  private welcome(connection: ServerConnection): void {
    for (const ref of this.open) if (!ref.deref()) this.open.delete(ref);
    this.open.add(new WeakRef(connection));
    const refuse = (error: Error): void => {
      if (error.message !== this.told)
        logger.error({ err: error }, 'a connection of the database cannot be used; closed');
      this.told = error.message;
      connection.stream.destroy(error);
    };
    for (const sql of this.statements) connection.query(sql, (error) => error && refuse(error));
    connection.query<FactsRow>(SERVER_FACTS, (error, rows) => {
      if (error) return; // whoever waits for the connection hears of it
      try {
        const { dialect } = judgeServer(this.scheme, factsOf(rows?.[0], undefined));
        if (dialect !== this.dialect)
          throw new UnfitServerError(`the server at DATABASE_URL is another product than at start: restart`);
        this.told = '';
      } catch (unfit) {
        refuse(unfit as Error);
      }
    });
  }
}
