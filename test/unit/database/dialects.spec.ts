import { describe, expect, it } from '@jest/globals';
import { judgeServer } from '../../../src/database/dialects.js';
import { UnfitServerError } from '../../../src/common/unfit-server.js';

const facts = (version: string, more = {}) => ({ version, readOnly: false, galeraNodes: 0, ...more });

describe('a database server', () => {
  it.each([
    ['10.11.6-MariaDB-0+deb12u1', 'mariadb'],
    ['10.6.0-MariaDB', 'mariadb'],
    ['5.5.5-10.11.6-MariaDB-log', 'mariadb'],
    ['11.8.9-MariaDB', 'mariadb'],
    ['8.0.36', 'mysql'],
    ['8.4.3-azure', 'mysql'],
    ['9.7.4', 'mysql'],
  ] as const)('of version %s speaks %s', (version, dialect) => {
    expect(judgeServer(dialect, facts(version))).toEqual({ dialect, warnings: [] });
  });

  it('is taken for what it is, whatever its address begins with, and that is said', () => {
    expect(judgeServer('mysql', facts('10.11.6-MariaDB'))).toEqual({
      dialect: 'mariadb',
      warnings: [expect.stringContaining('begins with mysql:// but the server is MariaDB')],
    });
    expect(judgeServer('mariadb', facts('9.7.4'))).toEqual({
      dialect: 'mysql',
      warnings: [expect.stringContaining('begins with mariadb:// but the server is MySQL')],
    });
  });

  it.each(['5.7.44', '8.0.0', '10.5.29-MariaDB', '5.5.5-10.4.32-MariaDB', 'unknown'])(
    'of version %s is refused, with the oldest that will do',
    (version) => {
      expect(() => judgeServer('mariadb', facts(version))).toThrow(UnfitServerError);
      expect(() => judgeServer('mariadb', facts(version))).toThrow(/too old.* or later/);
    },
  );

  it('that is read-only is refused: it is a replica', () => {
    expect(() => judgeServer('mysql', facts('9.7.4', { readOnly: true }))).toThrow(/name the primary/);
  });

  it('of a Galera cluster is warned of: its locks hold on one node', () => {
    expect(judgeServer('mariadb', facts('11.8.9-MariaDB', { galeraNodes: 1 })).warnings).toEqual([]);
    const { warnings } = judgeServer('mariadb', facts('11.8.9-MariaDB', { galeraNodes: 3 }));
    expect(warnings).toEqual([expect.stringContaining('all instances must write to the same node')]);
  });
});
