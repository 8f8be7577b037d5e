import { parseArgs } from 'node:util';
import { randomInt } from 'node:crypto';
import { ConfigError, loadSettings, type Config } from '../../src/config/index.js';
import { connect } from '../../src/database/connect.js';
import { placeholders } from '../../src/database/database.js';
import { requireCurrentSchema } from '../../src/database/migrate.js';
import { PlainError } from '../harness/programs.js';
import { accessToken, shopper, writeLines, type Shopper } from './tokens.js';

const USAGE = `usage: npm run load:accounts -- --count N --out FILE [-- --format tokens|csv|ndjson]
Accounts of shoppers with access tokens, for load tests: rows in the database that the environment names, tokens signed with
its JWT_SECRET, valid for ACCESS_TOKEN_TTL_S. Refused in production.
  --format  tokens: one token a line (for wrk); csv: user_id,email,access_token with a head; ndjson: the same as JSON lines.
            Else by the name of FILE: .csv, .ndjson, anything else is tokens
Embedded mode: run it while the server is stopped, which holds the data folder.`;

const INSERT_ROWS = 500;
const MOST = 5_000_000;
const FORMATS = ['tokens', 'csv', 'ndjson'] as const;
type Format = (typeof FORMATS)[number];

interface Wish {
  readonly count: number;
  readonly out: string;
  readonly format: Format;
}

const email = ({ userId }: Shopper): string => `${userId}@load.example`;

/** One account as a line of the file. */
function lineOf(format: Format, account: Shopper, token: string): string {
  switch (format) {
    case 'tokens':
      return token;
    case 'csv':
      return `${account.userId},${email(account)},${token}`;
    case 'ndjson':
      return JSON.stringify({ user_id: account.userId, email: email(account), access_token: token });
  }
}

async function makeAccounts(config: Config, { count, out, format }: Wish): Promise<void> {
  const { database, writer } = await connect(config, []);
  try {
    await requireCurrentSchema(writer);
    // Apart from those of every other call by chance, 1 in a billion.
    const users = 2 ** 40 + randomInt(2 ** 40);
    const now = Date.now();
    for (let from = 0; from < count; from += INSERT_ROWS) {
      const accounts = Array.from({ length: Math.min(INSERT_ROWS, count - from) }, (_, i) =>
        shopper(users, from + i),
      );
      await writer.query(
        `INSERT INTO users (id, email, name, role, created_at) VALUES ${placeholders(accounts.length, 5)}`,
        accounts.flatMap((account) => [account.userId, email(account), 'Load test', 'shopper', now]),
      );
    }
    const issuedAtS = Math.floor(now / 1_000);
    const line = (n: number): string => {
      const account = shopper(users, n);
      const token = accessToken(account, config.JWT_SECRET, issuedAtS, config.ACCESS_TOKEN_TTL_S);
      return lineOf(format, account, token);
    };
    const head = format === 'csv' ? ['user_id,email,access_token'] : [];
    await writeLines(out, count + head.length, (n) => head[n] ?? line(n - head.length));
  } finally {
    await database.close();
  }
}

/** @returns `undefined` where help is asked for. @throws PlainError, or the error of `parseArgs` */
function readWish(argv: readonly string[]): Wish | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      count: { type: 'string' },
      out: { type: 'string' },
      format: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const count = Number(values.count);
  if (!/^\d+$/.test(values.count ?? '') || count < 1 || count > MOST)
    throw new PlainError(`--count: must be a whole number from 1 to ${MOST}`);
  if (values.out === undefined || values.out === '') throw new PlainError('--out: missing');
  const byName = FORMATS.find((format) => values.out?.endsWith(`.${format}`)) ?? 'tokens';
  const format = values.format === undefined ? byName : FORMATS.find((known) => known === values.format);
  if (format === undefined) throw new PlainError(`--format: must be one of ${FORMATS.join(', ')}`);
  return { count, out: values.out, format };
}

async function main(): Promise<number> {
  const wish = readWish(process.argv.slice(2));
  if (!wish) {
    console.log(USAGE);
    return 0;
  }
  const config = loadSettings();
  // Accounts that nobody owns, with tokens in a file, are nothing for an installation that people use.
  if (config.NODE_ENV === 'production') throw new PlainError('refused with NODE_ENV=production');
  await makeAccounts(config, wish);
  console.log(
    `${wish.count} accounts; tokens in ${wish.out}, valid for ${Math.round(config.ACCESS_TOKEN_TTL_S / 60)} min (ACCESS_TOKEN_TTL_S)`,
  );
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  if (usage) console.error(`${(error as Error).message}\n\n${USAGE}`);
  else if (error instanceof PlainError || error instanceof ConfigError) console.error(error.message);
  else
    console.error(`load:accounts: ${(error as Error).message || String((error as { code?: string }).code)}`);
  process.exitCode = 2;
}
