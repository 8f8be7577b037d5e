import { existsSync } from 'node:fs';
import { createApp, listen } from './app.factory.js';
import { FastClaimEndpoint } from './claim/index.js';
import { loadConfig } from './config/index.js';
import { armFailpoints } from './common/failpoints.js';
import { Health } from './observability/health.js';
import { OpsServer } from './observability/ops-server.js';
import { startupLine } from './common/startup-line.js';

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  armFailpoints(config.FAILPOINTS);
  const app = await createApp(config);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      app.get(Health).stop();
      setTimeout(() => process.exit(1), config.SHUTDOWN_GRACE_MS).unref();
    });
  }
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.init();
  await app.startAllMicroservices();
  const opsPort = await app.get(OpsServer).listen();
  const serves = config.APP_ROLE === 'all' || config.APP_ROLE === 'api';
  let api = 'no API';
  if (serves) {
    const port = await listen(app, config);
    const { mode } = app.get(FastClaimEndpoint);
    api = `http://${config.HOST}:${port}, docs at http://${config.HOST}:${port}/docs, fast path: ${mode}`;
  }
  const mode = config.stack ? 'stack' : 'embedded';
  process.stderr.write(
    `VoucherConnect (${mode}, role ${config.APP_ROLE}): ${api}, metrics at http://${config.OPS_HOST}:${opsPort}/metrics\n`,
  );
} catch (error) {
  process.stderr.write(`${startupLine(error)}\n`);
  process.exit(1);
}
