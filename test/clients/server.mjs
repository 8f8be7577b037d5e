import { createApp, listen } from '../../dist/src/app.factory.js';
import { loadConfig } from '../../dist/src/config/index.js';

/** An embedded server for run.sh on a free port of this machine; its address is the one line on standard output. */
const config = loadConfig({ ...process.env, HOST: '127.0.0.1' });
const app = await createApp(config);
await app.init();
await app.startAllMicroservices();
console.log(`http://127.0.0.1:${await listen(app, config)}`);
process.once('SIGTERM', () => void app.close().then(() => process.exit()));
