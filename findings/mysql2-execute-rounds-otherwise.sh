#!/usr/bin/env bash
# mysql2 3.24.5 (npm): the same statement with the same number as parameter gives other money by `execute` than by `query`. Ten percent
# of each price from 0.01 to 100.00, `ROUND(price * ?, 2)` with price DECIMAL(12,2) and 0.1 for the mark: `query` writes 0.1 into the text,
# which the server reads as an exact decimal. `execute` sends each number as DOUBLE, so the product is a DOUBLE as well, and 340 of the
# 10,000 results are a cent less. mariadb 3.5.4 (npm) does the same. A string as parameter does not help `execute`; a
# CAST(? AS DECIMAL(3,2)) around the mark does. MariaDB 11.4.5 (Maven; 10.11.19 does the same).
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
install_mariadb
create_mariadb shop
start_mariadb shop
npm init -y >/dev/null
npm install --silent --no-fund --no-audit mysql2@3.24.5 mariadb@3.5.4
cat > try.mjs <<'JS'
import mariadb from 'mariadb';
import mysql2 from 'mysql2/promise';

const server = { host: '127.0.0.1', port: Number(process.argv[2]), user: 'root', multipleStatements: true };
const two = await mysql2.createConnection(server);
const other = await mariadb.createConnection(server);
await two.query(`CREATE DATABASE shop; CREATE TABLE shop.prices (price DECIMAL(12,2), discount DECIMAL(12,2));
  INSERT INTO shop.prices (price) SELECT seq / 100 FROM shop.seq_1_to_10000`);
const PLAIN = 'UPDATE shop.prices SET discount = ROUND(price * ?, 2)';
const CAST = 'UPDATE shop.prices SET discount = ROUND(price * CAST(? AS DECIMAL(3,2)), 2)';
const ways = {
  'mysql2 query, number': () => two.query(PLAIN, [0.1]),
  'mysql2 execute, number': () => two.execute(PLAIN, [0.1]),
  'mysql2 execute, string': () => two.execute(PLAIN, ['0.1']),
  'mysql2 execute, number, CAST': () => two.execute(CAST, [0.1]),
  'mariadb query, number': () => other.query(PLAIN, [0.1]),
  'mariadb execute, number': () => other.execute(PLAIN, [0.1]),
};
for (const [name, update] of Object.entries(ways)) {
  await update();
  const [[{ wrong, missing }]] = await two.query(
    // In whole cents: a tenth, halves away from zero.
    `SELECT COUNT(*) AS wrong, COALESCE(SUM(exact - cents), 0) AS missing FROM (
       SELECT (price * 100 + 5) DIV 10 AS exact, discount * 100 AS cents FROM shop.prices) AS each_price WHERE exact <> cents`,
  );
  const [[{ discount }]] = await two.query('SELECT discount FROM shop.prices WHERE price = 0.25');
  console.log(`${name}: 10 % of 0.25 is ${discount}; ${wrong} discounts are wrong, ${Number(missing)} cents are missing`);
}
two.destroy();
other.destroy();
JS
timeout 60 node try.mjs "$mariadb_port" | tee read
diff read - <<'TEXT'
mysql2 query, number: 10 % of 0.25 is 0.03; 0 discounts are wrong, 0 cents are missing
mysql2 execute, number: 10 % of 0.25 is 0.02; 340 discounts are wrong, 340 cents are missing
mysql2 execute, string: 10 % of 0.25 is 0.02; 340 discounts are wrong, 340 cents are missing
mysql2 execute, number, CAST: 10 % of 0.25 is 0.03; 0 discounts are wrong, 0 cents are missing
mariadb query, number: 10 % of 0.25 is 0.03; 0 discounts are wrong, 0 cents are missing
mariadb execute, number: 10 % of 0.25 is 0.02; 340 discounts are wrong, 340 cents are missing
TEXT
echo "as described: what execute computes with a number differs by a cent from what query computes"
