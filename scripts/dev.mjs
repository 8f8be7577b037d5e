// Compiles the server, starts it, and starts it again whenever an edit compiles. `--inspect` is passed on to Node.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = ['--enable-source-maps', ...process.argv.slice(2), 'dist/src/main.js'];
const format = {
  getCurrentDirectory: () => root,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
};
const say = (diagnostic) =>
  process.stderr.write(ts.formatDiagnosticsWithColorAndContext([diagnostic], format));

let server;
let starts = Promise.resolve();
let stopping = false;

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
  fileURLToPath(new URL('../tsconfig.build.json', import.meta.url)),
  {},
  ts.sys,
  ts.createEmitAndSemanticDiagnosticsBuilderProgram,
  say,
  (status, _newLine, _options, errors) => {
    process.stderr.write(`${ts.flattenDiagnosticMessageText(status.messageText, '\n')}\n`);
    if (errors === 0) restart();
  },
);
const watch = ts.createWatchProgram(host);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    stopping = true;
    watch.close();
    await starts;
    await stop();
    process.exit();
  });
