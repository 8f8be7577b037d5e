import { createHash } from 'node:crypto';
import { toE164 } from '../../auth/index.js';
import { normalEmail } from '../../common/email.js';
import type { FieldProblem } from '../../common/problems.js';
import { listLines, wrongFile, WrongLines } from '../list-file.js';

export const PEOPLE_TYPES = ['text/csv'] as const;
/** 100,000 hashes, quoted, with CRLF. */
export const PEOPLE_MAX_BYTES = 8 * 1_024 * 1_024;
const MAX_PEOPLE = 100_000;
/** Of wrong lines. */
const NAMED_AT_MOST = 100;
/** Phone numbers take some 20 µs each: others get their turn in between. */
const LINES_PER_TURN = 200;

const HASH = /^[0-9a-f]{64}$/i;
const HEADER = /^(?:person|people|contact|e-?mail|phone|sha-?256|hash)$/i;

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
  const faults = new WrongLines('name no person', NAMED_AT_MOST);
  for await (const { line, text } of listLines([file], HEADER, LINES_PER_TURN)) {
    const person = personOf(text);
    if (person === undefined) faults.add(notAPerson(line));
    else people.add(person);
  }
  faults.refuse();
  if (people.size === 0) throw wrongFile('empty', 'names nobody');
  if (people.size > MAX_PEOPLE) throw wrongFile('too_many', `may name ${MAX_PEOPLE} people`);
  return people;
}

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
