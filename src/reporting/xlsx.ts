import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { wallClock } from '../common/wall-clock.js';
import { isFormula } from './csv.js';

/** What a column holds. A time is in ms since 1970. */
type ColumnKind = 'text' | 'number' | 'time';
export type Column = readonly [name: string, kind: ColumnKind];
export type Row = readonly (string | number | null)[];

/** Of one sheet, its head included: what spreadsheets can hold (Microsoft, "Excel specifications and limits"). */
const SHEET_ROWS_MAX = 1_048_576;

const DAY_S = 86_400;
/** Day 0 of a spreadsheet is 30 December 1899; 1970 began so many days later. */
const DAYS_TO_1970 = 25_569;
/** The formats of cells, by their place in `cellXfs` of `STYLES`. */
const STYLE = { time: 1, formula: 2, head: 3 } as const;
const WIDTHS: Readonly<Record<ColumnKind, number>> = { text: 24, number: 11, time: 20 };

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf quotePrefix="1"/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>`;

/**
 * Text of a cell. XML has no place for control characters and for halves of surrogate pairs; and `_x0041_` would be read as "A", so its
 * first underscore is written as one (ECMA-376 part 1, 22.9.2.19).
 */
const escaped = (text: string): string =>
  text
    .replace(/\p{Surrogate}/gu, '\ufffd')
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/_(?=x[\da-f]{4}_)/gi, '_x005F_')
    .replace(/[&<>\r]/g, (char) => `&#${char.charCodeAt(0)};`);

/** A, B, ... Z, AA: the letters of a column, counted from 0. */
const lettersOf = (column: number): string =>
  (column < 26 ? '' : lettersOf(Math.floor(column / 26) - 1)) + String.fromCharCode(65 + (column % 26));

/** A string is never evaluated; one that looks like a formula also stays a string when the cell is edited. */
function textCell(place: string, text: string, style?: number): string {
  const chosen = style ?? (isFormula(text) ? STYLE.formula : undefined);
  const attribute = chosen === undefined ? '' : ` s="${chosen}"`;
  return `<c r="${place}" t="inlineStr"${attribute}><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

/** Days since day 0, by the clocks of a zone: a spreadsheet knows no zones. */
function serialOf(zone: string): (at: number) => number {
  const clock = wallClock(zone);
  return (at) => DAYS_TO_1970 + Date.parse(`${clock(at).replace(' ', 'T')}Z`) / 1_000 / DAY_S;
}

/**
 * Rows by their number, from 1. The standard lets rows and cells go without their place; of nine ways to read it five find no
 * rows (findings/xlsx-readers-cell-references.sh).
 */
function rowWriter(columns: readonly Column[], zone: string): (row: Row, number: number) => string {
  const serial = serialOf(zone);
  const letters = columns.map((_column, index) => lettersOf(index));
  const cell = (value: Row[number], kind: ColumnKind | undefined, place: string): string => {
    if (value === null) return '';
    if (kind === 'time' && typeof value === 'number')
      return `<c r="${place}" s="${STYLE.time}"><v>${serial(value)}</v></c>`;
    return typeof value === 'number' ? `<c r="${place}"><v>${value}</v></c>` : textCell(place, value);
  };
  return (row, number) =>
    `<row r="${number}">${row.map((value, index) => cell(value, columns[index]?.[1], `${letters[index]}${number}`)).join('')}</row>`;
}

interface WorkbookOptions {
  /** IANA name; times are those of its clocks. */
  readonly zone: string;
  readonly sheetRowsMax?: number;
}

/**
 * A workbook (ECMA-376) that is written while it is read: a page of rows is asked for when the one before has gone out. Rows that no
 * sheet has room for begin another sheet. A page that cannot be read breaks the file off.
 */
export function workbook(
  columns: readonly Column[],
  pages: AsyncIterable<readonly Row[]>,
  { zone, sheetRowsMax = SHEET_ROWS_MAX }: WorkbookOptions,
): Readable {
  const zip = new ZipFile();
  // Its type says less than what it is: a PassThrough, with the bound that every stream has.
  const out = zip.outputStream as Readable;
  const source = pages[Symbol.asyncIterator]();
  const write = rowWriter(columns, zone);
  /** Rows that were read and are not yet in a sheet; undefined at the end. */
  let ahead: readonly Row[] | undefined = [];
  let sheets = 0;
  let current: Readable | undefined;

  async function* sheet(): AsyncGenerator<string> {
    yield sheetHead(columns);
    for (let room = sheetRowsMax - 1; ahead !== undefined && room > 0;) {
      const number = sheetRowsMax - room + 1;
      yield ahead
        .slice(0, room)
        .map((row, index) => write(row, number + index))
        .join('');
      const rest = ahead.slice(room);
      room -= ahead.length - rest.length;
      ahead = rest.length > 0 ? rest : await next();
    }
    yield '</sheetData></worksheet>';
    // Before this one ends: the file is closed when nothing is left to be written.
    if (ahead === undefined) finish();
    else addSheet();
  }
  async function next(): Promise<readonly Row[] | undefined> {
    const one = await source.next();
    return one.done === true ? undefined : one.value;
  }
  function addSheet(): void {
    sheets += 1;
    zip.addReadStreamLazy(`xl/worksheets/sheet${sheets}.xml`, (callback) => {
      current = Readable.from(sheet(), { highWaterMark: 1 });
      // The library pipes, and a pipe passes no error on.
      current.once('error', (error) => out.destroy(error));
      callback(null, current);
    });
  }
  function finish(): void {
    for (const [name, text] of partsOf(sheets)) zip.addBuffer(Buffer.from(text), name);
    zip.end();
  }
  zip.on('error', (error: Error) => out.destroy(error));
  out.once('close', () => {
    current?.destroy();
    void source.return?.();
  });
  addSheet();
  return out;
}

const sheetHead = (columns: readonly Column[]): string =>
  `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${columns
    .map(
      ([, kind], index) =>
        `<col min="${index + 1}" max="${index + 1}" width="${WIDTHS[kind]}" customWidth="1"/>`,
    )
    .join(
      '',
    )}</cols><sheetData><row r="1">${columns.map(([name], index) => textCell(`${lettersOf(index)}1`, name, STYLE.head)).join('')}</row>`;

/** What makes a workbook of the sheets. */
function partsOf(sheets: number): readonly (readonly [string, string])[] {
  const numbers = Array.from({ length: sheets }, (_none, index) => index + 1);
  const each = (text: (n: number) => string): string => numbers.map(text).join('');
  return [
    [
      'xl/workbook.xml',
      `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${each((n) => `<sheet name="Claims${n > 1 ? ` ${n}` : ''}" sheetId="${n}" r:id="rId${n}"/>`)}</sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `${XML}<Relationships xmlns="${PACKAGE}/relationships">${each((n) => `<Relationship Id="rId${n}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${n}.xml"/>`)}<Relationship Id="rId${sheets + 1}" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    ],
    ['xl/styles.xml', STYLES],
    [
      '_rels/.rels',
      `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      '[Content_Types].xml',
      `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${each((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${TYPE}.worksheet+xml"/>`)}</Types>`,
    ],
  ];
}
