#!/usr/bin/env bash
# Text that stands in the cell (`inlineStr`) in the three forms that the standard has for it: two runs of a rich text, a word with its
# phonetic guide (`rPh`, as Japanese spreadsheets have it), and an escaped character (`_x0041_` is A; ECMA-376 part 1, 22.9.2.19).
# What nine ways to read it make of it: exceljs 4.4.0 loses the word and all that follows it, and its stream reader gives the reading
# instead of the word and the last run alone; hucre 1.0.0 writes the reading behind the word; xlsx-populate 1.21.0 gives nodes of
# XML for runs; pylightxl 1.61 gives nothing. Only xlsx 0.18.5, read-excel-file 9.3.17, hucre and Python's python-calamine 0.9.1
# undo the escape; Python's openpyxl 3.1.5 does not.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  exceljs@4.4.0 xlsx@0.18.5 read-excel-file@9.3.17 xlsx-populate@1.21.0 hucre@1.0.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1 pylightxl==1.61
cat > write.py <<'PY2'
import zipfile

MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
part = lambda name, kind: f'<Override PartName="/xl/{name}.xml" ContentType="{TYPE}.{kind}+xml"/>'
link = lambda n, kind, target: f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
STYLES = (f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
          '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
          '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
          '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
          '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
          '<xf numFmtId="22" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>')

def write(name, rows):
    with zipfile.ZipFile(name, 'w', zipfile.ZIP_DEFLATED) as file:
        for path, text in (
            ('[Content_Types].xml', f'<Types xmlns="{PACKAGE}/content-types">'
             '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
             '<Default Extension="xml" ContentType="application/xml"/>'
             f'{part("workbook", "sheet.main")}{part("styles", "styles")}{part("worksheets/sheet1", "worksheet")}</Types>'),
            ('_rels/.rels', f'<Relationships xmlns="{PACKAGE}/relationships">{link(1, "officeDocument", "xl/workbook.xml")}</Relationships>'),
            ('xl/_rels/workbook.xml.rels', f'<Relationships xmlns="{PACKAGE}/relationships">'
             f'{link(1, "worksheet", "worksheets/sheet1.xml")}{link(2, "styles", "styles.xml")}</Relationships>'),
            ('xl/workbook.xml', f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>'),
            ('xl/styles.xml', STYLES),
            ('xl/worksheets/sheet1.xml', f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'),
        ):
            file.writestr(path, XML + text)

text = lambda place, inside: f'<row r="{place[1:]}"><c r="{place}" t="inlineStr"><is>{inside}</is></c><c r="B{place[1:]}"><v>3</v></c></row>'
write('list.xlsx', text('A1', '<r><t xml:space="preserve">Half </t></r><r><t>price</t></r>')
      + text('A2', '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="0"/>') + text('A3', '<t>room_x0041_1</t>'))
PY2
python3 write.py

cat > read.mjs <<'JS2'
import { readFileSync } from 'node:fs';
import ExcelJS from 'exceljs';
import { readXlsx } from 'hucre';
import readExcelFile from 'read-excel-file/node';
import SheetJS from 'xlsx';
import Populate from 'xlsx-populate';
const readers = {
  exceljs: async (file) => {
    const book = new ExcelJS.Workbook();
    await book.xlsx.readFile(file);
    return book.worksheets[0].getSheetValues().slice(1).map((row) => row.slice(1));
  },
  'exceljs (stream)': async (file) => {
    const rows = [];
    for await (const sheet of new ExcelJS.stream.xlsx.WorkbookReader(file))
      for await (const row of sheet) rows.push(row.values.slice(1));
    return rows;
  },
  xlsx: (file) => {
    const book = SheetJS.read(readFileSync(file), { cellDates: true });
    return SheetJS.utils.sheet_to_json(book.Sheets.List, { header: 1 });
  },
  'read-excel-file': async (file) => (await readExcelFile(file))[0].data,
  'xlsx-populate': async (file) => (await Populate.fromFileAsync(file)).sheet(0).usedRange().value(),
  hucre: async (file) => (await readXlsx(readFileSync(file))).sheets[0].rows,
};
for (const [name, read] of Object.entries(readers)) {
  const text = await Promise.resolve(process.argv[2]).then(read).then(JSON.stringify, (error) => `error: ${error.message}`);
  console.log(`${name}: ${text}`);
}
JS2
cat > read.py <<'PY2'
import json
import sys
import warnings

import openpyxl
import pylightxl
import python_calamine

warnings.simplefilter('ignore')
readers = {
    'openpyxl': lambda file: list(openpyxl.load_workbook(file).active.iter_rows(values_only=True)),
    'python-calamine': lambda file: python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python(),
    'pylightxl': lambda file: list(pylightxl.readxl(file).ws('List').rows),
}
for name, read in readers.items():
    try:
        text = json.dumps(read(sys.argv[1]), ensure_ascii=False, separators=(',', ':'), default=lambda time: time.isoformat())
    except (TypeError, ValueError) as error:
        text = f'error: {error}'
    print(f'{name}: {text}')
PY2
{ node read.mjs list.xlsx; venv/bin/python read.py list.xlsx; } | tee read
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
