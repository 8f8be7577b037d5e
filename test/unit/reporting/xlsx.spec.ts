import { describe, expect, it } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import { until } from '../../support/api.js';
import { filesOf } from '../../support/zip.js';
import { workbook, type Column, type Row } from '../../../src/reporting/xlsx.js';

const COLUMNS: readonly Column[] = [
  ['name', 'text'],
  ['sequence', 'number'],
  ['created_at', 'time'],
];

async function* paged(...pages: readonly (readonly Row[])[]): AsyncGenerator<readonly Row[]> {
  for (const page of pages) yield await Promise.resolve(page);
}

async function written(rows: readonly Row[], zone = 'UTC'): Promise<string> {
  const files = filesOf(await buffer(workbook(COLUMNS, paged(rows), { zone })));
  return files.get('xl/worksheets/sheet1.xml') ?? '';
}
const rowsOf = (sheet: string): string[] => sheet.match(/<row .*?<\/row>/gs) ?? [];

describe('a workbook', () => {
  it('has the parts that a spreadsheet asks for, and a head even without rows', async () => {
    const files = filesOf(await buffer(workbook(COLUMNS, paged(), { zone: 'UTC' })));
    expect([...files.keys()].sort()).toEqual([
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/styles.xml',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
    ]);
    expect(rowsOf(files.get('xl/worksheets/sheet1.xml') ?? '')).toHaveLength(1);
  });

  it('writes numbers as numbers, and times as days by the clocks of the zone', async () => {
    const noon = Date.UTC(2030, 0, 1, 12);
    expect(rowsOf(await written([['Lin', 7, noon]]))[1]).toContain(
      '<c r="B2"><v>7</v></c><c r="C2" s="1"><v>47484.5</v></c>',
    );
    expect(rowsOf(await written([['Lin', null, noon]], 'Asia/Shanghai'))[1]).toMatch(
      /<\/c><c r="C2" s="1"><v>47484\.833333\d*<\/v><\/c>/,
    );
  });

  it.each(['=cmd|calc', '+1', '-1', '@SUM(A1)', '\tx', '＝1'])(
    'takes %j for text that it marks',
    async (name) => {
      const [, row] = rowsOf(await written([[name, 1, null]]));
      expect(row).toContain('<c r="A2" t="inlineStr" s="2"><is>');
      expect(row).not.toContain('<f>');
    },
  );

  it('escapes what XML and spreadsheets would read as something else', async () => {
    const [, row] = rowsOf(await written([['<b>&"\u0000\u0007_x0041_ \ud800 王芳', 1, null]]));
    expect(row).toContain('>&#60;b&#62;&#38;"_x005F_x0041_ \ufffd 王芳</t>');
  });

  it('names the place of each cell, past column Z as well', async () => {
    const columns = Array.from({ length: 28 }, (_none, n): Column => [`c${n}`, 'number']);
    const pages = paged([Array.from({ length: 28 }, (_none, n) => n)]);
    const files = filesOf(await buffer(workbook(columns, pages, { zone: 'UTC' })));
    const [head, row] = rowsOf(files.get('xl/worksheets/sheet1.xml') ?? '');
    expect(head).toContain('<c r="AB1" t="inlineStr"');
    expect(row).toContain('<c r="Z2"><v>25</v></c><c r="AA2"><v>26</v></c><c r="AB2"><v>27</v></c></row>');
  });

  it('begins another sheet where one is full, each row once', async () => {
    const rows = Array.from({ length: 25 }, (_none, n): Row => [`p${n}`, n, null]);
    const pages = paged(rows.slice(0, 10), rows.slice(10, 20), rows.slice(20));
    const files = filesOf(await buffer(workbook(COLUMNS, pages, { zone: 'UTC', sheetRowsMax: 10 })));
    const sheets = [1, 2, 3].map((n) => rowsOf(files.get(`xl/worksheets/sheet${n}.xml`) ?? ''));
    expect(sheets.map((sheet) => sheet.length)).toEqual([10, 10, 8]);
    const names = sheets.flatMap((sheet) => sheet.slice(1)).map((row) => /p\d+/.exec(row)?.[0]);
    expect(names).toEqual(rows.map(([name]) => name));
    const places = sheets.map((sheet) =>
      sheet.map((row) => /^<row r="(\d+)"><c r="A(\d+)"/.exec(row)?.slice(1).join()),
    );
    const upTo = (last: number): string[] => Array.from({ length: last }, (_none, n) => `${n + 1},${n + 1}`);
    expect(places).toEqual([upTo(10), upTo(10), upTo(8)]);
    expect(files.get('xl/workbook.xml')?.match(/<sheet /g)).toHaveLength(3);
    expect(files.get('[Content_Types].xml')).toContain('/xl/worksheets/sheet3.xml');
  });

  it('fills the last sheet to its end without an empty one after it', async () => {
    const rows = Array.from({ length: 9 }, (_none, n): Row => ['p', n, null]);
    const files = filesOf(await buffer(workbook(COLUMNS, paged(rows), { zone: 'UTC', sheetRowsMax: 10 })));
    expect([...files.keys()].filter((name) => name.includes('sheet1') || name.includes('sheet2'))).toEqual([
      'xl/worksheets/sheet1.xml',
    ]);
  });

  it('breaks off where a page cannot be read, and reads no further page when its reader goes away', async () => {
    async function* broken(): AsyncGenerator<readonly Row[]> {
      yield await Promise.resolve([['Lin', 1, null]]);
      throw new Error('the database is gone');
    }
    await expect(buffer(workbook(COLUMNS, broken(), { zone: 'UTC' }))).rejects.toThrow(
      'the database is gone',
    );

    let ended = false;
    async function* endless(): AsyncGenerator<readonly Row[]> {
      try {
        for (let n = 0; ; n += 1)
          yield await Promise.resolve(Array.from({ length: 500 }, (): Row => [crypto.randomUUID(), n, null]));
      } finally {
        ended = true;
      }
    }
    const file = workbook(COLUMNS, endless(), { zone: 'UTC' });
    let bytes = 0;
    for await (const chunk of file) {
      bytes += (chunk as Buffer).length;
      if (bytes > 100_000) break;
    }
    expect(file.destroyed).toBe(true);
    await until(() => Promise.resolve(ended || undefined));
  });
});
