#!/usr/bin/env bash
# A time in a cell of type `d`: an ISO 8601 text (ECMA-376 part 1, 18.18.11), beside a number. xlsx 0.18.5, read-excel-file 9.3.17, hucre
# 1.0.0, and Python's openpyxl 3.1.5 and python-calamine 0.9.1 read noon of 4 December 2026. exceljs 4.4.0 takes the year for a
# count of days and answers 18 July 1905, its stream reader the number 2026; xlsx-populate 1.21.0 answers nothing; Python's
# pylightxl 1.61 ends with an error.
set -euo pipefail
. "$(dirname "$0")/lib/xlsx.sh"

python3 - <<'PY'
from workbook import write

write('list.xlsx', '<row r="1"><c r="A1" t="d" s="1"><v>2026-12-04T12:00:00</v></c><c r="B1"><v>3</v></c></row>')
PY
read_workbook list.xlsx | tee read
diff read - <<'TEXT'
exceljs: [["1905-07-18T00:00:00.000Z",3]]
exceljs (stream): [[2026,3]]
xlsx: [["2026-12-04T12:00:00.000Z",3]]
read-excel-file: [["2026-12-04T12:00:00.000Z",3]]
xlsx-populate: [[null,3]]
hucre: [["2026-12-04T12:00:00",3]]
openpyxl: [["2026-12-04T12:00:00",3]]
python-calamine: [["2026-12-04T12:00:00",3.0]]
pylightxl: error: could not convert string to float: '2026-12-04T12:00:00'
TEXT
echo "as described: four of nine ways to read it do not find the time, two of them find another one without a word"
