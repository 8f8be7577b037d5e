import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inherited } from '../../src/cli/demo/server.js';
import { PROGRAM } from '../../src/cli/program.js';
import { ROOT } from '../../src/common/root.js';
import { cacheFolder } from '../harness/cache-folder.js';
import { PlainError } from '../harness/programs.js';

const run = promisify(execFile);

/** Version 0.1.0, from before releases were tagged: what is compared with as long as there is no tag. */
const FIRST_VERSION = '0fc86e47a8a66c8b6531168f5f0f738f76df2022';
/** The newest that knows a Redis Cluster and closes all of it at a loss. */
const FIRST_ON_CLUSTER = '77e32bdd636a41eac73005cd0676bada5551908d';
const TAGS = 'v[0-9]*';
const OUTPUT_MAX = 64 * 1_024 * 1_024;

/** A version of the program that is built, and how its parts are started with Node. */
export interface BuiltVersion {
  readonly name: string;
  readonly program: readonly string[];
  readonly migrate: readonly string[];
  /** Whether its consumers know rows of the epoch that name slots, and say so to the log (docs/adr/0106). */
  readonly readsSlots: boolean;
}

/** This working tree, as it is built. */
export const PRESENT_VERSION: BuiltVersion = {
  name: 'the present version',
  program: PROGRAM,
  migrate: [join(ROOT, 'dist/src/cli/migrate.js')],
  readsSlots: true,
};

/**
 * A version of the repository's history, built with the packages that it asks for; kept in the cache, so the first time takes minutes.
 * @param ref anything that git takes for a commit; by default the newest release's tag
 * @param onCluster whether it has to know a Redis Cluster
 * @throws PlainError where there is no such commit here, or it cannot be built
 */
export async function earlierVersion(ref: string | undefined, onCluster: boolean): Promise<BuiltVersion> {
  const commit = await commitOf(ref ?? (await newestTag()) ?? (onCluster ? FIRST_ON_CLUSTER : FIRST_VERSION));
  const folder = cacheFolder('versions', commit);
  if (!existsSync(folder)) await build(commit, folder);
  // Its tools have moved since the first version.
  const tool = ['dist/src/cli/migrate.js', 'dist/src/tools/migrate.js']
    .map((path) => join(folder, path))
    .find((path) => existsSync(path));
  if (tool === undefined) throw new PlainError(`${commit} has no migrate.js where this program looks for it`);
  return {
    name: ref ?? commit.slice(0, 7),
    program: [...PROGRAM.slice(0, -1), join(folder, 'dist/src/main.js')],
    migrate: [tool],
    readsSlots: existsSync(join(folder, 'dist/src/claim/log/kafka/log-readers.js')),
  };
}

/**
 * Runs the migrations of a version, or with `backTo` takes back those after that one.
 * @throws PlainError with what it wrote where it fails
 */
export async function migrateBy(
  { migrate }: BuiltVersion,
  folder: string,
  settings: Readonly<Record<string, string>>,
  backTo?: string,
): Promise<void> {
  const more = backTo === undefined ? [] : ['--back-to', backTo];
  const env = { ...inherited(), NODE_ENV: 'development', ...settings };
  await told(process.execPath, [...migrate, ...more], folder, env);
}

async function newestTag(): Promise<string | undefined> {
  const args = ['tag', '--list', TAGS, '--sort=-version:refname', '--merged', 'HEAD'];
  const tags = await told('git', args, ROOT).catch(() => '');
  return tags.split('\n').find((tag) => tag !== '');
}

async function commitOf(ref: string): Promise<string> {
  try {
    return (await told('git', ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`], ROOT)).trim();
  } catch (cause) {
    throw new PlainError(`--from: ${ref} is no commit of this repository's history`, { cause });
  }
}

async function build(commit: string, folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    console.log(`building ${commit.slice(0, 7)} with its own packages ...`);
    const archive = join(work, 'source.tar');
    await told('git', ['archive', `--output=${archive}`, commit], ROOT);
    await told('tar', ['-xf', archive], work);
    rmSync(archive);
    await told('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], work);
    await told(join(work, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], work);
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What a command writes. @throws PlainError with its last words where it fails */
async function told(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  try {
    return (await run(command, args, { cwd, env, maxBuffer: OUTPUT_MAX })).stdout;
  } catch (cause) {
    const { stderr = '', stdout = '' } = cause as { stderr?: string; stdout?: string };
    const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-5).join('\n');
    throw new PlainError(`${command} ${args.slice(0, 2).join(' ')} failed:\n${last}`, { cause });
  }
}
