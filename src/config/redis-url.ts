/**
 * Where Redis is, from `REDIS_URL`:
 * - `redis://[user:password@]host[:6379][,host[:port]...][/db]`: of several, the one that is the primary;
 * - `redis+sentinel://[user:password@]sentinel[:26379][,sentinel...]/name[?db=N]`: the primary that the sentinels name;
 * - `redis+cluster://[user:password@]host[:6379][,host...]/`: all masters of a Redis Cluster, found by any of its nodes.
 *
 * `rediss` in place of `redis` asks for TLS, of the sentinels and of all nodes too. User and password are those of Redis, percent-encoded.
 */
export interface RedisTarget {
  /** Of Redis servers, of sentinels where `sentinelName` is set, or of nodes of a cluster; at least one. */
  readonly hosts: readonly RedisHost[];
  readonly cluster: boolean;
  /** What the sentinels call the primary. */
  readonly sentinelName: string | undefined;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
}

export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

const FORM = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const HOST = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/;
const NAME = /^[\w.-]{1,100}$/; // what Sentinel itself lets a primary be called

const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;
const DATABASES = 16_384;

/** @throws Error that says what is wrong, without any part of the address: it may hold a password */
export function parseRedisUrl(url: string): RedisTarget {
  const match = FORM.exec(url);
  if (!match)
    throw new Error(
      'must be redis://host:6379/0, rediss://... for TLS, redis+sentinel://a,b,c/name or redis+cluster://a,b,c/; user and password are percent-encoded',
    );
  const [, scheme, form, user, hosts = '', path = '', query = ''] = match;
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) if (name !== 'db') throw new Error('takes no parameter but db');
  const byName = form === '+sentinel';
  const cluster = form === '+cluster';
  if (cluster && (path !== '' || query !== ''))
    throw new Error('takes no database, for a cluster has one only: redis+cluster://a,b,c/');
  if (byName && !NAME.test(path))
    throw new Error('needs the name by which the sentinels know the primary: redis+sentinel://a,b,c/name');
  return {
    hosts: hosts.split(',').map((text) => hostOf(text, byName ? SENTINEL_PORT : REDIS_PORT)),
    cluster,
    sentinelName: byName ? path : undefined,
    tls: scheme === 'rediss',
    ...credentials(user),
    db: databaseOf(parameters.get('db') ?? (byName ? '' : path)),
  };
}

function hostOf(text: string, defaultPort: number): RedisHost {
  const [, six, name, port] = HOST.exec(text.trim()) ?? [];
  const host = six ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535)
    throw new Error('has an address that is not host:port; several are separated by commas');
  return { host, port: number };
}

function databaseOf(text: string): number {
  if (text === '') return 0;
  const db = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(db < DATABASES)) throw new Error('has a database that is not a number');
  return db;
}

function credentials(user: string | undefined): Pick<RedisTarget, 'username' | 'password'> {
  if (user === undefined || user === '') return { username: undefined, password: undefined };
  const colon = user.indexOf(':');
  const [name, password] = colon < 0 ? [user, ''] : [user.slice(0, colon), user.slice(colon + 1)];
  if (password === '') throw new Error('has a user without a password');
  try {
    return { username: decodeURIComponent(name) || undefined, password: decodeURIComponent(password) };
  } catch {
    throw new Error('has a user or password that is not percent-encoded');
  }
}
