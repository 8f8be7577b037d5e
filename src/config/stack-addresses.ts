import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { parseRedisUrl } from './redis-url.js';
import type { Env } from './schema.js';

/** PEM texts for a connection whose peer is verified. */
export interface Tls {
  /** Authorities; `undefined`: those that Node knows. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface RedisSecurity {
  /** `undefined` where `REDIS_URL` does not ask for TLS. */
  readonly tls: Tls | undefined;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
}

interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** Addresses of the three servers of the real stack, all or none, and what it takes to be let in. */
export interface StackAddresses {
  readonly databaseUrl: string;
  readonly databaseTls: Tls | undefined;
  readonly redisUrl: string;
  readonly redis: RedisSecurity;
  readonly kafkaBrokers: readonly string[];
  readonly kafkaTls: Tls | undefined;
  readonly kafkaSasl: KafkaSasl | undefined;
}

/**
 * The servers, with the files that the settings name read.
 * @param problems is given what is wrong, as `NAME: reason`
 */
export function stackAddresses(env: Env, problems: string[]): StackAddresses | undefined {
  const { DATABASE_URL, REDIS_URL, KAFKA_BROKERS } = env;
  const parts = { DATABASE_URL, REDIS_URL, KAFKA_BROKERS };
  const missing = Object.entries(parts).filter(([, value]) => value === undefined);
  if (missing.length === 3) return undefined;
  for (const [name] of missing) {
    problems.push(
      `${name}: missing; DATABASE_URL, REDIS_URL and KAFKA_BROKERS are set together or not at all`,
    );
  }
  if (!DATABASE_URL || !REDIS_URL || !KAFKA_BROKERS) return undefined;
  const tls = {
    database: tlsOf(env, 'DATABASE', env.DATABASE_TLS === 'on', 'DATABASE_TLS=on', problems),
    redis: tlsOf(env, 'REDIS', parseRedisUrl(REDIS_URL).tls, 'a REDIS_URL with rediss://', problems),
    kafka: tlsOf(env, 'KAFKA', env.KAFKA_TLS === 'on', 'KAFKA_TLS=on', problems),
  };
  // The driver compares the certificate of a numeric address with "localhost" (mysql2 3).
  if (tls.database && isIP(hostOf(DATABASE_URL)) !== 0)
    problems.push('DATABASE_URL: with DATABASE_TLS=on it needs a host name, which the certificate names');
  return {
    databaseUrl: DATABASE_URL,
    databaseTls: tls.database,
    redisUrl: REDIS_URL,
    redis: {
      tls: tls.redis,
      sentinelUsername: env.REDIS_SENTINEL_USERNAME,
      sentinelPassword: env.REDIS_SENTINEL_PASSWORD,
    },
    kafkaBrokers: KAFKA_BROKERS.split(',').map((b) => b.trim()),
    kafkaTls: tls.kafka,
    kafkaSasl: saslOf(env, problems),
  };
}

const hostOf = (url: string): string =>
  URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';

function tlsOf(
  env: Env,
  server: 'DATABASE' | 'REDIS' | 'KAFKA',
  on: boolean,
  switchedOnBy: string,
  problems: string[],
): Tls | undefined {
  const names = { ca: `${server}_TLS_CA`, cert: `${server}_TLS_CERT`, key: `${server}_TLS_KEY` } as const;
  const { ca, cert, key } = { ca: env[names.ca], cert: env[names.cert], key: env[names.key] };
  const given = Object.values(names).filter((name) => env[name] !== undefined);
  if (!on) {
    for (const name of given) problems.push(`${name}: has no effect without ${switchedOnBy}`);
    return undefined;
  }
  if ((cert === undefined) !== (key === undefined))
    problems.push(
      `${cert === undefined ? names.cert : names.key}: missing; ${names.cert} and ${names.key} are set together`,
    );
  const before = problems.length;
  const tls = {
    ca: pem(names.ca, ca, problems),
    cert: pem(names.cert, cert, problems),
    key: pem(names.key, key, problems),
  };
  if (problems.length === before) usable(names, tls, problems);
  return tls;
}

function pem(name: string, path: string | undefined, problems: string[]): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${name}: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}

/** The authorities of a server, from the file that the setting `name` names. @param problems see `stackAddresses` */
export function readAuthorities(
  name: string,
  path: string | undefined,
  problems: string[],
): string | undefined {
  const ca = pem(name, path, problems);
  usable({ ca: name, cert: name, key: name }, { ca, cert: undefined, key: undefined }, problems);
  return ca;
}

/** Found at start, not at the first connection that fails. */
function usable(
  names: Readonly<Record<keyof Tls, string>>,
  { ca, cert, key }: Tls,
  problems: string[],
): void {
  try {
    if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----'))
      problems.push(`${names.ca}: the file holds no certificate in PEM`);
    else createSecureContext({ ca });
  } catch {
    problems.push(`${names.ca}: the file holds no certificate in PEM`);
  }
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert, key });
  } catch {
    problems.push(`${names.cert}: certificate and key are not PEM, or do not belong together`);
  }
}

function saslOf(env: Env, problems: string[]): KafkaSasl | undefined {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = env;
  const parts = { KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD };
  for (const [name, value] of Object.entries(parts)) {
    if (mechanism === 'off' && value !== undefined)
      problems.push(`${name}: has no effect without KAFKA_SASL_MECHANISM`);
    if (mechanism !== 'off' && value === undefined)
      problems.push(`${name}: missing; KAFKA_SASL_MECHANISM needs user and password`);
  }
  if (mechanism === 'off' || KAFKA_SASL_USERNAME === undefined || KAFKA_SASL_PASSWORD === undefined)
    return undefined;
  return { mechanism, username: KAFKA_SASL_USERNAME, password: KAFKA_SASL_PASSWORD };
}
