import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { envSchema } from '../../src/config/index.js';
import { ROOT } from '../../src/common/root.js';
import { freePort } from '../../src/cli/free-ports.js';

/**
 * The steps of docker/Dockerfile as plain commands in empty folders: what it does not copy is not there. What only a
 * container has (users, the folder /data, an own network) is left out.
 */
const run = promisify(execFile);

interface Step {
  readonly name: string;
  readonly rest: string;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

function stages(): Step[][] {
  const all: Step[][] = [];
  const text = readFileSync(join(ROOT, 'docker', 'Dockerfile'), 'utf8').replace(/\\\n\s*/g, '');
  for (const line of text.split('\n')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!name || !rest) continue;
    if (name === 'FROM') all.push([]);
    all.at(-1)?.push({ name, rest });
  }
  return all;
}

/** The environment of a fresh container: no settings, and nothing of the npm that runs these tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const settings = Object.keys(envSchema.shape);
  const ours = /^(npm_(?!config_(cache|registry|userconfig)$)|INIT_CWD$|JEST_)/i;
  const kept = Object.entries(process.env).filter(([name]) => !settings.includes(name) && !ours.test(name));
  const env = Object.fromEntries(kept);
  const folders = (env['PATH'] ?? '').split(delimiter);
  return {
    ...env,
    PATH: folders.filter((folder) => !folder.endsWith(join('node_modules', '.bin'))).join(delimiter),
  };
}

/** Files that `docker build` would send: all that git knows or would take, less what .dockerignore holds back. */
async function contextFiles(): Promise<string[]> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', list, { cwd: ROOT, maxBuffer: 10_000_000 });
  const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)));
  return files.filter((file) => allowed.some((path) => isIn(file, path)));
}

const isIn = (file: string, path: string): boolean => file === path || file.startsWith(`${path}/`);

describe('the steps of the image', () => {
  const env = cleanEnvironment();
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'voucherconnect-image-')));
  const built = join(work, 'build');
  const app = join(work, 'app');
  const data = join(work, 'data');
  const [buildSteps = [], appSteps = []] = stages();
  let files: string[] = [];
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    files = await contextFiles();
    mkdirSync(built);
    mkdirSync(app);
  });

  afterAll(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(work, { recursive: true, force: true });
  });

  function copy(rest: string, folder: string): void {
    const words = rest.split(/\s+/);
    const target = join(folder, words.at(-1) ?? '');
    if (words[0] === '--from=build') {
      cpSync(join(built, (words[1] ?? '').replace(/^\/app\//, '')), target, { recursive: true });
      return;
    }
    const sources = words.slice(0, -1);
    for (const source of sources) {
      const found = files.filter((file) => isIn(file, source));
      if (found.length === 0) throw new Error(`COPY ${source}: not in the context`);
      for (const file of found) {
        // Several sources go into the target; a single folder becomes the target.
        const place = file === source ? join(target, file) : join(target, file.slice(source.length + 1));
        cpSync(join(ROOT, file), place, { recursive: true });
      }
    }
  }

  async function perform(steps: readonly Step[], folder: string): Promise<string[]> {
    const commands: string[] = [];
    for (const { name, rest } of steps) {
      if (name === 'COPY') copy(rest, folder);
      // Emptying the cache is for the image; here it would empty that of the user.
      const command = rest.replace(/ && npm cache clean --force$/, '');
      if (name !== 'RUN' || !command.startsWith('npm ')) continue;
      const { stdout } = await run('npm', ['prefix'], { cwd: folder, env });
      if (stdout.trim() !== folder) throw new Error(`npm would work in ${stdout.trim()}`);
      await run('sh', ['-c', command], { cwd: folder, env, maxBuffer: 50_000_000 }).catch(
        (error: Error & { stdout?: string }) => {
          throw new Error(`${command}: ${error.message}\n${error.stdout?.slice(-3_000) ?? ''}`);
        },
      );
      commands.push(command);
    }
    return commands;
  }

  it('build the program from what is copied', async () => {
    expect(await perform(buildSteps, built)).toEqual(['npm ci', 'npm run build']);
    for (const file of ['main.js', 'cli/migrate.js'])
      expect(existsSync(join(built, 'dist', 'src', file))).toBe(true);
  });

  it('install it without what development needs', async () => {
    expect(await perform(appSteps, app)).toEqual(['npm ci --omit=dev']);
    const there = ['.npmrc', 'dist', 'lua', 'node_modules', 'package-lock.json', 'package.json'];
    expect(readdirSync(app).sort()).toEqual(there);
    const { packages } = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8')) as Lock;
    const development = Object.keys(packages).filter((path) => packages[path]?.dev);
    expect(development).toEqual(expect.arrayContaining(['node_modules/jest', 'node_modules/eslint']));
    expect(development.filter((path) => existsSync(join(app, path)))).toEqual([]);
  });

  it('start in production and stop cleanly on SIGTERM', async () => {
    const [port, opsPort] = [await freePort(), await freePort()];
    const image = appSteps.filter(({ name }) => name === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
    const settings = {
      ...Object.fromEntries(image.map((pair) => pair.split('=') as [string, string])),
      DATA_DIR: data,
      PORT: String(port),
      OPS_PORT: String(opsPort),
      JWT_SECRET: randomBytes(32).toString('hex'),
      CLAIM_SECRET: randomBytes(32).toString('hex'),
    };
    expect(settings).toMatchObject({ NODE_ENV: 'production' });
    const command = JSON.parse(appSteps.find(({ name }) => name === 'CMD')?.rest ?? '[]') as string[];
    expect(command[0]).toBe('node');
    child = spawn(process.execPath, command.slice(1), {
      cwd: app,
      env: { ...env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const exited = once(child, 'exit');

    const healthz = `http://127.0.0.1:${opsPort}/healthz`;
    const until = Date.now() + 60_000;
    let status = 0;
    while (status !== 200) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error(`did not come up:\n${log.slice(-3_000)}`);
      await delay(100);
      status = await fetch(healthz).then(
        (response) => response.status,
        () => 0,
      );
    }
    const api = `http://127.0.0.1:${port}`;
    expect((await fetch(`${api}/readyz`)).status).toBe(200);
    expect(existsSync(join(data, 'voucherconnect.db'))).toBe(true);

    child.kill('SIGTERM');
    const [code, signal] = (await exited) as unknown[];
    expect({ code, signal }).toEqual({ code: 0, signal: null });
  });
});
