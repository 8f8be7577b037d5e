import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PlainError } from '../plain-error.js';
import { machineLine, readArgs, USAGE, type DemoArgs } from './args.js';
import { Client } from './client.js';
import { DemoShoppers, MERCHANT_EMAIL, SHOPPER_EMAIL } from './demo-shoppers.js';
import { funnelTable } from './funnel.js';
import { issuedEvents, table, verdict } from './report.js';
import { CHEAP_HASHING, DemoServer, migrate } from './server.js';
import { demoServers, type DemoServers } from './servers.js';

const EVENTS_TIMEOUT_MS = 15_000;

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
    const env = stack ? await startStack(stack, folder) : {};
    server = await DemoServer.start(folder, env);
    console.log(`server     ${server.address} (starting)`);
    console.log(`data       ${stack ? stack.dir : join(folder, 'data')} (removed at the end)`);
    console.log(`log        ${server.logFile}`);
    console.log(
      `passwords  hashed cheaply (${settings()}) so that the whole crowd can register; never so in production\n`,
    );
    await Promise.race([server.waitReady(), interrupted]);
    const failed = await Promise.race([perform(args, server, folder), server.died, interrupted]);
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

/** @returns whether anything did not hold */
async function perform(args: DemoArgs, server: DemoServer, folder: string): Promise<boolean> {
  const client = new Client(server.port, args.connections);
  try {
    const shoppers = new DemoShoppers(client, args.users, args.units);
    const outcome = await shoppers.run();
    const file = join(folder, 'data', 'events.ndjson');
    const events = args.stack ? undefined : await awaitEvents(file, outcome.voucherId, outcome.issued.length);
    console.log(table(args, outcome, events));
    console.log(await funnelTable(server.opsPort));
    const problems = verdict(args, outcome, events);
    for (const problem of problems) console.log(`  FAILED: ${problem}`);
    if (problems.length === 0) console.log('  All of it holds: never oversold, never lost, nobody twice.');
    if (!args.exit) console.log(waysIn(server, shoppers.password));
    return problems.length > 0;
  } catch (error) {
    // A broken connection is heard before the end of the server that broke it, which is the news.
    await Promise.race([server.died, delay(1_000)]);
    throw error;
  } finally {
    client.close();
  }
}

/** Events follow the ledger within moments; waits for as many as there are claims, and looks once more for too many. */
async function awaitEvents(file: string, voucherId: string, expected: number): Promise<number> {
  const deadline = Date.now() + EVENTS_TIMEOUT_MS;
  while ((await issuedEvents(file, voucherId)) < expected && Date.now() < deadline) await delay(200);
  return issuedEvents(file, voucherId);
}

const waysIn = (server: DemoServer, password: string): string => `
The server stays up:
  address   ${server.address}
  Swagger   ${server.address}/docs
  metrics   http://127.0.0.1:${server.opsPort}/metrics
  merchant  ${MERCHANT_EMAIL}  password ${password}
  shopper   ${SHOPPER_EMAIL}   password ${password}

  curl -s ${server.address}/v1/auth/login -H 'content-type: application/json' -d '{"email":"${SHOPPER_EMAIL}","password":"${password}"}'
`;

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
