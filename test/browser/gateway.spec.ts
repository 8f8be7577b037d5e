import { localServers } from '../harness/gateway.js';
import { Api } from '../support/api.js';
import { Gateways, GENEROUS } from '../support/gateway.js';
import { Instance } from '../support/instance.js';
import { freshSystem } from '../support/stack-env.js';
import { shopperJourneys } from './support/shopper-journeys.js';
import { SITE_ENV, type Site } from './support/site.js';

/** nginx before two instances on MariaDB, Redis and Kafka. */
async function gatewaySite(): Promise<Site> {
  const gateways = new Gateways();
  const env = { ...(await freshSystem('web', 4)), ...SITE_ENV, TRUSTED_PROXIES: '127.0.0.1' };
  let instances: Instance[] = await Instance.startAll(env, env);
  const ports = instances.map(({ url }) => Number(new URL(url).port));
  const { url } = await gateways.start('web', { ...GENEROUS, GATEWAY_SERVERS: localServers(ports) });
  return {
    url,
    api: new Api(url),
    kill: async () => void (await Promise.all(instances.map((instance) => instance.kill('SIGKILL')))),
    revive: async () => void (instances = await Promise.all(instances.map((instance) => instance.again()))),
    stop: async () => {
      await gateways.end();
      await Promise.all(instances.map((instance) => instance.kill('SIGTERM')));
    },
  };
}

shopperJourneys('a shopper behind the gateway of two instances', gatewaySite);
