#!/usr/bin/env bash
# A row of a ledger as it stands in the binary log of MariaDB 11.4.5 (Maven), which programs read to follow changes. Its id, BINARY(16),
# ends in a zero byte, as one of 256 do: mysql-replication 1.0.17 (PyPI) gives 15 bytes, under which a query finds nothing. Its
# total, DECIMAL(18, 2), is a binary number for zongji 0.5.1, @rodrigogs/zongji 0.4.14 and @powersync/mysql-zongji 0.6.2 (npm),
# 10000000000000000 for 9999999999999999.99, also with `supportBigNumbers`, by which mysql 2.18.1 (npm), the driver of two of them,
# answers a query with text. @vlasky/zongji 0.9.0 (npm) gives both as they were written.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  mysql2@3.24.5 mysql@2.18.1 zongji@0.5.1 @rodrigogs/zongji@0.4.14 @powersync/mysql-zongji@0.6.2 @vlasky/zongji@0.9.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mysql-replication==1.0.17
install_mariadb
create_mariadb ledger
start_mariadb ledger --server-id=1 --log-bin=changes --binlog-format=ROW --binlog-row-metadata=FULL
cat > write.mjs <<'JS'
import mysql from 'mysql';
import mysql2 from 'mysql2';

const server = { host: '127.0.0.1', port: process.argv[2], user: 'root' };
const options = { ...server, multipleStatements: true, supportBigNumbers: true };
const ask = (driver, sql) =>
  new Promise((resolve, reject) => {
    const connection = driver.createConnection(options);
    connection.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
    connection.end();
  });
await ask(mysql2, `
  CREATE DATABASE shop; USE shop; CREATE TABLE claims (id BINARY(16), total DECIMAL(18, 2));
  INSERT INTO claims VALUES (x'123e4567e89b12d3a456426614174000', 9999999999999999.99)`);
for (const [name, driver] of Object.entries({ mysql, mysql2 })) {
  const [{ id, total }] = await ask(driver, 'SELECT * FROM shop.claims');
  console.log(`${name}, a query: ${id.length} bytes, ${total}`);
}
JS
cat > read.mjs <<'JS'
const [name, port] = process.argv.slice(2);
const { default: ZongJi } = await import(name);
const reader = new ZongJi({ host: '127.0.0.1', port, user: 'root', password: '', supportBigNumbers: true });
reader.on('error', (error) => {
  console.log(`${name}: ${error.message}`);
  process.exit();
});
reader.on('binlog', ({ rows }) => {
  if (rows === undefined) return;
  console.log(`${name}: ${rows[0].id.length} bytes, ${rows[0].total}`);
  process.exit();
});
reader.start({ includeEvents: ['tablemap', 'writerows'], includeSchema: { shop: true }, serverId: 7 });
JS
cat > read.py <<'PY'
import sys

import pymysql
from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.row_event import WriteRowsEvent

server = {"host": "127.0.0.1", "port": int(sys.argv[1]), "user": "root", "passwd": ""}
for event in BinLogStreamReader(connection_settings=server, server_id=8, only_events=[WriteRowsEvent], is_mariadb=True):
    row = event.rows[0]["values"]
    with pymysql.connect(**server).cursor() as cursor:
        found = cursor.execute("SELECT 1 FROM shop.claims WHERE id = %s", [row["id"]])
    print(f"mysql-replication: {len(row['id'])} bytes, {row['total']}; found by its id: {found}")
PY
{
  node write.mjs "$mariadb_port"
  for reader in zongji @rodrigogs/zongji @powersync/mysql-zongji @vlasky/zongji; do timeout 30 node read.mjs "$reader" "$mariadb_port"; done
  timeout 30 venv/bin/python read.py "$mariadb_port"
} 2>errors.txt | tee seen || { cat errors.txt; exit 1; }
diff seen - <<'TEXT'
mysql, a query: 16 bytes, 9999999999999999.99
mysql2, a query: 16 bytes, 9999999999999999.99
zongji: 16 bytes, 10000000000000000
@rodrigogs/zongji: 16 bytes, 10000000000000000
@powersync/mysql-zongji: 16 bytes, 10000000000000000
@vlasky/zongji: 16 bytes, 9999999999999999.99
mysql-replication: 15 bytes, 9999999999999999.99; found by its id: 0
TEXT
echo "as described: one of five readers of a binary log gives id and total as they were written"
