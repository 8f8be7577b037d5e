import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { VoucherConnect, VoucherConnectError, type Schemas } from '../../clients/typescript/src/index.js';
import { Client } from '../../src/cli/demo/client.js';
import { CHEAP_HASHING } from '../../src/cli/demo/server.js';
import { bearer, tokenOf } from '../../src/cli/demo/sessions.js';
import { freePort } from '../../src/cli/free-ports.js';
import { replicated } from '../harness/database-replication.js';
import { RedisCluster } from '../harness/redis-cluster.js';
import { Stack } from '../harness/stack.js';
import { AppProcess } from './app-process.js';
import { migrateBy, PRESENT_VERSION, type BuiltVersion } from './earlier-version.js';
import { until, type Person } from './fault-context.js';
import { stopReplicas } from './replicas.js';
import { TcpProxy, through } from './tcp-proxy.js';

const CONNECTIONS = 256;
const TIMEOUT_MS = 60_000;
const CLAIM_TOPIC = 'voucher.claims';
const EVENT_TOPIC = 'voucher.events';
const GROUP_ID = 'voucherconnect';
const MASTERS = 3;

/** Servers, lines and two application processes of a rehearsal, and a merchant in it. */
export class RehearsalInstallation {
  readonly claimTopic = CLAIM_TOPIC;
  readonly eventTopic = EVENT_TOPIC;
  readonly groupId = GROUP_ID;
  /** The owner of all vouchers. */
  merchant: Person = { headers: {} };
  /** The first process, as the merchant asks it. No retries: they would hide a fault. */
  api: VoucherConnect;

  private constructor(
    readonly stack: Stack,
    readonly cluster: RedisCluster | undefined,
    readonly redisLine: TcpProxy,
    readonly databaseLine: TcpProxy,
    readonly apps: readonly [AppProcess, AppProcess],
    readonly clients: readonly Client[],
    readonly secrets: { readonly jwt: string; readonly claim: string },
  ) {
    const baseUrl = `http://127.0.0.1:${apps[0].port}`;
    this.api = new VoucherConnect({ baseUrl, retry: { retries: 0 }, timeoutMs: TIMEOUT_MS });
  }

  /**
   * @param folder takes data and logs
   * @param version with which it begins
   * @param onCluster whether the gate is on a Redis Cluster, whose other masters go on when one is lost
   */
  static async start(
    folder: string,
    version: BuiltVersion = PRESENT_VERSION,
    onCluster = false,
  ): Promise<RehearsalInstallation> {
    const stack = new Stack(join(folder, 'stack'), undefined, replicated(1));
    await stack.up();
    const cluster = onCluster ? new RedisCluster(join(folder, 'cluster')) : undefined;
    await cluster?.begin(MASTERS);
    await migrateBy(version, folder, stack.env());
    const redisLine = await TcpProxy.open(stack.redis.port);
    const databaseLine = await TcpProxy.open(stack.database.port);
    const secrets = {
      jwt: randomBytes(24).toString('base64url'),
      claim: randomBytes(24).toString('base64url'),
    };
    const settings = {
      ...stack.env(),
      ...CHEAP_HASHING,
      DATABASE_URL: through(stack.database.url, databaseLine),
      ...(cluster ? { REDIS_URL: cluster.url } : { REDIS_URL: through(stack.redis.url, redisLine) }),
      NODE_ENV: 'test',
      KAFKA_CLAIM_TOPIC: CLAIM_TOPIC,
      KAFKA_EVENT_TOPIC: EVENT_TOPIC,
      KAFKA_GROUP_ID: GROUP_ID,
      LOG_FORMAT: 'json',
      TRUSTED_PROXIES: '127.0.0.1',
      JWT_SECRET: secrets.jwt,
      CLAIM_SECRET: secrets.claim,
      ACCESS_TOKEN_TTL_S: '7200',
      RECONCILE_INTERVAL_MS: '2000',
    };
    const app = async (): Promise<AppProcess> =>
      new AppProcess(await freePort(), await freePort(), folder, settings);
    const apps = [await app(), await app()] as const;
    for (const process of apps) {
      process.program = version.program;
      process.start();
    }
    await Promise.all(apps.map((process) => process.waitReady()));
    const clients = apps.map(({ port }) => new Client(port, CONNECTIONS));
    const system = new RehearsalInstallation(stack, cluster, redisLine, databaseLine, apps, clients, secrets);
    await system.registerMerchant();
    return system;
  }

  /** The database that the processes use now, whichever server it is on. */
  get databaseUrl(): string {
    return through(this.stack.database.url, this.databaseLine);
  }

  get kafka(): Kafka {
    return new Kafka({
      clientId: 'rehearsal',
      brokers: [this.stack.kafka.brokers],
      logLevel: logLevel.NOTHING,
    });
  }

  /** A voucher that is open now. @returns its id */
  async openVoucher(
    title: string,
    units: number,
    perUserLimit: number,
    terms: Partial<Schemas['CreateVoucherRequest']> = {},
  ): Promise<string> {
    const now = Date.now();
    const body = {
      title: title.slice(0, 100),
      total_stock: units,
      per_user_limit: perUserLimit,
      opens_at: new Date(now - 60_000).toISOString(),
      closes_at: new Date(now + 7_200_000).toISOString(),
      ...terms,
    };
    const { id } = await this.api.call('post', '/v1/vouchers', { body });
    await until(`${title} is published`, () => this.publish(id));
    return id;
  }

  /** Soon after a fault the gate may not have opened again; then nothing is changed. @returns whether it is published */
  private async publish(id: string): Promise<boolean> {
    try {
      await this.api.call('post', '/v1/vouchers/{id}/publish', { params: { id } });
      return true;
    } catch (error) {
      if (error instanceof VoucherConnectError && error.status === 503) return false;
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop('SIGKILL')));
    for (const client of this.clients) client.close();
    await stopReplicas(this);
    await this.cluster?.stop();
    await Promise.all([this.redisLine.close(), this.databaseLine.close()]);
  }

  private async registerMerchant(): Promise<void> {
    const owner = {
      email: 'merchant@rehearsal.example',
      password: randomBytes(12).toString('base64url'),
      name: 'Rehearsal',
    };
    const body = { name: 'Rehearsal', time_zone: 'UTC', owner };
    const { session } = await this.api.call('post', '/v1/merchants', { body });
    const token = tokenOf(session);
    this.api = this.api.as(token);
    this.merchant = { headers: bearer(token) };
  }
}
