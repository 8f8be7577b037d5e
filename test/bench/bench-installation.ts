import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { VoucherConnect, VoucherConnectError } from '../../clients/typescript/src/index.js';
import type { AuditReport } from '../../src/audit/index.js';
import { migrate } from '../../src/cli/demo/server.js';
import { tokenOf } from '../../src/cli/demo/sessions.js';
import { AppProcess } from '../rehearsal/app-process.js';
import { freePort } from '../../src/cli/free-ports.js';
import { PlainError } from '../harness/programs.js';
import { Stack } from '../harness/stack.js';
import { parseSamples, sum, type Samples } from './app-metrics.js';
import { LoggedInUsers } from './logged-in-users.js';
import { Baseline, type BaselineName } from './baseline.js';
import { patientGet } from './patient-get.js';

/**
 * What the application is told for a measurement, besides where its servers are. All users come from one address, so the
 * limits by address are counted as ever, but far away, and so is the one of redemptions, since one cashier makes all; the other
 * limits by user stay as they are by default.
 */
const SETTINGS = {
  NODE_ENV: 'production',
  CLAIM_ROWS: 'auto',
  LOG_FORMAT: 'json',
  RATE_LIMIT_GLOBAL: '1000000/1s token-bucket local',
  RATE_LIMIT_READ: '1000000/1s token-bucket local',
  RATE_LIMIT_STATUS: '1000000/1s token-bucket local',
  RATE_LIMIT_REDEMPTION: '1000000/1s token-bucket local',
  ACCESS_TOKEN_TTL_S: '7200',
};

const AUDIT_WAIT_MS = 120_000;
/** Of a request that is no load; what a bench asks of a full table may take its time. */
const TIMEOUT_MS = 60_000;

export type Settings = Readonly<Record<string, string>>;

/** Servers, application processes and baselines of a benchmark, and a merchant with users. */
export class BenchInstallation {
  readonly database: Pool;
  readonly redis: Redis;
  readonly users: LoggedInUsers;
  private apps: AppProcess[] = [];
  private readonly baselines = new Map<BaselineName, Baseline>();
  /** The access token of the merchant's owner. */
  merchantToken = '';

  private constructor(
    readonly folder: string,
    readonly stack: Stack,
    private readonly secrets: { readonly jwt: string; readonly claim: string },
    private readonly profileInto: string | undefined,
  ) {
    this.database = createPool({
      uri: stack.database.url.replace(/^mariadb:/, 'mysql:'),
      connectionLimit: 4,
    });
    this.redis = new Redis(stack.redis.url, { enableAutoPipelining: true });
    this.users = new LoggedInUsers(folder, this.redis, secrets.jwt, Number(SETTINGS.ACCESS_TOKEN_TTL_S));
  }

  /**
   * @param folder takes data and logs
   * @param profileInto folder that takes a profile of each application process, where they are to be profiled
   */
  static async start(folder: string, profileInto?: string): Promise<BenchInstallation> {
    const stack = new Stack(join(folder, 'stack'));
    await stack.up();
    await migrate(folder, stack.env());
    const secret = (): string => randomBytes(32).toString('base64url');
    return new BenchInstallation(folder, stack, { jwt: secret(), claim: secret() }, profileInto);
  }

  /**
   * Application processes in place of those that run. Every one is warmed up by the one who measures it.
   * @param settings of each process
   */
  async run(...settings: readonly Settings[]): Promise<readonly AppProcess[]> {
    await this.endApps();
    for (const extra of settings) {
      const env = { ...this.stack.env(), ...SETTINGS, ...this.secretSettings, ...extra };
      const app = new AppProcess(await freePort(), await freePort(), this.folder, env, this.profiling);
      this.apps.push(app);
      app.start();
    }
    await Promise.all(this.apps.map((app) => app.waitReady()));
    await this.registerMerchant();
    return this.apps;
  }

  /** The one process that runs. */
  get app(): AppProcess {
    const [app] = this.apps;
    if (!app) throw new Error('no application process runs');
    return app;
  }

  /** Starts the baseline at the first call. */
  async baseline(name: BaselineName): Promise<Baseline> {
    const running = this.baselines.get(name);
    if (running) return running;
    const { database, redis } = this.stack;
    const env = { REDIS_URL: redis.url, DATABASE_URL: database.url, JWT_SECRET: this.secrets.jwt };
    const baseline = await Baseline.start(name, this.folder, env);
    this.baselines.set(name, baseline);
    return baseline;
  }

  /** Processes by name, for the CPU that they use. */
  get pids(): Map<string, readonly number[]> {
    const { redis, kafka, database } = this.stack;
    const servers = [redis, kafka, database].map(({ name, pid }) => [name, pid ? [pid] : []] as const);
    const apps = this.apps.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    return new Map<string, readonly number[]>([['application', apps], ...servers]);
  }

  /** Metrics of all application processes together. */
  async samples(): Promise<Samples> {
    return sum(
      await Promise.all(
        this.apps.map(async ({ opsPort }) =>
          parseSamples(await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()),
        ),
      ),
    );
  }

  /** Asks the first process as the merchant. No retries: they would hide what is measured. */
  get api(): VoucherConnect {
    return this.anyone.as(this.merchantToken);
  }

  /** A voucher that is open now, one unit for each user. @returns its id */
  async openVoucher(units: number, perUserLimit = 1): Promise<string> {
    const now = Date.now();
    const body = {
      title: 'Benchmark',
      total_stock: units,
      per_user_limit: perUserLimit,
      opens_at: new Date(now - 60_000).toISOString(),
      closes_at: new Date(now + 7_200_000).toISOString(),
    };
    const { id } = await this.api.call('post', '/v1/vouchers', { body });
    await this.publish(id);
    return id;
  }

  /** A gate that was lost opens voucher by voucher, and the process is ready before the last: until then nothing new is published. */
  private async publish(id: string): Promise<void> {
    for (const deadline = performance.now() + TIMEOUT_MS; ; await delay(50)) {
      try {
        await this.api.call('post', '/v1/vouchers/{id}/publish', { params: { id } });
        return;
      } catch (error) {
        const isClosed = error instanceof VoucherConnectError && error.code === 'gate_recovering';
        if (!isClosed || performance.now() > deadline) throw error;
      }
    }
  }

  async issued(voucherId: string): Promise<number> {
    const [rows] = await this.database.query<(RowDataPacket & { issued: number })[]>(
      'SELECT issued FROM voucher_stock WHERE voucher_id = ?',
      [voucherId],
    );
    return rows[0]?.issued ?? 0;
  }

  /**
   * Waits until a voucher has so many claims issued.
   * @returns how many it has when they are there, or when nothing has been added for `stillMs`
   */
  async awaitIssued(voucherId: string, wanted: number, stillMs = 20_000): Promise<number> {
    let seen = await this.issued(voucherId);
    for (let changed = performance.now(); seen < wanted && performance.now() - changed < stillMs;) {
      await delay(20);
      const now = await this.issued(voucherId);
      if (now !== seen) changed = performance.now();
      seen = now;
    }
    return seen;
  }

  /** Waits until the events of all claims are sent, so that no measurement pays for the one before; at most so long. */
  async awaitEvents(mostMs: number): Promise<void> {
    for (const deadline = performance.now() + mostMs; performance.now() < deadline; await delay(100)) {
      const [rows] = await this.database.query<RowDataPacket[]>(
        'SELECT 1 FROM outbox WHERE status = 0 LIMIT 1',
      );
      if (rows.length === 0) return;
    }
  }

  /** The auditor's word on a voucher. @param full nothing is taken as proved @throws PlainError where it cannot be asked */
  async audit(voucherId: string, full = false): Promise<AuditReport> {
    const ask = () => patientGet(this.app.opsPort, `/audit?voucher=${voucherId}&full=${full}`);
    let answer = await ask();
    // Others that were given up may be under way still.
    for (
      const deadline = performance.now() + AUDIT_WAIT_MS;
      answer.status === 503 && performance.now() < deadline;
      answer = await ask()
    ) {
      await delay(100);
    }
    if (answer.status !== 200) throw new PlainError(`the auditor answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as AuditReport;
  }

  /** How often a process ended that should not have. */
  get deaths(): number {
    return this.apps.reduce((deaths, app) => deaths + app.deaths, 0);
  }

  async endApps(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop('SIGTERM')));
    this.apps = [];
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop('SIGKILL')));
    await Promise.all([...this.baselines.values()].map((baseline) => baseline.stop()));
    this.redis.disconnect();
    await this.database.end();
  }

  /** NODE_OPTIONS would do, were this one allowed there. */
  private get profiling(): string[] {
    return this.profileInto === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${this.profileInto}`];
  }

  private get secretSettings(): Settings {
    return { JWT_SECRET: this.secrets.jwt, CLAIM_SECRET: this.secrets.claim };
  }

  private get anyone(): VoucherConnect {
    const baseUrl = `http://127.0.0.1:${this.app.port}`;
    return new VoucherConnect({ baseUrl, retry: { retries: 0 }, timeoutMs: TIMEOUT_MS });
  }

  private async registerMerchant(): Promise<void> {
    if (this.merchantToken !== '') return;
    const password = randomBytes(12).toString('base64url');
    const owner = { email: 'merchant@bench.example', password, name: 'Benchmark' };
    const body = { name: 'Benchmark', time_zone: 'UTC', owner };
    const { session } = await this.anyone.call('post', '/v1/merchants', { body });
    this.merchantToken = tokenOf(session);
  }
}
