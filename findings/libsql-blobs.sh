#!/usr/bin/env bash
# Ids that are kept as ten bytes, read from SQLite. What libsql 0.5.29 (npm), whose interface is that of better-sqlite3, gives for a BLOB
# depends on how the row is read: `get` and `raw` a Buffer, `all` and `iterate` an ArrayBuffer, which has no length, is
# `[object ArrayBuffer]` as text and `{}` in JSON. A row of `get` has a member `_metadata` beside its columns, and `pluck().get()` gives
# that row in place of its only column; `pluck().all()` does pluck. @libsql/client 0.18.0 has ArrayBuffers, as its documentation says;
# node-sqlite3-wasm 0.8.60 and sql.js 1.17.0 have a Uint8Array each time.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit libsql@0.5.29 @libsql/client@0.18.0 sql.js@1.17.0 node-sqlite3-wasm@0.8.60
cat > try.cjs <<'JS'
const Libsql = require('libsql');
const { createClient } = require('@libsql/client');
const { Database: Wasm } = require('node-sqlite3-wasm');
const initSqlJs = require('sql.js');

const id = Buffer.from('0199b1f4a2c37d10aa55', 'hex');
const CREATE = 'CREATE TABLE claims (n INTEGER, id BLOB)';
const INSERT = 'INSERT INTO claims VALUES (?, ?)';
const SELECT = 'SELECT id FROM claims';
const say = (how, value) => console.log(how, value.constructor.name, JSON.stringify(value) === '{}' ? 'empty in JSON' : 'whole in JSON');

async function main() {
  const db = new Libsql(':memory:');
  db.exec(CREATE);
  db.prepare(INSERT).run(1, id);
  say('libsql get', db.prepare(SELECT).get().id);
  say('libsql raw get', db.prepare(SELECT).raw().get()[0]);
  say('libsql raw all', db.prepare(SELECT).raw().all()[0][0]);
  say('libsql all', db.prepare(SELECT).all()[0].id);
  for (const row of db.prepare(SELECT).iterate()) say('libsql iterate', row.id);
  say('libsql pluck all', db.prepare(SELECT).pluck().all()[0]);
  console.log('libsql get, members', Object.keys(db.prepare(SELECT).get()).join());
  console.log('libsql pluck get, members', Object.keys(db.prepare(SELECT).pluck().get()).join());

  const client = createClient({ url: ':memory:' });
  await client.execute(CREATE);
  await client.execute({ sql: INSERT, args: [1, id] });
  say('client execute', (await client.execute(SELECT)).rows[0].id);

  const wasm = new Wasm();
  wasm.run(CREATE);
  wasm.run(INSERT, [1, id]);
  say('node-sqlite3-wasm get', wasm.get(SELECT).id);
  say('node-sqlite3-wasm all', wasm.all(SELECT)[0].id);

  const js = new (await initSqlJs()).Database();
  js.run(CREATE);
  js.run(INSERT, [1, id]);
  say('sql.js exec', js.exec(SELECT)[0].values[0][0]);
}

main();
JS
node try.cjs | tee seen.txt
cat > right.txt <<'TEXT'
libsql get Buffer whole in JSON
libsql raw get Buffer whole in JSON
libsql raw all Buffer whole in JSON
libsql all ArrayBuffer empty in JSON
libsql iterate ArrayBuffer empty in JSON
libsql pluck all ArrayBuffer empty in JSON
libsql get, members id,_metadata
libsql pluck get, members id,_metadata
client execute ArrayBuffer empty in JSON
node-sqlite3-wasm get Uint8Array whole in JSON
node-sqlite3-wasm all Uint8Array whole in JSON
sql.js exec Uint8Array whole in JSON
TEXT
diff right.txt seen.txt
