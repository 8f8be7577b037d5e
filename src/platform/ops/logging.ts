import type { Params } from 'nestjs-pino';
import type { Config } from '../../config/index.js';
import { context } from '../../shared/context.js';

/** Paths that would fill the log with nothing. */
const QUIET = new Set(['/healthz', '/readyz']);

/** Structured logs: json lines, or text on a terminal. Every line of a request carries its id and user. */
export function loggerParams(config: Config): Params {
  const pretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  return {
    pinoHttp: {
      level: config.LOG_LEVEL,
      ...(pretty
        ? { transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } } }
        : {}),
      mixin: () => {
        const requestId = context.requestId();
        const userId = context.actor()?.userId;
        return { ...(requestId ? { request_id: requestId } : {}), ...(userId ? { user_id: userId } : {}) };
      },
      // A line for every request of half a million is a cost of its own: metrics count them, debug shows them.
      autoLogging: { ignore: (request) => QUIET.has(request.url ?? '') },
      customLogLevel: (_request, response, error) => {
        if (error || response.statusCode >= 500) return response.statusCode === 503 ? 'debug' : 'error';
        return 'debug';
      },
      serializers: {
        req: (request: { method: string; url: string }) => ({ method: request.method, url: request.url }),
        res: (response: { statusCode: number }) => ({ status: response.statusCode }),
      },
      quietReqLogger: true,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
    },
  };
}
