import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { ROOT } from '../../src/common/root.js';
import { infoFields } from '../../src/redis/server-info.js';
import { EDITIONS, isOf, type Edition } from './editions.js';
import { formatted } from './formatted.js';
import { kafkaVersion } from './kafka-distribution.js';
import { outcomeOf, withRuns, withTable, type Run } from './matrix-page.js';
import { PlainError } from './programs.js';

const USAGE = `usage: npm run test:matrix [-- EDITION...] [-- --list] [-- --page]
Runs the specs of the stack tier that rest on a server on each version of it, beside the installed other servers, and those
of test/matrix on servers of several nodes; writes what came of it to docs/reference/servers.json, and the table of
docs/reference/servers.md from that. Runs of editions that are not named stay as they are. --page writes the table alone.
Exit status 1 where a test failed, or an edition could not be had.`;

const PAGE = join(ROOT, 'docs/reference/servers.md');
const RUNS = join(ROOT, 'docs/reference/servers.json');
const HERE = join(ROOT, 'dist/test/harness');

/** What is run on a version of a server: what it decides by itself, and the claim path over it. */
const SPECS: Readonly<Record<Edition['server'], readonly string[]>> = {
  database: [
    'ledger.mariadb',
    'migrations.mariadb',
    'claim-moves.mariadb',
    'keysets.mariadb',
    'pack-claims',
    'claim-path',
  ],
  redis: ['gate-fence.redis', 'stock-gate.redis', 'rate-limiter.redis', 'session-store.redis', 'claim-path'],
  kafka: ['claim-path', 'broker-loss'],
};

/** A row of the page: specs on servers that are set up so. */
interface Entry {
  readonly name: string;
  readonly server: Edition['server'];
  /** Of STACK_SERVERS; nothing: the installed ones. */
  readonly edition?: string;
  /** By tier and name: `stack/claim-path`. */
  readonly specs: readonly string[];
}

const ENTRIES: readonly Entry[] = [
  ...EDITIONS.map(({ name, server }) => ({
    name,
    server,
    edition: name,
    specs: SPECS[server].map((spec) => `stack/${spec}`),
  })),
  ...['redis-8.0', 'valkey-8.1', 'valkey-9.1'].map((edition): Entry => ({
    name: `${edition}-cluster`,
    server: 'redis',
    edition,
    specs: ['stack/cluster', ...(edition === 'valkey-9.1' ? ['matrix/whole-slots'] : [])],
  })),
  {
    name: 'redis-7.0-tls-cluster',
    server: 'redis',
    edition: 'redis-7.0',
    specs: ['matrix/tls-cluster'],
  },
  { name: 'kafka-3-brokers', server: 'kafka', specs: ['matrix/three-brokers'] },
  { name: 'galera-2-nodes', server: 'database', specs: ['matrix/galera'] },
];

/** @throws PlainError for an unknown name */
function entryOf(name: string): Entry {
  const entry = ENTRIES.find((known) => known.name === name);
  if (entry) return entry;
  throw new PlainError(`${name} is unknown; there are ${ENTRIES.map((known) => known.name).join(', ')}`);
}

type Report = Pick<Run, 'version' | 'passed' | 'failed'>;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      report: { type: 'string' },
    },
  });
  if (values.report !== undefined) return runHere(entryOf(positionals[0] ?? ''), values.report);
  if (values.help || values.list) {
    console.log(values.help ? USAGE : ENTRIES.map(({ name }) => name).join('\n'));
    return 0;
  }
  if (values.page) {
    await write([]);
    return 0;
  }
  const entries = positionals.length === 0 ? ENTRIES : positionals.map(entryOf);
  const runs: Run[] = [];
  for (const entry of entries) {
    const ended = await runOf(entry);
    console.log(`${ended.name}: ${outcomeOf(ended)}`);
    runs.push(ended);
    await write(runs); // after each: a run of all takes an hour, and may be cut short
  }
  return runs.every(({ passed, failed }) => passed > 0 && failed.length === 0) ? 0 : 1;
}

/** Files what came of runs, and writes the page from all that are filed. */
async function write(newer: readonly Run[]): Promise<void> {
  const runs = withRuns(JSON.parse(readFileSync(RUNS, 'utf8')) as Run[], newer);
  writeFileSync(RUNS, await formatted(RUNS, JSON.stringify(runs)));
  writeFileSync(PAGE, await formatted(PAGE, withTable(readFileSync(PAGE, 'utf8'), runs)));
}

/** An edition is chosen for a whole process, so it is run in one of its own. */
async function runOf({ name, edition, specs }: Entry): Promise<Run> {
  const date = new Date().toISOString().slice(0, 10);
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-matrix-'));
  const file = join(folder, 'report.json');
  try {
    const again = [process.execPath, join(HERE, 'matrix.js'), name, '--report', file];
    const env = { ...process.env, STACK_SERVERS: edition ?? '' };
    const status = await run(process.execPath, [join(HERE, 'with-stack.js'), '--', ...again], env);
    const { version, passed, failed }: Report =
      status === 0
        ? (JSON.parse(readFileSync(file, 'utf8')) as Report)
        : { version: '', passed: 0, failed: [] };
    return { name, version, date, specs, passed, failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** On the stack that with-stack has started. Its status says whether the specs were run, the report how they ended. */
async function runHere({ server, edition, specs }: Entry, report: string): Promise<number> {
  const version = await versionOf(server);
  if (edition !== undefined && !isOf(edition, version))
    throw new PlainError(`where ${edition} is fetched from there is ${version} by now`);
  const results = `${report}.jest`;
  const jest = [
    '--selectProjects',
    'stack',
    'matrix',
    '--runInBand',
    '--json',
    `--outputFile=${results}`,
    ...specs.map((spec) => `test/${spec}.spec.ts`),
  ];
  await run(process.execPath, [join(ROOT, 'node_modules/jest/bin/jest.js'), ...jest], process.env);
  writeFileSync(
    report,
    JSON.stringify({ version, ...tally(readFileSync(results, 'utf8'), specs.length) } satisfies Report),
  );
  return 0;
}

interface JestResults {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function tally(text: string, files: number): Omit<Report, 'version'> {
  const { numPassedTests, testResults } = JSON.parse(text) as JestResults;
  if (testResults.length !== files) throw new Error(`${testResults.length} of ${files} spec files ran`);
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const names = assertionResults.filter((one) => one.status === 'failed').map(({ fullName }) => fullName);
    return names.length === 0 && status === 'failed' ? [name.split('/').at(-1) ?? name] : names;
  });
  return { passed: numPassedTests, failed };
}

/** What the server says of itself; Kafka's clients are not told, so there it is what was fetched. */
async function versionOf(server: Edition['server']): Promise<string> {
  if (server === 'kafka') return kafkaVersion();
  if (server === 'redis') {
    const client = new Redis(process.env['REDIS_URL'] ?? '');
    const fields = infoFields(await client.info('server'));
    client.disconnect();
    return fields.get('valkey_version') ?? fields.get('redis_version') ?? '';
  }
  const connection = await createConnection(
    (process.env['DATABASE_URL'] ?? '').replace(/^mariadb:/, 'mysql:'),
  );
  const [rows] = await connection.query<(RowDataPacket & { version: string })[]>(
    'SELECT VERSION() AS version',
  );
  await connection.end();
  return rows[0]?.version.split('-')[0] ?? '';
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: 'inherit', env, cwd: ROOT });
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? 1));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof PlainError ? error.message : error);
  process.exitCode = 2;
}
