import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger as NestLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import type { Config } from './config/index.js';
import { setUpKeysInUrls, setUpSessionRenewal } from './auth/index.js';
import { newId } from './common/ids.js';
import { addAcceptors } from './http/acceptors.js';
import { KEEP_ALIVE_S } from './common/keep-alive.js';
import { FastPath } from './http/fast-path/fast-path.js';
import { clientError, frameworkErrors } from './http/problems/problem.filter.js';
import { setUpRouteGuards } from './http/route-guards.js';
import { setUpHttp, setUpOverload } from './http/set-up.js';
import { batchWrites } from './http/write-batching.js';
import { setUpClientLimits, setUpNamedLimits } from './rate-limit/index.js';
import { CLAIM_TRANSPORT, FastClaimEndpoint, countClaims, type ClaimTransport } from './claim/index.js';
import { pagesOf, setUpPages } from './pages/index.js';

/** Builds the application for one configuration; nothing listens yet. */
export async function createApp(config: Config): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: config.BODY_LIMIT_BYTES,
    genReqId: () => newId('req', Date.now()),
    requestIdHeader: false,
    // X-Forwarded-For counts only as far as the hops are ours.
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    logger: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: KEEP_ALIVE_S * 1_000,
    frameworkErrors,
    clientErrorHandler: clientError,
    routerOptions: { maxParamLength: 16_384 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forConfig(config), adapter, {
    bodyParser: false,
    bufferLogs: true,
    // What is buffered is shown once our logger is there; a start that fails is one line on stderr instead.
    autoFlushLogs: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  app.useLogger(app.get(Logger));
  // pino drops them as well, but later: what a crowd is answered by the thousand must not come that far.
  if (!debugs(config)) NestLogger.overrideLogger(['log', 'fatal', 'error', 'warn']);
  app.flushLogs();
  for (const warning of config.warnings) new NestLogger('Config').warn(warning);
  setUpHttp(app, pagesOf(app));
  setUpPages(app);
  setUpClientLimits(app);
  setUpKeysInUrls(app);
  // Before the handler, in this order: who calls, that they are active, how often they may.
  setUpRouteGuards(app);
  setUpSessionRenewal(app);
  setUpNamedLimits(app);
  countClaims(app);
  const fastPath = new FastPath(app.getHttpAdapter().getInstance().server, config.FAST_PATH === 'auto');
  batchWrites(app.getHttpAdapter().getInstance().server);
  const endpoint = app.get(FastClaimEndpoint);
  endpoint.setUp(app, fastPath);
  setUpOverload(app, fastPath, config, (request) => endpoint.refusesAtOnce(request)); // last, so that it comes first
  if (config.APP_ROLE === 'all' || config.APP_ROLE === 'consumer') {
    app.connectMicroservice(
      { strategy: app.get<ClaimTransport>(CLAIM_TRANSPORT) },
      { inheritAppConfig: false },
    );
  }
  return app;
}

const debugs = ({ LOG_LEVEL }: Config): boolean => LOG_LEVEL === 'debug' || LOG_LEVEL === 'trace';

/** Connections that the system may hold until they are accepted; above it their clients try again after 1, 3 and 7 s. It takes at most net.core.somaxconn. */
const BACKLOG = 4_096;

/**
 * Opens the API's port on the adapter itself: `app.listen` would log a stack trace of its own for a busy port.
 * @returns the port. @throws the system's error, EADDRINUSE for one
 */
export async function listen(app: NestFastifyApplication, config: Config): Promise<number> {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.listen({ port: config.PORT, host: config.HOST, backlog: BACKLOG });
  await addAcceptors(fastify.server, BACKLOG).catch((error: unknown) => {
    new NestLogger('Http').warn(
      { err: error },
      'a turn of the event loop accepts one connection; crowds may wait',
    );
  });
  return (fastify.server.address() as AddressInfo).port;
}
