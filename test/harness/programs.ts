import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PlainError } from '../../src/cli/plain-error.js';

export { PlainError };

export interface Program {
  /** Any of these names will do. */
  readonly names: readonly string[];
  readonly debianPackage: string;
}

export const MARIADBD: Program = { names: ['mariadbd', 'mysqld'], debianPackage: 'mariadb-server' };
export const MARIADB_INSTALL: Program = {
  names: ['mariadb-install-db', 'mysql_install_db'],
  debianPackage: 'mariadb-server',
};
/** Of an edition (editions.ts): what Debian calls `mysqld` may be MariaDB. */
export const MYSQLD: Program = { names: ['mysqld-mysql'], debianPackage: 'mysql-server-core' };
export const REDIS: Program = { names: ['redis-server'], debianPackage: 'redis-server' };
export const JAVA: Program = { names: ['java'], debianPackage: 'default-jre-headless' };
export const MAVEN: Program = { names: ['mvn'], debianPackage: 'maven' };
export const NGINX: Program = { names: ['nginx'], debianPackage: 'nginx' };

/** Debian keeps servers in sbin, which an ordinary user's PATH does not have. */
const EXTRA_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The full path of a program, or `undefined` where none of its names is installed. */
function findProgram(program: Program): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...EXTRA_FOLDERS].filter((f) => f !== '');
  for (const name of program.names) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not in this folder
      }
    }
  }
  return undefined;
}

/** @throws PlainError naming everything that is missing and the line that installs it */
export function requirePrograms(programs: readonly Program[]): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const names = missing.map((program) => program.names[0]).join(', ');
  const packages = [...new Set(missing.map((program) => program.debianPackage))].join(' ');
  throw new PlainError(`missing: ${names}; on Debian: apt-get install -y ${packages}`);
}

/** @throws PlainError where the program is missing */
export function programPath(program: Program): string {
  requirePrograms([program]);
  return findProgram(program) ?? '';
}
