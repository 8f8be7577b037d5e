import { setImmediate } from 'node:timers/promises';
import { type FieldProblem, invalidField, Problem } from '../common/problems.js';

/** Characters of a line; longer lines are no list. */
const LINE_MAX = 1_000;
/** A carriage return at the end may be half of a line break. */
const BREAK = /\r\n|\n|\r(?!$)/;

/** A line that says something; the first line of a file is 1. */
export interface ListLine {
  readonly line: number;
  readonly text: string;
}

/**
 * The lines of a CSV file in UTF-8 with one column, as it comes, without quotes. A first line that names the column is left out, and so
 * are empty lines.
 * @param linesPerTurn after so many lines others get their turn of the event loop
 * @throws Problem validation_failed for what is no such file
 */
export async function* listLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  header: RegExp,
  linesPerTurn: number,
): AsyncIterable<ListLine> {
  let line = 0;
  for await (const lines of linesOf(chunks)) {
    for (const raw of lines) {
      line += 1;
      if (line % linesPerTurn === 0) await setImmediate();
      const text = unquoted(raw);
      if (text !== '' && (line > 1 || !header.test(text))) yield { line, text };
    }
  }
}

/** Wrong lines of a file, of which the first few are named: more of them say nothing new. */
export class WrongLines {
  private readonly named: FieldProblem[] = [];
  private count = 0;

  /** @param what of the lines: "name no person" */
  constructor(
    private readonly what: string,
    private readonly namedAtMost: number,
  ) {}

  add(fault: FieldProblem): void {
    this.count += 1;
    if (this.named.length < this.namedAtMost) this.named.push(fault);
  }

  /** @throws Problem validation_failed where a line is wrong */
  refuse(): void {
    if (this.count === 0) return;
    const more = this.count > this.named.length ? `; the first ${this.named.length} are named` : '';
    throw new Problem('validation_failed', {
      detail: `${this.count} lines ${this.what}${more}; nothing was stored`,
      errors: this.named,
    });
  }
}

/** A refusal of the file as a whole. */
export const wrongFile = (code: string, detail: string, cause?: unknown): Problem =>
  invalidField('', code, detail, cause);

async function* linesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncIterable<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoded(decoder, chunk)).split(BREAK);
    rest = parts.pop() ?? '';
    if (rest.length > LINE_MAX) throw wrongFile('not_a_list', 'must have one entry a line');
    yield parts;
  }
  yield [(rest + decoded(decoder)).replace(/\r$/, '')];
}

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (error) {
    throw wrongFile('not_utf8', 'must be a CSV file in UTF-8', error);
  }
}

/** Spreadsheets quote a field where they like. */
const unquoted = (line: string): string => {
  const text = line.trim();
  return /^"(?:[^"]|"")*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"').trim() : text;
};
