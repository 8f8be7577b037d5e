import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { toE164 } from '../../auth/index.js';
import { normalEmail } from '../../common/email.js';
import { Problem, type FieldProblem } from '../../common/problems.js';

export const PEOPLE_TYPES = ['text/csv'] as const;
/** 100,000 hashes, quoted, with CRLF. */
export const PEOPLE_MAX_BYTES = 8 * 1_024 * 1_024;
const MAX_PEOPLE = 100_000;
/** Faults that are named; more of them say nothing new. */
const MAX_FAULTS = 100;
/** Phone numbers take some 20 µs each: others get their turn in between. */
const LINES_PER_TURN = 200;

const HASH = /^[0-9a-f]{64}$/i;
const HEADER = /^(?:person|people|contact|e-?mail|phone|sha-?256|hash)$/i;
const BREAK = /\r\n|\n|\r/;

/**
 * How a list names a person: SHA-256 of the UTF-8 bytes, as lower-case hex. Merchants may send the same, so that addresses never leave
 * their house.
 * @param address an e-mail address as `normalEmail` has it, or a phone number as E.164
 */
export const personHash = (address: string): string => createHash('sha256').update(address).digest('hex');

/**
 * One person a line: an e-mail address, a phone number, or the SHA-256 of either in its one form. A first line that names the column is
 * left out, and so are empty lines; who is named twice is on the list once.
 * @returns the hashes, each once
 * @throws Problem validation_failed that names the lines (`/1` is the first), where one is wrong: then the list is none
 */
export async function readPeople(file: Buffer): Promise<ReadonlySet<string>> {
  const people = new Set<string>();
  const faults: FieldProblem[] = [];
  let wrong = 0;
  for (const [at, line] of linesOf(file).entries()) {
    if (at % LINES_PER_TURN === LINES_PER_TURN - 1) await setImmediate();
    const text = unquoted(line);
    if (text === '' || (at === 0 && HEADER.test(text))) continue;
    const person = personOf(text);
    if (person !== undefined) people.add(person);
    else if (++wrong <= MAX_FAULTS) faults.push(notAPerson(at + 1));
  }
  if (wrong > 0) {
    const more = wrong > MAX_FAULTS ? `; the first ${MAX_FAULTS} are named` : '';
    throw new Problem('validation_failed', {
      detail: `${wrong} lines name no person${more}`,
      errors: faults,
    });
  }
  if (people.size === 0) throw refused('empty', 'names nobody');
  if (people.size > MAX_PEOPLE) throw refused('too_many', `may name ${MAX_PEOPLE} people`);
  return people;
}

function linesOf(file: Buffer): string[] {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file).split(BREAK);
  } catch (error) {
    throw refused('not_utf8', 'must be a CSV file in UTF-8', error);
  }
}

/** Spreadsheets quote a field where it has a comma or a quote in it. */
const unquoted = (line: string): string => {
  const text = line.trim();
  return /^"(?:[^"]|"")*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"').trim() : text;
};

function personOf(text: string): string | undefined {
  if (HASH.test(text)) return text.toLowerCase();
  const address = text.includes('@') ? normalEmail(text) : toE164(text);
  return address === undefined ? undefined : personHash(address);
}

const notAPerson = (line: number): FieldProblem => ({
  pointer: `/${line}`,
  code: 'not_a_person',
  detail: `line ${line} is no e-mail address, no phone number and no SHA-256 (64 hexadecimal digits)`,
});

const refused = (code: string, detail: string, cause?: unknown): Problem =>
  new Problem('validation_failed', { errors: [{ pointer: '', code, detail }], cause });
