// Compiles the server, starts it, and starts it again after each edit. Types are checked by a process beside it, which takes longer: an
// edit of what everything imports restarts as fast as any other. `--inspect` is passed on to Node.
import { fork, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const CHECK = '--check-types';
const LOW_PRIORITY = 19;
/** On Linux a priority is of a thread: without threads of its own, which collect garbage and compile, all of the check has it. */
const ONE_THREAD = ['--v8-pool-size=0'];
/** For so long the check stands still from an edit on: it would take half a second of a restart on two cores. Windows cannot do that. */
const RESTART_MS = 4_000;
const CAN_PAUSE = process.platform !== 'win32';
/** For the other files of an edit. TypeScript waits 250. */
const SETTLED_MS = 50;

const root = fileURLToPath(new URL('..', import.meta.url));
const config = fileURLToPath(new URL('../tsconfig.build.json', import.meta.url));
const format = {
  getCurrentDirectory: () => root,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};
const say = (diagnostic) =>
  process.stderr.write(ts.formatDiagnosticsWithColorAndContext([diagnostic], format));

if (process.argv.includes(CHECK)) checkTypes();
else develop();

function checkTypes() {
  setPriority(LOW_PRIORITY);
  const host = ts.createWatchCompilerHost(
    config,
    { noEmit: true },
    ts.sys,
    ts.createSemanticDiagnosticsBuilderProgram,
    say,
    (_status, _newLine, _options, errors) => {
      if (errors !== undefined) process.stderr.write(`types: ${errors === 0 ? 'no' : errors} errors\n`);
    },
  );
  ts.createWatchProgram(host);
  process.once('disconnect', () => process.exit());
}

function develop() {
  const args = ['--enable-source-maps', ...process.argv.slice(2), 'dist/src/main.js'];
  let server;
  let starts = Promise.resolve();
  let stopping = false;
  const checker = fork(fileURLToPath(import.meta.url), [CHECK], { execArgv: ONE_THREAD });
  let resuming;

  function pauseCheck() {
    if (!CAN_PAUSE) return;
    checker.kill('SIGSTOP');
    clearTimeout(resuming);
    resuming = setTimeout(resumeCheck, RESTART_MS);
  }

  function resumeCheck() {
    clearTimeout(resuming);
    if (CAN_PAUSE) checker.kill('SIGCONT');
  }

  /** One server after the other: the next one wants the port and the data folder of the last. */
  function restart() {
    starts = starts.then(async () => {
      await stop();
      if (stopping) return;
      server = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    });
  }

  async function stop() {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await gone;
  }

  const host = ts.createWatchCompilerHost(
    config,
    { noCheck: true },
    ts.sys,
    ts.createEmitAndSemanticDiagnosticsBuilderProgram,
    say,
    (_status, _newLine, _options, errors) => {
      if (errors === undefined) {
        pauseCheck();
        process.stderr.write('compiling ...\n');
      }
      if (errors === 0) restart();
    },
  );
  host.setTimeout = (work, ms, ...args) => setTimeout(work, Math.min(ms, SETTLED_MS), ...args);
  const watch = ts.createWatchProgram(host);
  process.once('exit', resumeCheck); // or the signal would not reach it
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, async () => {
      stopping = true;
      watch.close();
      resumeCheck();
      checker.kill();
      await starts;
      await stop();
      process.exit();
    });
}
