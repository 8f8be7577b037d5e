import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { PlainError } from '../plain-error.js';

export const USAGE = `usage: npm run demo [-- --exit] [-- --stack] [-- --users 5000] [-- --units 1000] [-- --connections 64] [-- --pace 20]
A server, a merchant, and a crowd that wants more units than there are; then the audit. PORT and OPS_PORT choose the ports.
  --exit         no waiting: the crowd comes at once and all at the same time, then everything is stopped; the exit
                 status says whether all checks held
  --stack        with MariaDB, Redis and Kafka of its own instead of embedded
  --users        shoppers that compete
  --units        units of the voucher
  --connections  connections that the shoppers share
  --pace         seconds over which the crowd comes, more and more of it; 0: all at the same time, as with --exit`;

export interface DemoArgs {
  readonly exit: boolean;
  readonly stack: boolean;
  readonly users: number;
  readonly units: number;
  readonly connections: number;
  /** Seconds over which the crowd comes; 0: all at the same time. */
  readonly pace: number;
}

/**
 * @returns `undefined` where help is asked for
 * @throws PlainError, or the error of `parseArgs`, where an option is wrong
 */
export function readArgs(argv: readonly string[]): DemoArgs | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      exit: { type: 'boolean', default: false },
      stack: { type: 'boolean', default: false },
      users: { type: 'string', default: '5000' },
      units: { type: 'string', default: '1000' },
      connections: { type: 'string', default: '64' },
      pace: { type: 'string', default: '20' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    exit: values.exit,
    stack: values.stack,
    users: wholeNumber('users', values.users, 1, 1_000_000),
    units: wholeNumber('units', values.units, 1, 10_000_000),
    connections: wholeNumber('connections', values.connections, 1, 10_000),
    pace: values.exit ? 0 : wholeNumber('pace', values.pace, 0, 600),
  };
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new PlainError(`--${option}: must be a whole number from ${least} to ${most}`);
  }
  return value;
}

/** Numbers mean little without the machine they come from. */
export const machineLine = (): string =>
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores (server and shoppers share them), Node ${process.version}`;
