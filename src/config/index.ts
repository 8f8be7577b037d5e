import { isAddressRange } from '../common/address.js';
import { dataFolderProblems } from './data-folder.js';
import { loadEnvFile, type EnvFileReport } from './env-file.js';
import { mailConfig, publicUrl, type MailConfig } from './mail-server.js';
import { parseRateLimit, RATE_LIMIT_POLICIES, type RateLimits } from './rate-limits.js';
import { withCurrentNames } from './renamed-settings.js';
import { DEVELOPMENT_CLAIM_SECRET, DEVELOPMENT_JWT_SECRET, envSchema, type Env } from './schema.js';
import { stackAddresses, type StackAddresses } from './stack-addresses.js';

export type { MailServer } from './mail-server.js';
export type { Mailbox } from './mail-url.js';
export { envSchema } from './schema.js';
export { RATE_LIMIT_POLICIES } from './rate-limits.js';
export { parseRedisUrl, type RedisHost, type RedisTarget } from './redis-url.js';
export type { RedisSecurity, StackAddresses, Tls } from './stack-addresses.js';
export type { RateLimitPolicy, RateLimitRule } from './rate-limits.js';

/** Injection token of the parsed, frozen configuration. */
export const CONFIG = Symbol('CONFIG');

export type Config = Readonly<Env> & {
  /** `undefined` means embedded mode: one process, no servers. */
  readonly stack: StackAddresses | undefined;
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly rateLimits: RateLimits;
  /** `undefined`: no mail leaves here. */
  readonly mail: MailConfig | undefined;
  /** Origin of the pages, without a slash at the end: links in mails begin with it, never with what a request says. */
  readonly publicUrl: string;
  /** Whether mails and login codes are shown on `/dev/mail`: in embedded mode, outside of production, without servers for them. */
  readonly devInbox: boolean;
  /** What the operator should change soon. */
  readonly warnings: readonly string[];
};

/** Every wrong setting by name and reason, never by value: values may be secrets. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`configuration: ${problems.join('; ')}`);
    this.name = 'ConfigError';
  }
}

/**
 * The configuration of this process: `.env` of the working directory, and the environment, which wins over it.
 * @throws ConfigError naming all wrong settings and lines at once
 */
export function loadSettings(): Config {
  const file = loadEnvFile();
  return loadConfig(process.env, file);
}

/**
 * Parses the environment.
 * @param file what was found in the file that parts of it come from
 * @throws ConfigError naming all wrong settings at once
 */
export function loadConfig(
  variables: Readonly<Record<string, string | undefined>>,
  file: EnvFileReport = { problems: [], warnings: [] },
): Config {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== '');
  const {
    settings: given,
    warnings: renamed,
    problems: ambiguous,
  } = withCurrentNames(Object.fromEntries(set));
  const warnings = [...file.warnings, ...renamed];
  const parsed = envSchema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  // Without the settings that are wrong by themselves the rules over several settings can still be checked, so that
  // one start names everything.
  const wrong = new Set(parsed.success ? [] : parsed.error.issues.map((issue) => String(issue.path[0])));
  const usable = Object.entries(given).filter(([name]) => !wrong.has(name));
  const env = parsed.success ? parsed.data : envSchema.parse(Object.fromEntries(usable));
  const rules: string[] = [...file.problems, ...ambiguous];
  const stack = stackAddresses(env, rules);
  const trustedProxies = addressRanges('TRUSTED_PROXIES', env.TRUSTED_PROXIES, rules);
  if (stack && env.GATE_LEASE_MS <= env.KAFKA_SEND_TIMEOUT_MS) {
    // Else a claim that Kafka kept waiting, and the intake then took, could never be answered 202.
    rules.push('GATE_LEASE_MS: must be longer than KAFKA_SEND_TIMEOUT_MS');
  }
  if (env.CLAIM_LINK_TTL_S > env.IDEMPOTENCY_TTL_S) {
    // A used link is remembered like an Idempotency-Key: forgotten earlier, it could be used again.
    rules.push('CLAIM_LINK_TTL_S: must not be longer than IDEMPOTENCY_TTL_S');
  }
  rules.push(...accountProblems(env), ...previousProblems(env));
  const mail = mailConfig(env, rules);
  if (env.NODE_ENV === 'production') rules.push(...productionProblems(env));
  if (!stack) rules.push(...dataFolderProblems(env.DATA_DIR));
  if (stack && env.DEMO_SIGN_IN_LINKS === 'on') rules.push('DEMO_SIGN_IN_LINKS: embedded mode only');
  if (!stack && env.APP_ROLE !== 'all' && !wrong.has('DATABASE_URL')) {
    rules.push('APP_ROLE: embedded mode is one process that does all; other roles need the servers');
  }
  problems.push(...rules.filter((rule) => !wrong.has(rule.split(':')[0] ?? '')));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    ...env,
    stack,
    trustedProxies,
    rateLimits: rateLimits(env),
    mail,
    publicUrl: publicUrl(env),
    devInbox: !stack && env.NODE_ENV !== 'production',
    warnings,
  });
}

/** A list of addresses and CIDR ranges, each checked. */
function addressRanges(name: string, value: string | undefined, problems: string[]): string[] {
  const ranges = (value ?? '')
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '');
  if (!ranges.every(isAddressRange))
    problems.push(`${name}: must be addresses or CIDR ranges, separated by commas`);
  return ranges;
}

function accountProblems(env: Env): string[] {
  const problems: string[] = [];
  const together = 'ADMIN_EMAIL and ADMIN_PASSWORD are set together or not at all';
  if (env.ADMIN_EMAIL !== undefined && env.ADMIN_PASSWORD === undefined)
    problems.push(`ADMIN_PASSWORD: missing; ${together}`);
  if (env.ADMIN_EMAIL === undefined && env.ADMIN_PASSWORD !== undefined)
    problems.push(`ADMIN_EMAIL: missing; ${together}`);
  // Else the tries would be forgotten while somebody still waits, and every delay would be the first one.
  const longest = Math.max(env.LOGIN_MAX_DELAY_ACCOUNT_MS, env.LOGIN_MAX_DELAY_ADDRESS_MS);
  if (env.LOGIN_TRIES_MEMORY_S * 1_000 <= longest)
    problems.push('LOGIN_TRIES_MEMORY_S: must be longer than the longest delay');
  if (Math.min(env.LOGIN_MAX_DELAY_ACCOUNT_MS, env.LOGIN_MAX_DELAY_ADDRESS_MS) < env.LOGIN_FIRST_DELAY_MS)
    problems.push('LOGIN_FIRST_DELAY_MS: must not be longer than the longest delays');
  return problems;
}

/** A secret that is its own predecessor was changed in one place only. */
function previousProblems(env: Env): string[] {
  return (['JWT_SECRET', 'SECRETS_KEY'] as const)
    .filter((name) => env[name] !== undefined && env[name] === env[`${name}_PREVIOUS`])
    .map((name) => `${name}_PREVIOUS: must be another than ${name}`);
}

function rateLimits(env: Env): RateLimits {
  const entries = RATE_LIMIT_POLICIES.map((name) => {
    const rule = parseRateLimit(name, env[`RATE_LIMIT_${name.toUpperCase() as Uppercase<typeof name>}`]);
    return [name, rule === 'off' ? undefined : rule] as const;
  });
  return Object.freeze(Object.fromEntries(entries)) as RateLimits;
}

function productionProblems(env: Env): string[] {
  const problems: string[] = [];
  if (env.JWT_SECRET === DEVELOPMENT_JWT_SECRET)
    problems.push('JWT_SECRET: the development default is refused');
  // What everybody knows must not sign, nor be believed.
  for (const name of ['JWT_SECRET_PREVIOUS', 'SECRETS_KEY', 'SECRETS_KEY_PREVIOUS'] as const)
    if (env[name] === DEVELOPMENT_JWT_SECRET) problems.push(`${name}: the development default is refused`);
  if (env.CLAIM_SECRET === DEVELOPMENT_CLAIM_SECRET)
    problems.push('CLAIM_SECRET: the development default is refused');
  if (env.ADMIN_PASSWORD !== undefined && env.ADMIN_PASSWORD.length < 12)
    problems.push('ADMIN_PASSWORD: production wants 12 characters or more');
  // OWASP Password Storage Cheat Sheet: argon2id with at least 19 MiB and 2 passes.
  if (env.PASSWORD_MEMORY_KIB < 19_456) problems.push('PASSWORD_MEMORY_KIB: production wants 19456 or more');
  if (env.PASSWORD_ITERATIONS < 2) problems.push('PASSWORD_ITERATIONS: production wants 2 or more');
  if (env.FAILPOINTS !== undefined) problems.push('FAILPOINTS: rehearsals only; refused in production');
  if (env.DEMO_SIGN_IN_LINKS === 'on')
    problems.push('DEMO_SIGN_IN_LINKS: for the demo only; refused in production');
  if (env.CLOCK_OFFSET_MS !== 0) problems.push('CLOCK_OFFSET_MS: rehearsals only; refused in production');
  return problems;
}
