import { createApp, listen } from './app.factory.js';
import { FastClaimEndpoint } from './claim/index.js';
import { loadSettings } from './config/index.js';
import { armFailpoints } from './common/failpoints.js';
import { Health } from './observability/health.js';
import { OpsServer } from './observability/ops-server.js';
import { startLog } from './observability/start-log.js';
import { startupLine } from './common/startup-line.js';
import { pagesOf } from './pages/index.js';
import { readyLines } from './ready-line.js';
import { VoucherCatalogue } from './voucher/index.js';

try {
  const config = loadSettings();
  armFailpoints(config.FAILPOINTS);
  if (!config.stack) startLog.hold();
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
  const lines = readyLines(config, {
    port: serves ? await listen(app, config) : undefined,
    opsPort,
    fastPath: app.get(FastClaimEndpoint).mode,
    servesPages: pagesOf(app).served,
    // A hint is not worth a failed start.
    hasVouchers: await app
      .get(VoucherCatalogue)
      .hasAny()
      .catch(() => true),
  });
  process.stderr.write(`${lines.join('\n')}\n`);
  startLog.release();
} catch (error) {
  startLog.release();
  process.stderr.write(`${startupLine(error)}\n`);
  process.exit(1);
}
