import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from '../../src/cli/demo/client.js';
import { CHEAP_HASHING } from '../../src/cli/demo/server.js';
import { freePort } from '../../src/cli/free-ports.js';
import { replicated } from '../harness/database-replication.js';
import { Stack } from '../harness/stack.js';
import { AppProcess } from './app-process.js';
import { migrateBy, PRESENT_VERSION, type BuiltVersion } from './earlier-version.js';
import { until, type Person } from './fault-context.js';
import { stopReplicas } from './replicas.js';
import { TcpProxy, through } from './tcp-proxy.js';

const CONNECTIONS = 256;
const CLAIM_TOPIC = 'voucher.claims';
const EVENT_TOPIC = 'voucher.events';
const GROUP_ID = 'voucherconnect';

/** Servers, lines and two application processes of a rehearsal, and a merchant in it. */
export class RehearsalInstallation {
  readonly claimTopic = CLAIM_TOPIC;
  readonly eventTopic = EVENT_TOPIC;
  readonly groupId = GROUP_ID;
  private headers: Readonly<Record<string, string>> = {};

  private constructor(
    readonly stack: Stack,
    readonly redisLine: TcpProxy,
    readonly databaseLine: TcpProxy,
    readonly apps: readonly [AppProcess, AppProcess],
    readonly clients: readonly Client[],
    readonly secrets: { readonly jwt: string; readonly claim: string },
  ) {}

  /**
   * @param folder takes data and logs
   * @param version with which it begins
   */
  static async start(
    folder: string,
    version: BuiltVersion = PRESENT_VERSION,
  ): Promise<RehearsalInstallation> {
    const stack = new Stack(join(folder, 'stack'), undefined, replicated(1));
    await stack.up();
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
      REDIS_URL: through(stack.redis.url, redisLine),
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
    const system = new RehearsalInstallation(stack, redisLine, databaseLine, apps, clients, secrets);
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
    terms: Readonly<Record<string, unknown>> = {},
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
    const { id } = await this.ask<{ id: string }>('POST', '/v1/vouchers', 201, body);
    await until(`${title} is published`, () => this.publish(id));
    return id;
  }

  /** Soon after a fault the gate may not have opened again; then nothing is changed. @returns whether it is published */
  private async publish(id: string): Promise<boolean> {
    const client = this.clients[0] as Client;
    const { status, body } = await client.send('POST', `/v1/vouchers/${id}/publish`, this.headers);
    if (status !== 200 && status !== 503) throw new Error(`publish: ${status} ${body}`);
    return status === 200;
  }

  /** The owner of all vouchers. */
  get merchant(): Person {
    return { headers: this.headers };
  }

  /** Asks as the merchant. @throws Error where the answer is not the `expected` one */
  ask<T>(method: 'GET' | 'POST', path: string, expected: number, body?: unknown): Promise<T> {
    const { headers } = this;
    return (this.clients[0] as Client).json<T>(method, path, expected, {
      headers,
      ...(body ? { body } : {}),
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop('SIGKILL')));
    for (const client of this.clients) client.close();
    await stopReplicas(this);
    await Promise.all([this.redisLine.close(), this.databaseLine.close()]);
  }

  private async registerMerchant(): Promise<void> {
    const owner = {
      email: 'merchant@rehearsal.example',
      password: randomBytes(12).toString('base64url'),
      name: 'Rehearsal',
    };
    const body = { name: 'Rehearsal', time_zone: 'UTC', owner };
    const { session } = await this.ask<{ session: { access_token: string } }>(
      'POST',
      '/v1/merchants',
      201,
      body,
    );
    this.headers = { authorization: `Bearer ${session.access_token}` };
  }
}
