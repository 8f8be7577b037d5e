import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { envSchema } from '../../src/config/index.js';
import { GatewayServer, gatewayOverrides, localServers, type GatewaySettings } from './gateway.js';
import { hasKafka, kafkaVersion } from './kafka-distribution.js';
import { PlainError } from './programs.js';
import { Stack, type Ports } from './stack.js';

const USAGE = `usage: npm run stack -- up|down|status [--dir .stack] [--mariadb-port N] [--redis-port N] [--kafka-port N]
       [--gateway-port N] [--app-ports N,N...]
MariaDB, Redis, Kafka and nginx as plain processes on 127.0.0.1, on free ports unless given; state, logs and data in the
folder. nginx balances over instances on the given ports: else PORT and the next one. Its other settings are those of
docker/nginx/gateway.env, each of which a variable of the environment may replace. STACK_SERVERS=mysql-9.7 takes
other versions than the installed ones.`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      dir: { type: 'string', default: '.stack' },
      'mariadb-port': { type: 'string' },
      'redis-port': { type: 'string' },
      'kafka-port': { type: 'string' },
      'gateway-port': { type: 'string' },
      'app-ports': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const ports = {
    database: portOf('mariadb-port', values['mariadb-port']),
    redis: portOf('redis-port', values['redis-port']),
    kafka: portOf('kafka-port', values['kafka-port']),
    gateway: portOf('gateway-port', values['gateway-port']),
  };
  const [verb, ...rest] = positionals;
  const settings = verb === 'up' ? gatewaySettings(values['app-ports']) : {};
  const stack = new Stack(values.dir, (dir) => new GatewayServer(dir, settings));
  if (values.help || rest.length > 0) return say(USAGE, values.help ? 0 : 2);
  switch (verb) {
    case 'up':
      return up(stack, ports);
    case 'down': {
      const ended = await stack.down();
      return say(ended.length > 0 ? `stopped: ${ended.join(', ')}` : 'nothing was running', 0);
    }
    case 'status':
      return status(stack);
    default:
      return say(USAGE, 2);
  }
}

async function up(stack: Stack, ports: Ports): Promise<number> {
  const began = Date.now();
  if (!hasKafka()) console.log(`fetching Kafka ${kafkaVersion()} by Maven (about 55 MB, once)`);
  const started = await stack.up(ports);
  const took = ((Date.now() - began) / 1_000).toFixed(1);
  console.log(started.length > 0 ? `started: ${started.join(', ')} (${took} s)` : 'already running');
  await status(stack);
  if (stack.gateway) console.log(`\nGateway: ${stack.gateway.url}`);
  const file = relative(process.cwd(), stack.envFile);
  console.log(
    `\nTo use it:\n  set -a; . ${/^[./]/.test(file) ? file : `./${file}`}; set +a\n  npm run migrate && npm start`,
  );
  for (const [name, value] of Object.entries(stack.env())) console.log(`  # ${name}=${value}`);
  return 0;
}

async function status(stack: Stack): Promise<number> {
  const rows = await stack.status();
  for (const { name, state, port, pid } of rows) {
    console.log(
      `${name.padEnd(8)} ${state.padEnd(14)} port ${String(port ?? '-').padEnd(6)} pid ${pid ?? '-'}`,
    );
  }
  return rows.every((row) => row.state === 'up') ? 0 : 1;
}

/** What differs from gateway.env: instances on the given ports, or on PORT and the next one, and the environment's word. */
function gatewaySettings(appPorts: string | undefined): GatewaySettings {
  const first = process.env['PORT'] || String(envSchema.shape.PORT.parse(undefined));
  const ports = (appPorts?.split(',') ?? [first, String(Number(first) + 1)]).map((text) =>
    mustBePort('app-ports (else PORT)', text),
  );
  return { GATEWAY_SERVERS: localServers(ports), ...gatewayOverrides(process.env) };
}

function portOf(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : mustBePort(option, text);
}

function mustBePort(option: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new PlainError(`--${option}: not a port`);
  return port;
}

function say(text: string, code: number): number {
  console.log(text);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  const known =
    error instanceof PlainError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(known ? (error as Error).message : error);
  process.exitCode = 1;
}
