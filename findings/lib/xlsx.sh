# Sourced by the scripts that read a workbook in nine ways: a temporary folder with five libraries of npm and three of PyPI.
# `write(NAME, ROWS)` of Python's module `workbook` makes a workbook of one sheet named List; `read_workbook NAME` prints what each
# reader makes of its first sheet.
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  exceljs@4.4.0 xlsx@0.18.5 read-excel-file@9.3.17 xlsx-populate@1.21.0 hucre@1.0.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1 pylightxl==1.61

cat > workbook.py <<'PY'
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
PY
cat > read.mjs <<'JS'
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
JS
cat > read.py <<'PY'
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
PY

read_workbook() {
  TZ=UTC node read.mjs "$1"
  venv/bin/python read.py "$1"
}
