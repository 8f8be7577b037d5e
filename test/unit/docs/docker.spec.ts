import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { envSchema, loadConfig } from '../../../src/config/index.js';
import { HAN } from '../../../src/common/canvas.js';
import { ROOT } from '../../../src/common/root.js';
import { PROGRAM } from '../../../src/cli/program.js';
import { gatewayDefaults } from '../../harness/gateway.js';
import { USUAL_KAFKA_VERSION } from '../../harness/kafka-distribution.js';

const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const lines = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const DEFAULTS = envSchema.parse({});
const SETTINGS = Object.keys(envSchema.shape);
const packageJson = JSON.parse(read('package.json')) as {
  engines: { node: string };
  scripts: Record<string, string>;
};

/** dist/src/main.js is built from src/main.ts. */
const sourceOf = (built: string): string => built.replace(/^dist\//, '').replace(/\.js$/, '.ts');

// ---------------------------------------------------------------------------------------------- Dockerfile

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

function stages(): Instruction[][] {
  const all: Instruction[][] = [];
  for (const line of lines(read('docker', 'Dockerfile').replace(/\\\n\s*/g, ''))) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') all.push([]);
    all.at(-1)?.push({ name, rest });
  }
  return all;
}

const [build = [], runtime = []] = stages();
const of = (stage: readonly Instruction[], name: string): string[] =>
  stage.filter((instruction) => instruction.name === name).map((instruction) => instruction.rest);

function copies(stage: readonly Instruction[]): { from: string | undefined; sources: string[] }[] {
  return of(stage, 'COPY').map((rest) => {
    const words = rest.split(/\s+/);
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
    return { from, sources: words.filter((word) => !word.startsWith('--')).slice(0, -1) };
  });
}

const imageEnv: Record<string, string> = Object.fromEntries(
  of(runtime, 'ENV').flatMap((rest) => rest.split(/\s+/).map((pair) => pair.split('=') as [string, string])),
);
const healthCommand = JSON.parse(
  /CMD (\[.*\])$/.exec(of(runtime, 'HEALTHCHECK')[0] ?? '')?.[1] ?? '[]',
) as string[];

describe('the Dockerfile', () => {
  it('builds and runs on one Node image, of a version that package.json allows', () => {
    expect(stages()).toHaveLength(2);
    expect(of(build, 'FROM')).toEqual(['node:22-bookworm-slim AS build']);
    expect(of(runtime, 'FROM')).toEqual(['node:22-bookworm-slim']);
    expect(packageJson.engines.node).toMatch(/(^|\|\| )\^22\./);
  });

  it('installs by the lock file, without development packages at run time, and builds by the script', () => {
    expect(of(build, 'RUN')).toEqual(['npm ci', 'npm run build']);
    expect(packageJson.scripts['build']).toBeDefined();
    expect(of(runtime, 'RUN')[1]).toMatch(/^npm ci --omit=dev /);
  });

  it('installs a font with Chinese characters, and leaves no lists of packages behind', () => {
    const [, packages = '', lists] =
      /^apt-get update && apt-get install --yes --no-install-recommends ([\w -]+) && rm -rf (\S+)$/.exec(
        of(runtime, 'RUN')[0] ?? '',
      ) ?? [];
    expect({ packages, lists }).toEqual({ packages: 'fonts-wqy-microhei', lists: '/var/lib/apt/lists/*' });
    // The name that its files carry, by which the program finds it.
    expect('WenQuanYi Micro Hei').toMatch(HAN);
  });

  it('copies what exists and what .dockerignore lets through, and from the build what the build makes', () => {
    const ignore = lines(read('.dockerignore'));
    expect(ignore[0]).toBe('*');
    const sent = ignore.slice(1).map((line) => line.replace(/^!/, ''));
    const wanted = [...copies(build), ...copies(runtime)].filter(({ from }) => from === undefined);
    const sources = [...new Set(wanted.flatMap((copy) => copy.sources))].map((source) =>
      source.replace(/^\.\//, ''),
    );
    for (const source of sources) expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
    expect([...sources].sort()).toEqual([...sent].sort());

    const built = copies(runtime).filter(({ from }) => from !== undefined);
    expect(built).toEqual([{ from: 'build', sources: ['/app/dist'] }]);
    const tsconfig = JSON.parse(read('tsconfig.json')) as { compilerOptions: { outDir: string } };
    expect(tsconfig.compilerOptions.outDir).toBe('dist');
  });

  it('carries to run time all that the program looks for', () => {
    const carried = copies(runtime).flatMap((copy) => copy.sources);
    const needed = ['package.json', 'package-lock.json', '.npmrc', '/app/dist', 'lua'];
    expect(carried).toEqual(expect.arrayContaining(needed));
  });

  it('sets settings that exist, listens on all addresses and holds no secret', () => {
    for (const name of Object.keys(imageEnv)) expect(SETTINGS).toContain(name);
    expect(imageEnv).toEqual({
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      OPS_HOST: '0.0.0.0',
      DATA_DIR: '/data',
    });
    expect([...of(build, 'ARG'), ...of(runtime, 'ARG'), ...of(build, 'ENV')]).toEqual([]);
  });

  it('exposes the default ports', () => {
    expect(of(runtime, 'EXPOSE')).toEqual([`${DEFAULTS.PORT} ${DEFAULTS.OPS_PORT}`]);
  });

  it('runs as a user without rights, who owns the data folder and nothing else', () => {
    expect(of(runtime, 'USER')).toEqual(['node']);
    const names = runtime.map((instruction) => instruction.name);
    expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('RUN'));
    expect(of(runtime, 'RUN').at(-1)).toBe(
      `mkdir ${imageEnv['DATA_DIR']} && chown node:node ${imageEnv['DATA_DIR']}`,
    );
    expect(of(runtime, 'COPY').filter((rest) => rest.includes('--chown'))).toEqual([]);
  });

  it('starts a program that is built from a source', () => {
    const command = JSON.parse(of(runtime, 'CMD')[0] ?? '[]') as string[];
    expect(command).toEqual([
      ...['node', '--max-semi-space-size=64', '--v8-pool-size=1', '--no-allocation-site-pretenuring'],
      'dist/src/main.js',
    ]);
    expect(existsSync(join(ROOT, sourceOf(command.at(-1) ?? '')))).toBe(true);
    expect(['node', ...PROGRAM]).toEqual([...command.slice(0, -1), join(ROOT, command.at(-1) ?? '')]);
    expect(packageJson.scripts['start:built']).toBe(command.join(' '));
  });
});

describe('the health check of the image', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.close();
    server = undefined;
  });

  async function operations(status: number): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status, { connection: 'close' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, asked };
  }

  async function exitCode(port: number): Promise<unknown> {
    const [program = '', ...args] = healthCommand;
    expect(program).toBe('node');
    const env = { ...process.env, OPS_PORT: String(port) };
    const [code] = (await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit')) as unknown[];
    return code;
  }

  it('asks the default operations port where none is set', () => {
    expect(healthCommand.join(' ')).toContain(
      `http://127.0.0.1:\${process.env.OPS_PORT || ${DEFAULTS.OPS_PORT}}/healthz`,
    );
  });

  it('passes where /healthz answers 200', async () => {
    const { port, asked } = await operations(200);
    expect(await exitCode(port)).toBe(0);
    expect(asked).toEqual(['/healthz']);
  });

  it('fails where it answers otherwise, or nobody does', async () => {
    const { port } = await operations(503);
    expect(await exitCode(port)).toBe(1);
    server?.close();
    expect(await exitCode(port)).toBe(1);
  });
});

// ---------------------------------------------------------------------------------------------- compose.yaml

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly container_name?: string;
  readonly deploy?: { readonly replicas: number };
  readonly env_file?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<'mariadb' | 'redis' | 'kafka' | 'migrate' | 'app' | 'gateway', Service>>;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { subnet: string }[] } };
  };
  readonly volumes: Readonly<Record<string, unknown>>;
}

const composeText = read('docker', 'compose.yaml');
const { services, networks, volumes } = parse(composeText, { merge: true }) as Compose;
const all = Object.entries<Service>(services);
const gatewaySettings = gatewayDefaults();

const SAMPLES: Record<string, string> = {
  JWT_SECRET: 'a'.repeat(64),
  CLAIM_SECRET: 'b'.repeat(64),
  DATABASE_PASSWORD: 'c0ffee',
};

/** `${NAME:?message}` is the only kind of variable in use: required, without a default. */
const VARIABLE = /\$\{([A-Z_]+):\?([^}]+)\}/g;

const substitute = (environment: Service['environment']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment ?? {}).map(([name, value]) => [
      name,
      value.replace(VARIABLE, (_all, variable: string) => SAMPLES[variable] ?? ''),
    ]),
  );

/** What the program sees in the container: the environment of the image, and over it that of the service. */
const configOf = (service: Service) => loadConfig({ ...imageEnv, ...substitute(service.environment) });

describe('compose.yaml', () => {
  it('has the three servers, the migration, the application and the gateway', () => {
    expect(Object.keys(services).sort()).toEqual(['app', 'gateway', 'kafka', 'mariadb', 'migrate', 'redis']);
  });

  it('names images by version: MariaDB of a long-term series, Redis 7, the Kafka that the tests run on, a stable nginx', () => {
    expect(['mariadb:10.11', 'mariadb:11.4', 'mariadb:11.8']).toContain(services.mariadb.image);
    expect(services.redis.image).toMatch(/^redis:7(\.\d+)*$/);
    expect(services.kafka.image).toBe(`apache/kafka:${USUAL_KAFKA_VERSION}`);
    // Stable series have an even number; `resolve` needs 1.27.3.
    const [, series] = /^nginx:1\.(\d+)(?:\.\d+)?-alpine$/.exec(services.gateway.image) ?? [];
    expect([Number(series) >= 28, Number(series) % 2]).toEqual([true, 0]);
  });

  it('builds the image once, from the root of the repository, and runs it twice', () => {
    expect(all.filter(([, service]) => service.build).map(([name]) => name)).toEqual(['app']);
    const context = resolve(ROOT, 'docker', services.app.build?.context ?? '');
    expect(context).toBe(resolve(ROOT));
    expect(existsSync(join(context, services.app.build?.dockerfile ?? ''))).toBe(true);
    expect(services.migrate.image).toBe(services.app.image);
  });

  it.each(['app', 'migrate'] as const)(
    'gives %s settings that exist and a configuration that production accepts',
    (name) => {
      for (const setting of Object.keys(services[name].environment ?? {}))
        expect(SETTINGS).toContain(setting);
      expect(configOf(services[name])).toMatchObject({
        NODE_ENV: 'production',
        APP_ROLE: 'all',
        HOST: '0.0.0.0',
        PORT: DEFAULTS.PORT,
        OPS_PORT: DEFAULTS.OPS_PORT,
      });
    },
  );

  it('leads the application to the servers of the file, by their names, ports and accounts', () => {
    const { stack } = configOf(services.app);
    const database = new URL(stack?.databaseUrl ?? '');
    const server = substitute(services.mariadb.environment);
    expect(database).toMatchObject({ protocol: 'mariadb:', hostname: 'mariadb', port: '3306' });
    expect(database.username).toBe(server['MARIADB_USER']);
    expect(database.password).toBe(server['MARIADB_PASSWORD']);
    expect(database.pathname).toBe(`/${server['MARIADB_DATABASE']}`);
    expect(stack?.redisUrl).toBe('redis://redis:6379/0');
    expect(stack?.kafkaBrokers.map((broker) => `PLAINTEXT://${broker}`)).toEqual([
      services.kafka.environment?.['KAFKA_ADVERTISED_LISTENERS'],
    ]);
    expect(configOf(services.migrate).stack).toEqual(stack);
  });

  it('requires every secret from outside and writes none down', () => {
    const variables = [...composeText.matchAll(/\$\{[^}]*\}/g)].map(([text]) => text);
    for (const variable of variables) expect(variable).toMatch(new RegExp(`^${VARIABLE.source}$`));
    const names = [...composeText.matchAll(VARIABLE)].map(([, name]) => name);
    expect([...new Set(names)].sort()).toEqual(Object.keys(SAMPLES).sort());
    for (const name of names) expect(composeText).toContain(`\${${name}:?set ${name}`);

    for (const [, service] of all) {
      for (const [name, value] of Object.entries(service.environment ?? {})) {
        if (!/SECRET|PASSWORD|DATABASE_URL/.test(name) || name === 'MARIADB_RANDOM_ROOT_PASSWORD') continue;
        expect(value).toMatch(/\$\{[A-Z_]+:\?/);
      }
    }
    // The lines at the top of the file set all that is required.
    for (const name of Object.keys(SAMPLES))
      expect(composeText).toMatch(new RegExp(`^#.* ${name}=\\$\\(openssl rand`, 'm'));
    expect(composeText).toMatch(/^# {3}docker compose -f docker\/compose\.yaml up --build$/m);
  });

  it('publishes the default port alone, on loopback, and that of the gateway, so that the application can be scaled', () => {
    expect(all.filter(([, service]) => service.ports).map(([name]) => name)).toEqual(['gateway']);
    const listen = gatewaySettings['GATEWAY_LISTEN']?.split(':')[1];
    expect(services.gateway.ports).toEqual([`127.0.0.1:${DEFAULTS.PORT}:${listen}`]);
    expect(services.app.container_name).toBeUndefined();
    expect(services.app.deploy).toEqual({ replicas: 2 });
  });

  it('lets the gateway tell the application who the client is, and nobody outside its network', () => {
    const { subnet } = networks.default.ipam.config[0] ?? {};
    expect(configOf(services.app).trustedProxies).toEqual([subnet]);
    expect(subnet).toMatch(/^172\.(1[6-9]|2\d|3[01])\.\d+\.0\/24$/);
  });

  it('gives the gateway its templates and all settings, and no more rights than it needs', () => {
    const { gateway } = services;
    expect(gateway.env_file).toEqual(['nginx/gateway.env']);
    expect(gateway.volumes).toEqual(['./nginx:/etc/nginx/templates:ro']);
    const folder = gatewaySettings['GATEWAY_DIR'];
    expect(gateway.environment?.['NGINX_ENVSUBST_OUTPUT_DIR']).toBe(folder);
    expect(gateway.command).toEqual(['nginx', '-c', `${folder}/nginx.conf`, '-g', 'daemon off;']);
    const [uid, gid] = gateway.user?.split(':') ?? [];
    expect(gateway.read_only).toBe(true);
    expect(gateway.tmpfs).toContain(`${folder}:mode=0700,uid=${uid},gid=${gid}`);
    const filter = new RegExp(gateway.environment?.['NGINX_ENVSUBST_FILTER'] ?? '');
    for (const name of Object.keys(gatewaySettings)) expect(name).toMatch(filter);
    for (const name of Object.keys(gateway.environment ?? {}).filter((key) => key.startsWith('GATEWAY_')))
      expect(gatewaySettings).toHaveProperty(name);
  });

  it('leads the gateway to the application, wherever its instances are', () => {
    const servers = services.gateway.environment?.['GATEWAY_SERVERS'];
    expect(servers).toMatch(
      new RegExp(`^server app:${DEFAULTS.PORT} resolve max_fails=\\d+ fail_timeout=\\d+s;$`),
    );
    expect(gatewaySettings['GATEWAY_RESOLVER']).toBe('127.0.0.11');
    const health = services.gateway.healthcheck?.test?.at(-1);
    expect(health).toBe(`http://${gatewaySettings['GATEWAY_STATUS_LISTEN']}/status`);
  });

  it('checks the health of everything that stays', () => {
    const staying = all.filter(([, service]) => service.restart !== 'no');
    expect(staying.map(([name]) => name).sort()).toEqual(['app', 'gateway', 'kafka', 'mariadb', 'redis']);
    for (const [name, service] of staying) {
      const checked = service.build ? healthCommand : (service.healthcheck?.test ?? []);
      expect([name, checked.length > 1, service.healthcheck?.disable ?? false]).toEqual([name, true, false]);
      expect(service.restart).toBe('unless-stopped');
    }
  });

  it('starts each when what it needs is ready', () => {
    expect(services.migrate.depends_on).toEqual({ mariadb: { condition: 'service_healthy' } });
    expect(services.app.depends_on).toEqual({
      mariadb: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      kafka: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
    expect(services.gateway.depends_on).toEqual({ app: { condition: 'service_healthy' } });
  });

  it('migrates once, by the program behind npm run migrate', () => {
    const { command = [], restart } = services.migrate;
    expect(restart).toBe('no');
    expect(command).toEqual(['node', 'dist/src/cli/migrate.js']);
    expect(existsSync(join(ROOT, sourceOf(command[1] ?? '')))).toBe(true);
    expect(packageJson.scripts['migrate']).toContain(command.join(' '));
    expect(services.app.command).toBeUndefined();
  });

  it('keeps the data of each server in a volume', () => {
    const folders = {
      mariadb: '/var/lib/mysql',
      redis: '/data',
      kafka: services.kafka.environment?.['KAFKA_LOG_DIRS'],
    };
    for (const [name, folder] of Object.entries(folders)) {
      expect(services[name as keyof typeof folders].volumes).toEqual([`${name}:${folder}`]);
    }
    expect(Object.keys(volumes).sort()).toEqual(Object.keys(folders).sort());
  });

  it('lets Redis write an append-only file every second and never evict', () => {
    const command = (services.redis.command ?? []).join(' ');
    for (const option of ['--appendonly yes', '--appendfsync everysec', '--maxmemory-policy noeviction']) {
      expect(command).toContain(option);
    }
  });

  it('runs Kafka as broker and controller in one, with listeners that fit together', () => {
    const env = services.kafka.environment ?? {};
    const name = (listener: string): string => listener.split(':')[0] ?? '';
    const listeners = (env['KAFKA_LISTENERS'] ?? '').split(',');
    expect(env['KAFKA_PROCESS_ROLES']).toBe('broker,controller');
    expect(listeners.map(name).sort()).toEqual(['CONTROLLER', 'PLAINTEXT']);
    const secured = (env['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP'] ?? '').split(',').map(name);
    expect(secured.sort()).toEqual(listeners.map(name).sort());
    expect(env['KAFKA_CONTROLLER_LISTENER_NAMES']).toBe('CONTROLLER');
    const controller = listeners
      .find((listener) => name(listener) === 'CONTROLLER')
      ?.split(':')
      .at(-1);
    expect(env['KAFKA_CONTROLLER_QUORUM_VOTERS']).toBe(`${env['KAFKA_NODE_ID']}@localhost:${controller}`);
    expect(env['KAFKA_AUTO_CREATE_TOPICS_ENABLE']).toBe('false');
    for (const [key, value] of Object.entries(env)) {
      if (/REPLICATION_FACTOR$|MIN_ISR$/.test(key)) expect([key, value]).toEqual([key, '1']);
    }
  });

  it('gives the application more time to stop than it takes', () => {
    const seconds = Number(/^(\d+)s$/.exec(services.app.stop_grace_period ?? '')?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(configOf(services.app).SHUTDOWN_GRACE_MS);
  });
});
