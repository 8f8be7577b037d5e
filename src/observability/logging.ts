import type { Params } from 'nestjs-pino';
import { pino } from 'pino';
import type { Config } from '../config/index.js';
import type { InstanceId } from '../common/instance-id.js';
import { context } from '../common/request-context.js';
import { startLog } from './start-log.js';

const INFO = 30;
/** Nest telling how it wires itself: a page of it before the first line that matters. */
const WIRING = new Set([
  ...['InstanceLoader', 'RouterExplorer', 'RoutesResolver'],
  ...['NestFactory', 'NestApplication', 'NestMicroservice'],
]);

/** Structured logs: json lines, or text on a terminal. Every line of a request carries its id and user. */
export function loggerParams(config: Config, instance: InstanceId): Params {
  const pretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  return {
    // No middleware: a logger for each request of half a million is a cost of its own. Every line gets its request's id
    // below, metrics count the requests, and each is shown at debug level (set-up.ts).
    forRoutes: [],
    pinoHttp: {
      level: config.LOG_LEVEL,
      ...(pretty
        ? {
            transport: {
              target: 'pino-pretty',
              options: { singleLine: true, ignore: 'pid,hostname,instance' },
            },
          }
        : {}),
      mixin: () => {
        const requestId = context.requestId();
        const userId = context.actor()?.userId;
        return { ...(requestId ? { request_id: requestId } : {}), ...(userId ? { user_id: userId } : {}) };
      },
      hooks: {
        logMethod(args, method, level) {
          const [entry] = args as unknown as [{ context?: string } | string];
          if (level <= INFO && typeof entry === 'object' && WIRING.has(entry.context ?? '')) return;
          startLog.write(() => method.apply(this, args), level > INFO);
        },
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      base: { role: config.APP_ROLE, instance: instance.value },
      formatters: { level: (label: string) => ({ level: label }) },
    },
  };
}
