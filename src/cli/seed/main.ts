import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { VoucherConnect } from '../../../clients/typescript/src/index.js';
import { createApp, listen } from '../../app.factory.js';
import { startupLine } from '../../common/startup-line.js';
import { ConfigError, loadConfig, loadSettings, type Config } from '../../config/index.js';
import { PlainError } from '../plain-error.js';
import { requireDevelopment, seed, SEED_MERCHANT, SEED_SHOPPER } from './seed.js';

const USAGE = `usage: npm run seed
Examples for development: a merchant, ten shoppers, vouchers in every state and some claims, in the database that the settings
name. Does nothing where they are there already. Refused in production. In embedded mode the server must not run.`;

const READY_TIMEOUT_MS = 60_000;

/** Its own server on a free port of loopback, whatever the settings say. @throws ConfigError in production */
function seedConfig(): Config {
  requireDevelopment(loadSettings());
  return loadConfig({ ...process.env, HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'error' });
}

async function run(): Promise<void> {
  const config = seedConfig();
  const app = await createApp(config);
  await app.init();
  await app.startAllMicroservices();
  const port = await listen(app, config);
  const api = new VoucherConnect({ baseUrl: `http://127.0.0.1:${port}` });
  try {
    await untilReady(api);
    const password = `seed-${randomBytes(6).toString('base64url')}`;
    const made = await seed(api, password);
    if (!made) {
      console.log(`${SEED_MERCHANT} exists: the examples are there already, and nothing was changed.`);
      return;
    }
    console.log(`${made.vouchers} vouchers in all states, ${made.claims} claims. Start the server with npm start.
  merchant  ${SEED_MERCHANT}
  shopper   ${SEED_SHOPPER} (and 2 to 10)
  password  ${password}   of all of them; shown only now`);
  } finally {
    await app.close();
  }
}

async function untilReady(api: VoucherConnect): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await isReady(api))) {
    if (performance.now() > deadline) throw new PlainError('the server was not ready in time');
    await delay(100);
  }
}

const isReady = (api: VoucherConnect): Promise<boolean> =>
  api.call('get', '/readyz').then(
    () => true,
    () => false,
  );

if (process.argv.slice(2).length > 0) {
  console.log(USAGE);
  process.exit(process.argv.includes('--help') ? 0 : 1);
}
try {
  await run();
} catch (error) {
  const plain = error instanceof PlainError || error instanceof ConfigError;
  console.error(plain ? `seed: ${error.message}` : startupLine(error));
  process.exitCode = 1;
}
process.exit(); // whatever a driver still holds open
