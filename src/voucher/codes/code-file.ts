import { setImmediate } from 'node:timers/promises';
import { isImportedCode } from '../../common/imported-code.js';
import { Problem, type FieldProblem } from '../../common/problems.js';
import { CodeTable } from './code-table.js';

export const CODE_TYPES = ['text/csv'] as const;
/** Of one file. */
const CODES_MAX = 1_000_000;
/** A million codes of 32 characters, quoted, with CRLF. */
export const CODES_MAX_BYTES = 36 * CODES_MAX;
/** Faults that are named; more of them say nothing new. */
export const FAULTS_MAX = 20;
/** Longer lines are no list of codes. */
const LINE_MAX = 1_000;
/** Others get their turn in between. */
const LINES_PER_TURN = 5_000;

const HEADER = /^codes?$/i;
/** A carriage return at the end may be half of a line break. */
const BREAK = /\r\n|\n|\r(?!$)/;

/**
 * Reads a file with one code a line, as it comes. A first line that names the column is left out, and so are empty lines.
 * @throws Problem validation_failed that names the lines (`/1` is the first) that are no codes, or that repeat another one
 */
export async function readCodes(chunks: AsyncIterable<Uint8Array>): Promise<CodeTable> {
  const table = new CodeTable();
  const faults: FieldProblem[] = [];
  let wrong = 0;
  let line = 0;
  for await (const text of linesOf(chunks)) {
    line += 1;
    if (line % LINES_PER_TURN === 0) await setImmediate();
    const code = unquoted(text);
    if (code === '' || (line === 1 && HEADER.test(code))) continue;
    const fault = faultOf(table, code, line);
    if (fault && ++wrong <= FAULTS_MAX) faults.push(fault);
    if (table.codes.length > CODES_MAX) throw refused('too_many', `may have ${CODES_MAX} codes`);
  }
  if (wrong > 0) throw wrongLines(wrong, faults);
  if (table.codes.length === 0) throw refused('empty', 'has no codes');
  return table;
}

/** @param wrong how many lines are wrong, of which `faults` names the first */
export function wrongLines(wrong: number, faults: readonly FieldProblem[]): Problem {
  const more = wrong > faults.length ? `; the first ${faults.length} are named` : '';
  return new Problem('validation_failed', {
    detail: `${wrong} lines cannot be taken${more}; nothing was stored`,
    errors: [...faults],
  });
}

function faultOf(table: CodeTable, code: string, line: number): FieldProblem | undefined {
  const pointer = `/${line}`;
  if (!isImportedCode(code)) {
    const detail = `line ${line} is no code: 6 to 32 letters and digits, with dots, dashes and underscores between them`;
    return { pointer, code: 'not_a_code', detail };
  }
  const before = table.add(code, line);
  if (before === undefined) return undefined;
  return { pointer, code: 'duplicate', detail: `line ${line} is the code of line ${before} again` };
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoded(decoder, chunk)).split(BREAK);
    rest = parts.pop() ?? '';
    if (rest.length > LINE_MAX) throw refused('not_a_list', 'must have one code a line');
    yield* parts;
  }
  yield (rest + decoded(decoder)).replace(/\r$/, '');
}

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (error) {
    throw refused('not_utf8', 'must be a CSV file in UTF-8', error);
  }
}

/** Spreadsheets quote a field where they like. */
const unquoted = (line: string): string =>
  line
    .trim()
    .replace(/^"([^"]*)"$/, '$1')
    .trim();

const refused = (code: string, detail: string, cause?: unknown): Problem =>
  new Problem('validation_failed', { errors: [{ pointer: '', code, detail }], cause });
