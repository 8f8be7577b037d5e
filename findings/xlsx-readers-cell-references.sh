#!/usr/bin/env bash
# A sheet whose rows and cells do not name their place: `r` is optional for both (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73), what
# follows stands beside what was before. xlsx 0.18.5, hucre 1.0.0, and Python's openpyxl 3.1.5 and python-calamine 0.9.1 read it.
# exceljs 4.4.0, read-excel-file 9.3.17, xlsx-populate 1.21.0 and Python's pylightxl 1.61 end with an error of their own insides.
set -euo pipefail
. "$(dirname "$0")/lib/xlsx.sh"

python3 - <<'PY'
from workbook import write

text = lambda word: f'<c t="inlineStr"><is><t>{word}</t></is></c>'
write('list.xlsx', f'<row>{text("code")}{text("units")}</row><row>{text("A")}<c><v>3</v></c></row>')
PY
read_workbook list.xlsx | tee read
diff read - <<'TEXT'
exceljs: error: Invalid row number in model
exceljs (stream): error: Cannot read properties of undefined (reading 'length')
xlsx: [["code","units"],["A",3]]
read-excel-file: error: Cannot read properties of undefined (reading 'length')
xlsx-populate: error: Cannot read properties of undefined (reading 'match')
hucre: [["code","units"],["A",3]]
openpyxl: [["code","units"],["A",3]]
python-calamine: [["code","units"],["A",3.0]]
pylightxl: error: 'NoneType' object is not iterable
TEXT
echo "as described: five of nine ways to read it need the place of each row and cell"
