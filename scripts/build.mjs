// Builds the server and the pages into dist/ where their sources have changed, and says what it does: a build takes longer than
// people wait without a word.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { forgetState, isUpToDate, keepState } from './build-state.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
const out = process.stderr; // stdout belongs to the command that comes after the build
const TICK_MS = 1_000;

/** Runs one step. What the tool says is shown when it is done. */
async function step(label, command, args) {
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1_000).toFixed(0);
  out.write(`${label} ...${out.isTTY ? '' : '\n'}`);
  const timer = out.isTTY && setInterval(() => out.write(`\r${label} ... ${seconds()} s`), TICK_MS);
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  child.stderr.on('data', (text) => (said += text));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(timer);
  out.write(`${out.isTTY ? '\r' : ''}${label} ${code === 0 ? 'done' : 'FAILED'} in ${seconds()} s\n${said}`);
  if (code !== 0) process.exit(1);
}

const SERVER = {
  name: 'server',
  sources: [
    'src',
    'migrations',
    'test',
    'scripts',
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
  ],
  built: ['dist/src', 'dist/migrations', 'dist/test'],
};
const PAGES = {
  name: 'pages',
  sources: ['web', 'clients/typescript', 'src', 'scripts', 'package-lock.json'],
  built: ['dist/web'],
};

/** Builds a part of dist/ unless it is there already, as its sources are. */
async function build(part, run) {
  if (isUpToDate(part)) return;
  forgetState(part);
  await run();
  keepState(part);
}

await build(SERVER, async () => {
  await import('./clean-dist.mjs');
  await step('building the server', bin('tsc'), ['-p', 'tsconfig.build.json']);
});
if (!process.argv.includes('--server'))
  await build(PAGES, () =>
    step('building the pages', bin('vite'), [
      ...['build', 'web', '--config', 'web/vite.config.ts', '--logLevel', 'warn'],
    ]),
  );
