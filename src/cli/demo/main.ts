import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlainError } from '../plain-error.js';
import { machineLine, readArgs, USAGE, type DemoArgs } from './args.js';
import { perform } from './perform.js';
import { CHEAP_HASHING, DemoServer, migrate } from './server.js';
import { demoServers, type DemoServers } from './servers.js';

class Interrupted extends Error {}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => reject(new Interrupted(signal)));
  }
});
interrupted.catch(() => undefined); // whoever races against it sees it

async function demo(args: DemoArgs): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-demo-'));
  const stack = args.stack ? await demoServers(join(folder, 'stack')) : undefined;
  let server: DemoServer | undefined;
  // The last resort, for a way out that does not come past `finally`.
  process.once('exit', () => server?.kill());
  try {
    console.log(`VoucherConnect demo on ${machineLine()}\n`);
    // One-time links are for embedded mode alone; on servers the accounts have passwords.
    const env = stack ? await startStack(stack, folder) : { DEMO_SIGN_IN_LINKS: 'on' };
    server = await DemoServer.start(folder, env);
    console.log(`server     ${server.address} (starting)`);
    console.log(`data       ${stack ? stack.dir : join(folder, 'data')} (removed at the end)`);
    console.log(`log        ${server.logFile}`);
    console.log(
      `passwords  hashed cheaply (${settings()}) so that the crowd can register; never in production\n`,
    );
    await Promise.race([server.waitReady(), interrupted]);
    const password = `demo-${randomBytes(6).toString('base64url')}`;
    const performance = perform({ args, server, folder, password });
    const failed = await Promise.race([performance, server.died, interrupted]);
    if (!args.exit) {
      console.log('Ctrl-C stops the server and removes its data.');
      await Promise.race([server.died, interrupted]).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
      });
    }
    return failed ? 1 : 0;
  } finally {
    if (!args.exit) console.log('\nstopping');
    await server?.stop();
    await stack?.down('SIGKILL'); // its data goes with it, so there is nothing to flush
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function startStack(stack: DemoServers, folder: string): Promise<Record<string, string>> {
  const began = Date.now();
  console.log('starting MariaDB, Redis and Kafka');
  await stack.up();
  await migrate(folder, stack.env());
  console.log(`ready after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  return stack.env();
}

const settings = (): string =>
  Object.entries(CHEAP_HASHING)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

try {
  const args = readArgs(process.argv.slice(2));
  if (args) process.exitCode = await demo(args);
  else console.log(USAGE);
} catch (error) {
  if (error instanceof Interrupted) console.error('interrupted');
  else if (error instanceof PlainError) console.error(`\n${error.message}`);
  else if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
  } else console.error(error);
  process.exitCode = error instanceof Interrupted ? 130 : 1;
}
// Requests of a crowd that was cut short would keep the process.
process.exit();
