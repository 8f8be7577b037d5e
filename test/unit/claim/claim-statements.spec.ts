import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';

/** All SQL about claims stands here (docs/adr/0097): how they are stored can be changed in one folder. */
const HOME = join('claim', 'ledger', 'rows');

/** A statement that names one of the tables. */
const STATEMENT = /\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:claims(?:_archive)?|packed_claims)\b/;
/** What a statement, or a query that is built, can be made of without naming a table. */
const PARTS =
  /\b(?:CLAIM_TABLES|allPlaces)\b|\bplaces?Of\b[^;]*claim-places|\btable: ['"`](?:packed_)?claims|\b(?:getRepository|from|into|update|\w+Join\w*)\(\s*['"`](?:claims(?:_archive)?|packed_claims)['"`]/;

const sources = (): { readonly name: string; readonly text: string }[] =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, text: code(readFileSync(join(ROOT, 'src', name), 'utf8')) }));

/** Without comments, which may name what they like. */
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

const isHome = (name: string): boolean => name.startsWith(HOME);

describe('statements about claims', () => {
  it.each([
    ['SELECT 1 FROM claims WHERE id = ?', true],
    ['SELECT v.id FROM vouchers v JOIN claims c ON c.voucher_id = v.id', true],
    ['UPDATE claims SET code = ?', true],
    ['INSERT INTO claims_archive (id)\nSELECT id\n  FROM claims', true],
    ['SELECT 1 FROM packed_claims WHERE tail = ?', true],
    ['SELECT 1 FROM claim_holds h WHERE h.claim_id = ?', false],
    ['UPDATE voucher_stock SET claims_archived = ?', false],
  ])('%j: %j', (sql, names) => {
    expect(STATEMENT.test(sql)).toBe(names);
  });

  it('stand in one folder', () => {
    const strangers = sources().filter(({ name, text }) => !isHome(name) && STATEMENT.test(text));
    expect(strangers.map(({ name }) => name)).toEqual([]);
    expect(sources().filter(({ name, text }) => isHome(name) && STATEMENT.test(text)).length).toBeGreaterThan(
      1,
    );
  });

  it('are made of keysets and names of tables that no other folder knows', () => {
    const strangers = sources().filter(({ name, text }) => !isHome(name) && PARTS.test(text));
    expect(strangers.map(({ name }) => name)).toEqual([]);
  });

  it('join no other table by the id of a claim, which rows may not have as text', () => {
    const joins = sources().filter(({ name, text }) => isHome(name) && /claim_id\b/.test(text));
    expect(joins.map(({ name }) => name)).toEqual([]);
  });
});
