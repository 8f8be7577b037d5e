#!/usr/bin/env bash
# Two Node drivers of MariaDB with the same option, `timezone: 'Z'`, on a machine in UTC and on one in Berlin. mysql2 3.24.5 writes noon UTC
# as 12:00 on both. mariadb 3.5.4, whose types say that the option takes the place of the zone of Node, sets the time zone of the
# session and goes on writing and reading a Date by the clocks of the machine: from Berlin noon is stored as 13:00, also in a
# TIMESTAMP, which is an instant, then an hour off. The process that wrote it reads noon again, one on another machine does not.
# MariaDB 11.4.5 (Maven; 10.11.19 does the same).
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
export TZ=UTC
install_mariadb
create_mariadb shop
start_mariadb shop
npm init -y >/dev/null
npm install --silent --no-fund --no-audit mysql2@3.24.5 mariadb@3.5.4
cat > try.mjs <<'JS'
import mariadb from 'mariadb';
import mysql2 from 'mysql2/promise';

const [port, task] = process.argv.slice(2);
const server = { host: '127.0.0.1', port: Number(port), user: 'root', timezone: 'Z' };
const NOON = new Date('2026-12-04T12:00:00Z');
const rowsOf = (answer) => (Array.isArray(answer[0]) ? answer[0] : answer);
for (const [driver, { createConnection }] of Object.entries({ mysql2, mariadb })) {
  const connection = await createConnection(server);
  if (task === 'write') {
    await connection.query('CREATE DATABASE IF NOT EXISTS shop');
    await connection.query(`CREATE OR REPLACE TABLE shop.${driver} (wall DATETIME, moment TIMESTAMP)`);
    await connection.query(`INSERT INTO shop.${driver} VALUES (?, ?)`, [NOON, NOON]);
    const [{ wall, off }] = rowsOf(
      await connection.query(`SELECT CAST(wall AS CHAR) AS wall, UNIX_TIMESTAMP(moment) - ${NOON / 1000} AS off FROM shop.${driver}`),
    );
    console.log(`${process.env.TZ}, ${driver} writes: ${wall}, the timestamp is ${Number(off)} s off`);
  }
  const [{ moment }] = rowsOf(await connection.query(`SELECT moment FROM shop.${driver}`));
  console.log(`${process.env.TZ}, ${driver} reads: ${moment.toISOString()}`);
  await connection.end();
}
JS
try() { TZ=$1 timeout 60 node try.mjs "$mariadb_port" "$2"; }
{ try UTC write; try Europe/Berlin write; try UTC read; } | tee read
diff read - <<'TEXT'
UTC, mysql2 writes: 2026-12-04 12:00:00, the timestamp is 0 s off
UTC, mysql2 reads: 2026-12-04T12:00:00.000Z
UTC, mariadb writes: 2026-12-04 12:00:00, the timestamp is 0 s off
UTC, mariadb reads: 2026-12-04T12:00:00.000Z
Europe/Berlin, mysql2 writes: 2026-12-04 12:00:00, the timestamp is 0 s off
Europe/Berlin, mysql2 reads: 2026-12-04T12:00:00.000Z
Europe/Berlin, mariadb writes: 2026-12-04 13:00:00, the timestamp is 3600 s off
Europe/Berlin, mariadb reads: 2026-12-04T12:00:00.000Z
UTC, mysql2 reads: 2026-12-04T12:00:00.000Z
UTC, mariadb reads: 2026-12-04T13:00:00.000Z
TEXT
echo "as described: what mariadb 3.5.4 writes with a time zone is off by that of the machine"
