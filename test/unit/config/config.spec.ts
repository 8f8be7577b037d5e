import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '../../../src/config/index.js';
import { DEVELOPMENT_CLAIM_SECRET, DEVELOPMENT_JWT_SECRET } from '../../../src/config/schema.js';
import { ROOT } from '../../../src/common/root.js';

type Environment = Readonly<Record<string, string | undefined>>;

const SECRETS = { JWT_SECRET: 'j'.repeat(32), CLAIM_SECRET: 'c'.repeat(32) };
const PRODUCTION = { NODE_ENV: 'production', ...SECRETS };
const STACK = {
  DATABASE_URL: 'mariadb://app:hunter2@db:3306/vouchers',
  REDIS_URL: 'redis://cache:6379/0',
  KAFKA_BROKERS: 'one:9092, two:9092',
};

/** A file that can be read, and is no certificate. */
const NO_PEM = join(ROOT, 'package.json');

function refusal(env: Environment): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** Names of the settings that are refused, in alphabetical order. */
const refused = (env: Environment): string[] =>
  refusal(env)
    .problems.map((problem) => problem.split(':')[0] ?? '')
    .sort();

describe('the configuration', () => {
  it('is embedded mode, one process that does all, on loopback, where nothing is set', () => {
    expect(loadConfig({})).toMatchObject({
      NODE_ENV: 'development',
      APP_ROLE: 'all',
      HOST: '127.0.0.1',
      PORT: 3000,
      OPS_HOST: '127.0.0.1',
      OPS_PORT: 9464,
      CLAIM_DURABILITY: 'log',
      stack: undefined,
    });
  });

  it('refuses one-time sign-in links in production and on servers', () => {
    const on = { DEMO_SIGN_IN_LINKS: 'on' };
    expect(refused({ ...PRODUCTION, ...on })).toEqual(['DEMO_SIGN_IN_LINKS']);
    expect(refused({ ...STACK, ...on })).toEqual(['DEMO_SIGN_IN_LINKS']);
    expect(loadConfig(on).DEMO_SIGN_IN_LINKS).toBe('on');
  });

  it('remembers a used claim link at least as long as it could be used', () => {
    const env = { IDEMPOTENCY_TTL_S: '60', CLAIM_LINK_TTL_S: '61' };
    expect(refused(env)).toEqual(['CLAIM_LINK_TTL_S']);
    expect(loadConfig({ ...env, CLAIM_LINK_TTL_S: '60' }).CLAIM_LINK_TTL_S).toBe(60);
  });

  it('takes an empty variable for one that is not set', () => {
    const empty = {
      PORT: '',
      LOG_LEVEL: '',
      DATABASE_URL: '',
      REDIS_URL: '',
      KAFKA_BROKERS: '',
      JWT_SECRET: undefined,
    };
    expect(loadConfig(empty)).toEqual(loadConfig({}));
  });

  it('leaves alone what belongs to others', () => {
    const config = loadConfig({ PATH: '/bin', HOME: '/root' });
    expect(Object.keys(config)).not.toContain('PATH');
  });

  it('reads numbers and the addresses of the stack', () => {
    const config = loadConfig({ ...STACK, PORT: '0', GATE_BATCH_MAX: '50', APP_ROLE: 'api' });
    expect(config).toMatchObject({ PORT: 0, GATE_BATCH_MAX: 50, APP_ROLE: 'api' });
    expect(config.stack).toEqual({
      databaseUrl: STACK.DATABASE_URL,
      redisUrl: STACK.REDIS_URL,
      kafkaBrokers: ['one:9092', 'two:9092'],
      databaseTls: undefined,
      redis: { tls: undefined, sentinelUsername: undefined, sentinelPassword: undefined },
      kafkaTls: undefined,
      kafkaSasl: undefined,
    });
    expect(
      loadConfig({ ...STACK, DATABASE_URL: 'mysql://app@db/vouchers', REDIS_URL: 'rediss://cache' }).stack,
    ).toBeDefined();
  });

  it('reads the named limits, with words in any order, and off', () => {
    const { rateLimits } = loadConfig({
      RATE_LIMIT_WRITE: '7/2m local  token-bucket refuse',
      RATE_LIMIT_READ: 'off',
      RATE_LIMIT_STATUS: '100/250ms',
    });
    expect(rateLimits.claim).toEqual({
      name: 'claim',
      algorithm: 'sliding-window',
      limit: 5,
      windowMs: 5_000,
      scope: 'shared',
      whenAway: 'refuse',
    });
    expect(rateLimits.write).toEqual({
      name: 'write',
      algorithm: 'token-bucket',
      limit: 7,
      windowMs: 120_000,
      scope: 'local',
      whenAway: 'refuse',
    });
    expect(rateLimits.read).toBeUndefined();
    expect(rateLimits.status).toMatchObject({ limit: 100, windowMs: 250, scope: 'shared' });
  });

  it('reads a setting by its name of the last release, and warns', () => {
    const config = loadConfig({ CLAIM_ANSWERS_FIRST_MS: '250' });
    expect(config.CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS).toBe(250);
    expect(config.warnings).toEqual([
      expect.stringContaining('CLAIM_ANSWERS_FIRST_MS is now called CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS'),
    ]);
    expect(loadConfig({ CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS: '250' }).warnings).toEqual([]);
  });

  it('refuses a setting under its old and its new name at once', () => {
    const both = { CLAIM_ANSWERS_FIRST_MS: '250', CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS: '300' };
    expect(() => loadConfig(both)).toThrow(/CLAIM_ANSWERS_FIRST_MS: is now CONSUMER_YIELD/);
  });

  it('cannot be changed', () => {
    const config = loadConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => Object.assign(config, { PORT: 1 })).toThrow(TypeError);
    expect(config.PORT).toBe(3000);
  });
});

describe('a wrong configuration', () => {
  it.each<[string, string]>([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['OPS_PORT', 'http'],
    ['NODE_ENV', 'staging'],
    ['APP_ROLE', 'worker'],
    ['LOG_LEVEL', 'loud'],
    ['CLAIM_DURABILITY', 'none'],
    ['GATE_BATCH_MAX', '0'],
    ['RATE_LIMIT_CLAIM', '5'],
    ['RATE_LIMIT_CLAIM', '0/5s'],
    ['RATE_LIMIT_CLAIM', '1000001/5s'],
    ['RATE_LIMIT_CLAIM', '5/99ms'],
    ['RATE_LIMIT_CLAIM', '5/8d'],
    ['RATE_LIMIT_CLAIM', '5/5s leaky'],
    ['RATE_LIMIT_CLAIM', '5/5s shared local'],
    ['RATE_LIMIT_CLAIM', '5/5s constructor'],
    ['RATE_LIMIT_CLAIM', 'off shared'],
    // The gate counts claims, in a sliding window over all instances; with it away there are none.
    ['RATE_LIMIT_CLAIM', '5/5s token-bucket'],
    ['RATE_LIMIT_CLAIM', '5/5s local'],
    ['RATE_LIMIT_CLAIM', '5/5s sliding-window shared count-locally'],
    ['JWT_SECRET', 'x'.repeat(31)],
    ['CLAIM_SECRET', 'x'.repeat(31)],
  ])('is refused: %s=%s', (name, value) => {
    expect(refused({ [name]: value })).toEqual([name]);
  });

  it('is refused with all of its faults at once', () => {
    const wrong = {
      PORT: 'a',
      OPS_PORT: 'b',
      LOG_LEVEL: 'c',
      JWT_SECRET: 'd',
      REDIS_URL: 'e',
      SWEEP_AFTER_MS: 'f',
    };
    const error = refusal(wrong);
    expect(refused(wrong)).toEqual(Object.keys(wrong).sort());
    for (const problem of error.problems) expect(error.message).toContain(problem);
    expect(error.message).not.toContain('\n');
  });

  it('is never quoted: a value may be a secret', () => {
    const marker = 'ZQX7';
    const names = [
      'NODE_ENV',
      'APP_ROLE',
      'PORT',
      'LOG_FORMAT',
      'DATABASE_URL',
      'REDIS_URL',
      'JWT_SECRET',
      'CLAIM_SECRET',
    ];
    const wrong = Object.fromEntries(names.map((name) => [name, marker]));
    expect(refused(wrong)).toEqual([...names].sort());
    expect(refusal(wrong).message).not.toContain(marker);

    const half = { DATABASE_URL: STACK.DATABASE_URL, NODE_ENV: 'production', PASSWORD_MEMORY_KIB: '8123' };
    for (const value of ['hunter2', '8123', DEVELOPMENT_JWT_SECRET, DEVELOPMENT_CLAIM_SECRET]) {
      expect(refusal(half).message).not.toContain(value);
    }
  });

  it.each<[string, Environment]>([
    ['DATABASE_URL', { DATABASE_URL: 'postgres://db/vouchers' }],
    ['REDIS_URL', { REDIS_URL: 'http://cache:6379' }],
  ])('is refused where %s is of another kind of server', (name, other) => {
    expect(refused({ ...STACK, ...other })).toEqual([name]);
  });
});

describe('the addresses of the stack', () => {
  const names = Object.keys(STACK) as (keyof typeof STACK)[];

  it.each(names)('are refused where %s alone is missing', (name) => {
    expect(refused({ ...STACK, [name]: undefined })).toEqual([name]);
  });

  it.each(names)('are refused where %s alone is set, with both that are missing', (name) => {
    expect(refused({ [name]: STACK[name] })).toEqual(names.filter((other) => other !== name).sort());
  });
});

describe('what it takes to be let in', () => {
  it('is refused where it has no effect, or lacks its other half', () => {
    const without = {
      DATABASE_TLS_CA: 'ca.pem',
      REDIS_TLS_CA: 'ca.pem',
      KAFKA_TLS_CERT: 'cert.pem',
      KAFKA_SASL_USERNAME: 'app',
    };
    expect(refused({ ...STACK, ...without })).toEqual(Object.keys(without).sort());
    const half = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'app' };
    expect(refused({ ...STACK, ...half })).toEqual(['KAFKA_SASL_PASSWORD']);
    const cert = { REDIS_URL: 'rediss://cache', REDIS_TLS_CERT: NO_PEM };
    expect(refused({ ...STACK, ...cert })).toEqual(['REDIS_TLS_KEY']);
  });

  it('is refused where a file is missing or is not what it should be', () => {
    const files = {
      DATABASE_TLS: 'on',
      KAFKA_TLS: 'on',
      DATABASE_TLS_CA: '/nowhere/ca.pem',
      KAFKA_TLS_CA: NO_PEM,
    };
    expect(refusal({ ...STACK, ...files }).problems).toEqual([
      'DATABASE_TLS_CA: the file cannot be read (ENOENT)',
      'KAFKA_TLS_CA: the file holds no certificate in PEM',
    ]);
  });

  it('needs a name that the certificate of the database can have', () => {
    const numeric = { DATABASE_TLS: 'on', DATABASE_URL: 'mysql://app:hunter2@10.0.0.1/vouchers' };
    expect(refused({ ...STACK, ...numeric })).toEqual(['DATABASE_URL']);
    const { stack } = loadConfig({ ...STACK, DATABASE_TLS: 'on', KAFKA_TLS: 'on', REDIS_URL: 'rediss://c' });
    const known = { ca: undefined, cert: undefined, key: undefined };
    expect(stack).toMatchObject({ databaseTls: known, kafkaTls: known, redis: { tls: known } });
  });

  it('is a user of the brokers', () => {
    const sasl = {
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'app',
      KAFKA_SASL_PASSWORD: 'p',
    };
    expect(loadConfig({ ...STACK, ...sasl }).stack?.kafkaSasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'app',
      password: 'p',
    });
  });
});

describe('roles', () => {
  it.each(['api', 'consumer', 'jobs'])('have no embedded mode: %s', (role) => {
    expect(refused({ APP_ROLE: role })).toEqual(['APP_ROLE']);
    expect(loadConfig({ ...STACK, APP_ROLE: role }).APP_ROLE).toBe(role);
  });
});

describe('production', () => {
  it('starts with secrets of its own, embedded and on the stack', () => {
    expect(loadConfig(PRODUCTION).NODE_ENV).toBe('production');
    expect(loadConfig({ ...PRODUCTION, ...STACK }).stack).toBeDefined();
  });

  it('refuses the development secrets, whether left out or spelled out', () => {
    const spelledOut = { JWT_SECRET: DEVELOPMENT_JWT_SECRET, CLAIM_SECRET: DEVELOPMENT_CLAIM_SECRET };
    expect(refused({ NODE_ENV: 'production' })).toEqual(['CLAIM_SECRET', 'JWT_SECRET']);
    expect(refused({ NODE_ENV: 'production', ...spelledOut })).toEqual(['CLAIM_SECRET', 'JWT_SECRET']);
    expect(refused({ ...PRODUCTION, JWT_SECRET: undefined })).toEqual(['JWT_SECRET']);
    expect(refused({ ...PRODUCTION, CLAIM_SECRET: undefined })).toEqual(['CLAIM_SECRET']);
  });

  it('refuses the development secret as any other secret, and one that is its own predecessor', () => {
    for (const name of ['JWT_SECRET_PREVIOUS', 'SECRETS_KEY', 'SECRETS_KEY_PREVIOUS']) {
      expect(refused({ ...PRODUCTION, [name]: DEVELOPMENT_JWT_SECRET })).toEqual([name]);
      expect(refused({ ...PRODUCTION, [name]: 'x'.repeat(31) })).toEqual([name]);
      expect(loadConfig({ ...PRODUCTION, [name]: 'x'.repeat(32) })).toBeDefined();
    }
    const same = { ...PRODUCTION, SECRETS_KEY: 'x'.repeat(32), SECRETS_KEY_PREVIOUS: 'x'.repeat(32) };
    expect(refused(same)).toEqual(['SECRETS_KEY_PREVIOUS']);
    expect(refused({ ...PRODUCTION, JWT_SECRET_PREVIOUS: PRODUCTION.JWT_SECRET })).toEqual([
      'JWT_SECRET_PREVIOUS',
    ]);
  });

  it('refuses weak password hashing', () => {
    expect(refused({ ...PRODUCTION, PASSWORD_MEMORY_KIB: '19455' })).toEqual(['PASSWORD_MEMORY_KIB']);
    expect(refused({ ...PRODUCTION, PASSWORD_ITERATIONS: '1' })).toEqual(['PASSWORD_ITERATIONS']);
    expect(
      loadConfig({ ...PRODUCTION, PASSWORD_MEMORY_KIB: '19456', PASSWORD_ITERATIONS: '2' }),
    ).toBeDefined();
  });

  it('says all of it at once, with what else is wrong', () => {
    const wrong = {
      NODE_ENV: 'production',
      PASSWORD_MEMORY_KIB: '8',
      PASSWORD_ITERATIONS: '1',
      REDIS_URL: STACK.REDIS_URL,
    };
    const names = [
      'DATABASE_URL',
      'KAFKA_BROKERS',
      'JWT_SECRET',
      'CLAIM_SECRET',
      'PASSWORD_MEMORY_KIB',
      'PASSWORD_ITERATIONS',
    ];
    expect(refused(wrong)).toEqual(expect.arrayContaining(names));
  });

  it.each(['development', 'test'])('is stricter than %s', (mode) => {
    expect(loadConfig({ NODE_ENV: mode, PASSWORD_MEMORY_KIB: '8', PASSWORD_ITERATIONS: '1' }).NODE_ENV).toBe(
      mode,
    );
  });

  it('names what is wrong by itself and what breaks a rule over several settings in one go', () => {
    const broken = { NODE_ENV: 'production', PORT: 'a', REDIS_URL: 'redis://127.0.0.1:6379' };
    expect(refused(broken)).toEqual(['CLAIM_SECRET', 'DATABASE_URL', 'JWT_SECRET', 'KAFKA_BROKERS', 'PORT']);
  });

  it('refuses a lease that a slow send would use up', () => {
    expect(refused({ ...STACK, GATE_LEASE_MS: '2000', KAFKA_SEND_TIMEOUT_MS: '2000' })).toEqual([
      'GATE_LEASE_MS',
    ]);
  });
});

describe('accounts', () => {
  const ADMIN = { ADMIN_EMAIL: 'Root@example.com ', ADMIN_PASSWORD: 'eleven char' };

  it('have a first administrator by e-mail and password, or none', () => {
    expect(loadConfig(ADMIN)).toMatchObject({ ADMIN_EMAIL: 'root@example.com' });
    expect(refused({ ADMIN_EMAIL: ADMIN.ADMIN_EMAIL })).toEqual(['ADMIN_PASSWORD']);
    expect(refused({ ADMIN_PASSWORD: ADMIN.ADMIN_PASSWORD })).toEqual(['ADMIN_EMAIL']);
    expect(refused({ ...ADMIN, ADMIN_EMAIL: 'nobody' })).toEqual(['ADMIN_EMAIL']);
    expect(refused({ ...ADMIN, ADMIN_PASSWORD: 'short' })).toEqual(['ADMIN_PASSWORD']);
  });

  it('want a longer password for it in production', () => {
    expect(refused({ ...PRODUCTION, ...ADMIN })).toEqual(['ADMIN_PASSWORD']);
    expect(loadConfig({ ...PRODUCTION, ...ADMIN, ADMIN_PASSWORD: 'twelve chars' })).toBeDefined();
  });

  it('remember guesses for longer than anybody waits, and wait for no less than the first delay', () => {
    expect(refused({ LOGIN_TRIES_MEMORY_S: '900' })).toEqual(['LOGIN_TRIES_MEMORY_S']);
    expect(refused({ LOGIN_FIRST_DELAY_MS: '60000', LOGIN_MAX_DELAY_ACCOUNT_MS: '59999' })).toEqual([
      'LOGIN_FIRST_DELAY_MS',
    ]);
  });

  it('look for revocations twice a second or more often', () => {
    expect(refused({ REVOCATION_POLL_MS: '501' })).toEqual(['REVOCATION_POLL_MS']);
  });

  it('send codes by HTTP', () => {
    expect(refused({ SMS_GATEWAY_URL: 'ftp://gateway' })).toEqual(['SMS_GATEWAY_URL']);
  });
});
