import { isImportedCode } from '../../common/imported-code.js';
import type { FieldProblem } from '../../common/problems.js';
import { listLines, wrongFile, WrongLines } from '../list-file.js';
import { CodeTable } from './code-table.js';

export const CODE_TYPES = ['text/csv'] as const;
/** Of one file. */
const CODES_MAX = 1_000_000;
/** A million codes of 32 characters, quoted, with CRLF. */
export const CODES_MAX_BYTES = 36 * CODES_MAX;
/** Others get their turn in between. */
const LINES_PER_TURN = 5_000;

const HEADER = /^codes?$/i;

/** Of a file of codes the first 20 are named. */
export const wrongCodes = (): WrongLines => new WrongLines('cannot be taken', 20);

/**
 * Reads a file with one code a line, as it comes. A first line that names the column is left out, and so are empty lines.
 * @throws Problem validation_failed that names the lines (`/1` is the first) that are no codes, or that repeat another one
 */
export async function readCodes(chunks: AsyncIterable<Uint8Array>): Promise<CodeTable> {
  const table = new CodeTable();
  const faults = wrongCodes();
  for await (const { line, text } of listLines(chunks, HEADER, LINES_PER_TURN)) {
    const fault = faultOf(table, text, line);
    if (fault) faults.add(fault);
    if (table.codes.length > CODES_MAX) throw wrongFile('too_many', `may have ${CODES_MAX} codes`);
  }
  faults.refuse();
  if (table.codes.length === 0) throw wrongFile('empty', 'has no codes');
  return table;
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
