#!/usr/bin/env bash
# One instant, written as noon in Shanghai and as 4:00 in UTC: two aware `datetime` objects that Python holds equal. PyMySQL 1.2.4,
# mysql-connector-python 26.10.0, asyncmy 0.2.18 and cymysql 1.1.2 (PyPI) leave the offset out without a word and store 12:00 and 4:00, in
# a TIMESTAMP too, which is an instant, then eight hours off; a row is not found by the instant it was stored with. go-sql-driver/mysql
# 1.10.1 (Go) stores 4:00 both times, and a server of MySQL reads the offset when it is there (8.0.19). MariaDB 11.4.5 (Maven).
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
export TZ=UTC
install_mariadb
create_mariadb shop
start_mariadb shop
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  PyMySQL==1.2.4 mysql-connector-python==26.10.0 asyncmy==0.2.18 cymysql==1.1.2
cat > go.mod <<'MOD'
module findings

go 1.23

require github.com/go-sql-driver/mysql v1.10.1
MOD
cat > try.py <<'PY'
import asyncio
import sys
from datetime import datetime, timedelta, timezone

import asyncmy
import cymysql
import mysql.connector
import pymysql

SHANGHAI = datetime(2026, 12, 4, 12, tzinfo=timezone(timedelta(hours=8)))
UTC = SHANGHAI.astimezone(timezone.utc)
SERVER = {'host': '127.0.0.1', 'port': int(sys.argv[1]), 'user': 'root'}
CREATE = 'CREATE OR REPLACE TEMPORARY TABLE test.drops (begins TIMESTAMP)'
INSERT = 'INSERT INTO test.drops VALUES (%s), (%s)'
SELECT = 'SELECT CAST(begins AS CHAR) FROM test.drops'
COUNT = 'SELECT COUNT(*) FROM test.drops WHERE begins = %s'
assert SHANGHAI == UTC


def say(name, rows, found):
    print(f"{name}: stores {' and '.join(row[0] for row in rows)}, finds {found[0]} of two")


for name, connect in {'PyMySQL': pymysql.connect, 'mysql-connector-python': mysql.connector.connect, 'cymysql': cymysql.connect}.items():
    connection = connect(**SERVER)
    cursor = connection.cursor()
    cursor.execute(CREATE)
    cursor.execute(INSERT, (SHANGHAI, UTC))
    cursor.execute(SELECT)
    rows = cursor.fetchall()
    cursor.execute(COUNT, (UTC,))
    say(name, rows, cursor.fetchone())


async def of_asyncmy():
    connection = await asyncmy.connect(**SERVER)
    async with connection.cursor() as cursor:
        await cursor.execute(CREATE)
        await cursor.execute(INSERT, (SHANGHAI, UTC))
        await cursor.execute(SELECT)
        rows = await cursor.fetchall()
        await cursor.execute(COUNT, (UTC,))
        say('asyncmy', rows, await cursor.fetchone())
    connection.close()


asyncio.run(of_asyncmy())
PY
cat > try.go <<'GO'
package main

import (
	"database/sql"
	"fmt"
	"os"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

func main() {
	db, err := sql.Open("mysql", "root@tcp(127.0.0.1:"+os.Args[1]+")/test")
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1)
	shanghai := time.Date(2026, 12, 4, 12, 0, 0, 0, time.FixedZone("", 8*60*60))
	for _, statement := range []string{"CREATE OR REPLACE TEMPORARY TABLE drops (begins TIMESTAMP)", "INSERT INTO drops VALUES (?), (?)"} {
		arguments := []any{shanghai, shanghai.UTC()}
		if statement[0] == 'C' {
			arguments = nil
		}
		if _, err := db.Exec(statement, arguments...); err != nil {
			panic(err)
		}
	}
	var stored string
	var found int
	if err := db.QueryRow("SELECT GROUP_CONCAT(begins SEPARATOR ' and ') FROM drops").Scan(&stored); err != nil {
		panic(err)
	}
	if err := db.QueryRow("SELECT COUNT(*) FROM drops WHERE begins = ?", shanghai.UTC()).Scan(&found); err != nil {
		panic(err)
	}
	fmt.Printf("go-sql-driver/mysql: stores %s, finds %d of two\n", stored, found)
}
GO
go mod tidy 2>go.log && go build -o try 2>>go.log || { cat go.log; exit 1; }
"$mariadb_base/bin/mariadb" --no-defaults --protocol=tcp --port="$mariadb_port" --skip-ssl-verify-server-cert -e 'CREATE DATABASE IF NOT EXISTS test'
{ timeout 60 venv/bin/python try.py "$mariadb_port"; timeout 60 ./try "$mariadb_port"; } | tee read
diff read - <<'TEXT'
PyMySQL: stores 2026-12-04 12:00:00 and 2026-12-04 04:00:00, finds 1 of two
mysql-connector-python: stores 2026-12-04 12:00:00 and 2026-12-04 04:00:00, finds 1 of two
cymysql: stores 2026-12-04 12:00:00 and 2026-12-04 04:00:00, finds 1 of two
asyncmy: stores 2026-12-04 12:00:00 and 2026-12-04 04:00:00, finds 1 of two
go-sql-driver/mysql: stores 2026-12-04 04:00:00 and 2026-12-04 04:00:00, finds 2 of two
TEXT
echo "as described: four drivers store the time without its offset"
