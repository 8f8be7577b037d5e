import type { Socket } from 'node:net';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { context } from '../../common/request-context.js';
import { newId } from '../../common/ids.js';
import { Problem, PROBLEMS, type ProblemCode } from '../../common/problems.js';
import { isUnreachable } from '../../database/database.js';
import { problemAnswer, problemMessage } from './problem-document.js';
import type { RouteTable } from './route-table.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What it was refused with, for those who count answers. */
    problem: Problem | null;
  }
}

/** Answers a refusal in another form than a problem document; `false` where it does not. The headers are set already. */
export type ProblemPage = (
  problem: Problem,
  requestId: string,
  request: FastifyRequest,
  reply: FastifyReply,
) => boolean;

/** The one place where refusals and errors become answers (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly page?: ProblemPage,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    answerError(this.wrongMethod(request, reply) ?? error, request, reply, this.page);
  }

  /** A path that has other methods is 405 with them in `Allow`, not 404. */
  private wrongMethod(request: FastifyRequest, reply: FastifyReply): Problem | undefined {
    if (!request.is404) return undefined;
    const methods = this.routes.methodsOf(request.url.split('?')[0] ?? '');
    if (methods.length === 0) return undefined;
    void reply.header('allow', methods.join(', '));
    return new Problem('method_not_allowed', { detail: `This path answers ${methods.join(', ')}` });
  }
}

const logger = new Logger('Http');

/** Answers a refusal or an error with its problem document, and logs it as loud as the catalogue says. */
function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, page?: ProblemPage): void {
  const problem = toProblem(error);
  if (request.hasContext) logProblem(problem, error);
  else if (isLogged(problem)) {
    context.run({ requestId: requestIdOf(request), address: request.clientAddress }, () =>
      logProblem(problem, error),
    );
    context.end();
  }
  sendProblem(problem, request, reply, page);
}

/** Whether the catalogue has it logged at the present level. */
export const isLogged = ({ code }: Problem): boolean =>
  PROBLEMS[code].logLevel !== 'debug' || Logger.isLevelEnabled('debug');

/** @param error what the problem was made of */
export function logProblem(problem: Problem, error: unknown): void {
  const level = PROBLEMS[problem.code].logLevel;
  if (!isLogged(problem)) return;
  const entry = { code: problem.code, err: level === 'error' ? (problem.options.cause ?? error) : undefined };
  if (level === 'error') logger.error(entry, problem.message);
  else if (level === 'warn') logger.warn(entry, problem.message);
  else logger.debug(entry, problem.message);
}

/** What the router cannot even read: a path with broken escapes. */
export function frameworkErrors(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  sendProblem(toProblem(error), request, reply);
}

const requestIdOf = ({ requestId, id }: FastifyRequest): string => requestId || id;

/** Answers with the problem document, or with a page in its place. */
function sendProblem(
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
  page?: ProblemPage,
): void {
  request.problem = problem;
  const requestId = requestIdOf(request);
  const { status, headers, body } = problemAnswer(problem, requestId, request.url);
  void reply.headers(headers);
  if (page?.(problem, requestId, request, reply) === true) return;
  void reply.code(status).send(body());
}

/** Errors of the framework and of the drivers in the terms of the catalogue. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const known = frameworkCode(error);
  if (known) return new Problem(known, { cause: error });
  if (isUnreachable(error)) return new Problem('dependency_unavailable', { cause: error });
  return new Problem('internal_error', { cause: error });
}

function frameworkCode(error: unknown): ProblemCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { statusCode } = error as { statusCode?: number };
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  switch (status) {
    case 400:
      return 'malformed_request';
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 405:
      return 'method_not_allowed';
    case 413:
      return 'payload_too_large';
    case 415:
      return 'unsupported_media_type';
    case 431:
      return 'headers_too_large';
    default:
      return status !== undefined && status >= 400 && status < 500 ? 'malformed_request' : undefined;
  }
}

/** What is no readable HTTP request at all, answered on the bare socket: its path is not known either. */
export function clientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'malformed_request';
  socket.end(problemMessage(new Problem(code), newId('req', Date.now()), '/'));
}
