import type { IncomingMessage } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/index.js';
import { plainAddress } from '../common/address.js';
import { loggableUrl } from '../common/api-key-text.js';
import { Clock } from '../common/clock.js';
import { context } from '../common/request-context.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { Metrics } from '../observability/metrics.js';
import { setUpDocs } from './openapi/docs.js';
import './request-actor.js';
import './route-config.js';
import type { RequestHead } from './fast-path/plain-request.js';
import type { FastPath } from './fast-path/fast-path.js';
import { setUpRawBodies } from './raw-bodies.js';
import { InFlightRequests } from './in-flight-requests.js';
import { LoadShedder, shedAbove } from './load-shedder.js';
import { ProblemFilter, type ProblemPage } from './problems/problem.filter.js';
import { RouteTable } from './problems/route-table.js';
import { validationPipe } from './validation/validation.js';

/** Request ids that a caller may choose; anything else is replaced by ours. */
const REQUEST_ID = /^[A-Za-z0-9_.:-]{1,64}$/;

declare module 'fastify' {
  interface FastifyRequest {
    /** Ours, or the caller's own; empty before the first hook. */
    requestId: string;
    /** As `plainAddress` names it. */
    clientAddress: string;
    /** Whether it runs inside `context`; see `WithoutContext`. */
    hasContext: boolean;
    /** Whether it counts no more. */
    hasEnded: boolean;
  }
}

type Asked = string | string[] | undefined;

const chosenId = (asked: Asked): string | undefined =>
  typeof asked === 'string' && REQUEST_ID.test(asked) ? asked : undefined;

/** The id of a request that Fastify does not see. @param asked its header `x-request-id` */
export const requestIdOf = (asked: Asked): string => chosenId(asked) ?? newId('req', Date.now());

/** Clients name a media type by themselves, also where they send nothing: it has nothing to be refused for. */
const isWithoutBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-type'] !== undefined &&
  headers['transfer-encoding'] === undefined &&
  Number(headers['content-length'] ?? 0) === 0;

/** Fastify leaves their bodies where they are, and tells of each end. */
const BODY_UNREAD: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** What stands beside the API for people. */
export interface PageSetUp {
  readonly routes: readonly string[];
  /** Whether they were built: else they are not there, whatever the method. */
  readonly served: boolean;
  readonly problem: ProblemPage;
}

/** Nest matches patterns against patterns here: `claims/:claim` would stand for the API's `claims/:id` as well. */
const literally = (route: string): string => route.replace(/[:*]/g, '\\$&');

/** Context, limits, problem documents, metrics and the API document around all routes. */
export function setUpHttp(app: NestFastifyApplication, pages: PageSetUp): void {
  const fastify = app.getHttpAdapter().getInstance();
  const metrics = app.get(Metrics);
  const logger = new Logger('Http');
  const routes = new RouteTable();
  const showsEach = Logger.isLevelEnabled('debug');
  const inFlight = app.get(InFlightRequests);
  fastify.decorate('inFlight', inFlight);
  // A client that closes its sending side after its request still reads the answer (RFC 9112, 9.6).
  Object.assign(fastify.server, { httpAllowHalfOpen: true });

  fastify.decorateRequest('problem', null);
  fastify.decorateRequest('requestId', '');
  fastify.decorateRequest('clientAddress', '');
  fastify.decorateRequest('actor', undefined);
  fastify.decorateRequest('hasContext', false);
  fastify.decorateRequest('hasEnded', false);
  const absent = new Set(pages.served ? [] : pages.routes.map((route) => `/${route.replace(/^\//, '')}`));
  fastify.addHook('onRoute', (route) => {
    if (!absent.has(route.url)) routes.add(route.url, [route.method].flat());
  });
  fastify.addHook('onRequest', (request, reply, next) => {
    inFlight.start();
    // Fastify tells of no end where the client goes away in the middle of its body: nobody gets that answer.
    if (!request.raw.complete && !BODY_UNREAD.has(request.method))
      reply.raw.once('close', () => {
        if (request.raw.complete || request.hasEnded) return;
        request.hasEnded = true;
        inFlight.finish(request);
      });
    if (isWithoutBody(request.raw)) request.raw.headers['content-type'] = undefined;
    const id = chosenId(request.headers['x-request-id']) ?? request.id;
    void reply.header('x-request-id', id);
    request.requestId = id;
    request.clientAddress = plainAddress(request.ip);
    if (request.routeOptions.config.withoutContext) return next();
    request.hasContext = true;
    const userAgent = request.headers['user-agent'];
    context.run({ requestId: id, address: request.clientAddress, userAgent }, next);
  });
  // Called at the end of every request whose body was read, of those whose client went away too.
  fastify.addHook('onResponse', (request, reply, next) => {
    if (request.hasEnded) return next();
    request.hasEnded = true;
    inFlight.finish(request);
    metrics.http.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1_000,
    );
    if (showsEach)
      logger.debug(
        {
          method: request.method,
          url: loggableUrl(request.url),
          status: reply.statusCode,
          ms: reply.elapsedTime,
        },
        'answered',
      );
    next();
  });

  setUpJsonBodies(fastify);
  setUpRawBodies(fastify);
  app.useGlobalFilters(new ProblemFilter(routes, pages.problem));
  app.useGlobalPipes(validationPipe());
  app.setGlobalPrefix('v1', { exclude: ['healthz', 'readyz', ...pages.routes.map(literally)] });
  setUpDocs(app);
}

/** JSON is all that is spoken here; a body of nothing is no body, whatever its type says. */
function setUpJsonBodies(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body.trim() === '') return done(null, undefined);
    void parseJson(request, body, (error, value) => {
      if (error) done(new Problem('malformed_json', { cause: error }));
      else done(null, value);
    });
  });
}

/**
 * Puts the limit on requests under way before all that stands before Fastify by then.
 * @param isCheap whether the answer to a request costs as little as a refusal
 */
export function setUpOverload(
  app: NestFastifyApplication,
  fastPath: FastPath,
  config: Config,
  isCheap: (request: RequestHead) => boolean,
): void {
  const { server, inFlight } = app.getHttpAdapter().getInstance();
  const { MAX_IN_FLIGHT_REQUESTS: most, IN_FLIGHT_BURST_MS: burstMs } = config;
  const shedder = new LoadShedder(most, burstMs, app.get(Clock), isCheap);
  const load = {
    isNear: () => shedder.isNear(inFlight.now),
    refuses: (request?: RequestHead) => shedder.refuses(inFlight.now, request),
  };
  shedAbove(server, fastPath, load, requestIdOf, app.get(Metrics).shed);
}
