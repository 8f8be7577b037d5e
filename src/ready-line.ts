import { resolve } from 'node:path';
import type { Config } from './config/index.js';

export interface Started {
  /** `undefined` where this role serves no API. */
  readonly port: number | undefined;
  readonly opsPort: number;
  /** Whether plain claims are answered before Fastify and Nest see them. */
  readonly fastPath: 'on' | 'off';
  readonly servesPages: boolean;
  readonly hasVouchers: boolean;
}

/** Off without having been switched off is slower than need be, so it says why. */
function fastPath(config: Config, { fastPath: state }: Started): string {
  if (state === 'on') return 'on';
  return config.FAST_PATH === 'off' ? 'off (FAST_PATH=off)' : 'off (not possible with this version of Node)';
}

/** What a person needs to go on, once everything listens: a line of addresses, and on an empty installation what to do first. */
export function readyLines(config: Config, started: Started): string[] {
  const { port, opsPort, servesPages } = started;
  const site = `http://${config.HOST}:${port}`;
  const mode = config.stack ? 'servers' : 'embedded mode';
  const role = config.APP_ROLE === 'all' ? '' : `, role ${config.APP_ROLE}`;
  const parts = [
    ...(port === undefined ? ['no API in this role'] : []),
    ...(port !== undefined && servesPages ? [`site ${site}/`, `console ${site}/console`] : []),
    ...(port === undefined ? [] : [`API docs ${site}/docs`]),
    ...(config.stack ? [] : [`data ${resolve(config.DATA_DIR)}`]),
    `metrics http://${config.OPS_HOST}:${opsPort}/metrics`,
    ...(port === undefined ? [] : [`fast path for claims ${fastPath(config, started)}`]),
  ];
  const lines = [`VoucherConnect is ready (${mode}${role}): ${parts.join(', ')}`];
  if (port !== undefined && servesPages && !started.hasVouchers) {
    const seed =
      config.NODE_ENV === 'development' ? '; "npm run seed" makes examples, with the server stopped' : '';
    lines.push(
      `There are no vouchers yet: create a merchant account at ${site}/console/register and publish the first one${seed}.`,
    );
  }
  return lines;
}
