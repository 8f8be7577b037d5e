import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { PlainError } from './programs.js';
import type { MariaDbServer } from './servers.js';

const SYNC_TIMEOUT_S = 30;

/** Options of a MariaDB that others can follow. @param serverId differs between servers that replicate */
export const replicated = (serverId: number): readonly string[] => [
  `--server-id=${serverId}`,
  '--log-bin=binlog',
  '--log-slave-updates',
  '--binlog-format=ROW',
];

/** Options of a replica: writes of others than the replication are refused. */
export const readOnly = (serverId: number): readonly string[] => [...replicated(serverId), '--read-only=1'];

/** Makes an empty `replica` follow `primary`, asynchronously, from the begin of its binary log, and waits until it has caught up. */
export async function followDatabase(replica: MariaDbServer, primary: MariaDbServer): Promise<void> {
  await onDatabase(
    replica,
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${primary.port}, MASTER_USER = 'app',
       MASTER_PASSWORD = 'app', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1`,
  );
  await onDatabase(replica, 'START SLAVE');
  await databaseCaughtUp(replica, primary);
}

/** Waits until a replica has written all that its primary has now. */
export async function databaseCaughtUp(replica: MariaDbServer, primary: MariaDbServer): Promise<void> {
  const [at] = await onDatabase(primary, 'SELECT @@gtid_binlog_pos AS position');
  const [waited] = await onDatabase(
    replica,
    `SELECT MASTER_GTID_WAIT('${String(at?.['position'])}', ${SYNC_TIMEOUT_S}) AS result`,
  );
  if (Number(waited?.['result']) === 0) return;
  const [status] = await onDatabase(replica, 'SHOW SLAVE STATUS');
  throw new PlainError(
    `the replica on ${replica.port} has not caught up with ${primary.port} in ${SYNC_TIMEOUT_S} s: ${status?.['Last_IO_Error'] || status?.['Last_SQL_Error'] || 'it says no error'}`,
  );
}

/** What the primary writes from now on does not reach the replica. */
export async function holdReplication(replica: MariaDbServer): Promise<void> {
  await onDatabase(replica, 'STOP SLAVE');
}

/** Makes a replica a primary, with what it has. */
export async function promoteDatabase(replica: MariaDbServer): Promise<void> {
  for (const sql of ['STOP SLAVE', 'RESET SLAVE ALL', 'SET GLOBAL read_only = 0'])
    await onDatabase(replica, sql);
}

/** Rows of a table of the program. */
/** Rows of claims, in either form. */
export async function countClaims(server: MariaDbServer): Promise<number> {
  const [row] = await onDatabase(
    server,
    'SELECT (SELECT COUNT(*) FROM claims) + (SELECT COUNT(*) FROM packed_claims) AS count',
  );
  return Number(row?.['count']);
}

async function onDatabase({ url }: MariaDbServer, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(url.replace(/^mariadb:/, 'mysql:'));
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}
