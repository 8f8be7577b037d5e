import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nearestName } from '../../../src/common/nearest-name.js';
import { loadConfig } from '../../../src/config/index.js';
import { checkEnvFile } from '../../../src/config/env-file.js';

const problems = (text: string): readonly string[] => checkEnvFile(text).problems;
const warnings = (text: string): readonly string[] => checkEnvFile(text).warnings;

describe('a file of settings', () => {
  it('may hold settings, renamed ones, comments, empty lines, and variables of Node and Docker', () => {
    const text = [
      '# a comment',
      '',
      'PORT=3001',
      'export LOG_LEVEL=warn',
      'OPS_PORT = 9465 # why',
      'CLAIM_ANSWERS_FIRST_MS=1',
      'NODE_OPTIONS=--enable-source-maps',
      'COMPOSE_PROJECT_NAME=vouchers',
      'TZ=UTC',
    ].join('\r\n');
    expect(checkEnvFile(text)).toEqual({ problems: [], warnings: [] });
  });

  it('names a setting that is nearly one, with the one that was meant', () => {
    expect(problems('POTR=1\nDATABSE_URL=x\nport=3\nJWT_SECRETS=y')).toEqual([
      '.env, line 1: POTR is no setting; did you mean PORT?',
      '.env, line 2: DATABSE_URL is no setting; did you mean DATABASE_URL?',
      '.env, line 3: port is no setting; did you mean PORT?',
      '.env, line 4: JWT_SECRETS is no setting; did you mean JWT_SECRET?',
    ]);
  });

  it('warns of a name that is nothing like a setting', () => {
    expect(checkEnvFile('SOMETHING_ELSE=1')).toEqual({
      problems: [],
      warnings: ['.env, line 1: SOMETHING_ELSE is no setting of this program'],
    });
  });

  it('names lines that assign nothing, and never what stands in them', () => {
    const found = problems('PORT: 18240\nPORT 3\n=3\njust hunter2');
    expect(found).toEqual([1, 2, 3, 4].map((line) => `.env, line ${line}: is not NAME=value`));
  });

  it('reads values of several lines as one', () => {
    expect(checkEnvFile('JWT_SECRET="one\ntwo three\nPOTR=1"\nPORT=1')).toEqual({
      problems: [],
      warnings: [],
    });
    expect(problems('JWT_SECRET="never closed\nPOTR=1')).toHaveLength(1);
  });

  it('ends the start together with everything else that is wrong', () => {
    const file = checkEnvFile('POTR=1');
    expect(() => loadConfig({ OPS_PORT: 'x' }, file)).toThrow(/OPS_PORT.*did you mean PORT/);
    expect(loadConfig({}, { problems: [], warnings: warnings('ABC_DEF=1') }).warnings).toHaveLength(1);
  });
});

describe('the nearest name', () => {
  const names = ['PORT', 'OPS_PORT', 'DATABASE_URL'];

  it.each([
    ['PROT', 'PORT'],
    ['PORTS', 'PORT'],
    ['POR', 'PORT'],
    ['PIRT', 'PORT'],
    ['DATABASEURL', 'DATABASE_URL'],
    ['DATBASE_ULR', 'DATABASE_URL'],
  ])('of %s is %s', (given, meant) => expect(nearestName(given, names)).toBe(meant));

  it.each(['PATH', 'URL', 'DATA_BASES', ''])('of %s is none', (given) =>
    expect(nearestName(given, names)).toBeUndefined(),
  );
});

describe('the data folder', () => {
  it('is refused by name where it is a file, or inside one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-config-'));
    try {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      expect(() => loadConfig({ DATA_DIR: file })).toThrow(/DATA_DIR: is not a folder$/);
      expect(() => loadConfig({ DATA_DIR: join(file, 'below') })).toThrow(/DATA_DIR: is inside something/);
      expect(loadConfig({ DATA_DIR: join(folder, 'new', 'one') }).DATA_DIR).toContain('new');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
