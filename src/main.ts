import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.factory.js';
import { loadConfig } from './config/index.js';
import { Health } from './platform/ops/health.js';
import { OpsServer } from './platform/ops/ops-server.js';
import { startupLine } from './platform/startup-line.js';

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  const app = await createApp(config);
  process.once('SIGTERM', () => app.get(Health).stop());
  process.once('SIGINT', () => app.get(Health).stop());
  app.enableShutdownHooks();
  await app.startAllMicroservices();
  const opsPort = await app.get(OpsServer).listen();
  await app.listen({ port: config.PORT, host: config.HOST });
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const mode = config.stack ? 'stack' : 'embedded';
  process.stderr.write(
    `VoucherConnect (${mode}, role ${config.APP_ROLE}) at http://${config.HOST}:${port}, docs at /docs, metrics at http://${config.OPS_HOST}:${opsPort}/metrics\n`,
  );
} catch (error) {
  process.stderr.write(`${startupLine(error)}\n`);
  process.exit(1);
}
