#!/usr/bin/env bash
# Text that stands in the cell (`inlineStr`) in the three forms that the standard has for it: two runs of a rich text, a word with its
# phonetic guide (`rPh`, as Japanese spreadsheets have it), and an escaped character (`_x0041_` is A; ECMA-376 part 1, 22.9.2.19).
# What nine ways to read it make of it: exceljs 4.4.0 loses the word and all that follows it, and its stream reader gives the reading
# instead of the word and the last run alone; hucre 1.0.0 writes the reading behind the word; xlsx-populate 1.21.0 gives nodes of
# XML for runs; pylightxl 1.61 gives nothing. Only xlsx 0.18.5, read-excel-file 9.3.17, hucre and Python's python-calamine 0.9.1
# undo the escape; Python's openpyxl 3.1.5 does not.
set -euo pipefail
. "$(dirname "$0")/lib/xlsx.sh"

python3 - <<'PY'
from workbook import write

text = lambda place, inside: f'<row r="{place[1:]}"><c r="{place}" t="inlineStr"><is>{inside}</is></c><c r="B{place[1:]}"><v>3</v></c></row>'
write('list.xlsx', text('A1', '<r><t xml:space="preserve">Half </t></r><r><t>price</t></r>')
      + text('A2', '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="0"/>') + text('A3', '<t>room_x0041_1</t>'))
PY
read_workbook list.xlsx | tee read
diff read - <<'TEXT'
exceljs: [[{"richText":[{"text":"Half "},{"text":"price"}]},3],[null]]
exceljs (stream): [["price",3],["トウキョウ",3],["room_x0041_1",3]]
xlsx: [["Half price",3],["東京",3],["roomA1",3]]
read-excel-file: [["Half price",3],["東京",3],["roomA1",3]]
xlsx-populate: [[[{"name":"r","attributes":{},"children":[{"name":"t","attributes":{"xml:space":"preserve"},"children":["Half "]}]},{"name":"r","attributes":{},"children":[{"name":"t","attributes":{},"children":["price"]}]}],3],["東京",3],["room_x0041_1",3]]
hucre: [["Half price",3],["東京トウキョウ",3],["roomA1",3]]
openpyxl: [["Half price",3],["東京",3],["room_x0041_1",3]]
python-calamine: [["Half price",3.0],["東京",3.0],["roomA1",3.0]]
pylightxl: [["",3],["",3],["",3]]
TEXT
echo "as described: runs, phonetic guides and escapes are read in four ways"
