import { STATUS_CODES } from 'node:http';
import { PROBLEMS, type Problem, type ProblemCode } from '../../common/problems.js';

const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** The answer to a refused request, whoever sends it. */
export interface ProblemAnswer {
  readonly status: number;
  /** By lower-case name; values of ASCII. */
  readonly headers: Readonly<Record<string, string>>;
  /** The problem document (RFC 9457), as JSON. */
  readonly body: () => string;
}

/**
 * The only writer of a problem document: Fastify's routes, the fast path, the load shedder and malformed HTTP all answer with what stands
 * here. Every `429` and `503` carries `Retry-After`, every `401` names the scheme (RFC 9110, 11.6.1).
 * @param requestId of the characters that `requestIdOf` lets through
 * @param url what was asked for; its query is left out, as it may hold secrets
 */
export function problemAnswer(problem: Problem, requestId: string, url: string): ProblemAnswer {
  const { status } = PROBLEMS[problem.code];
  const retryAfterS = retryAfter(problem);
  return {
    status,
    headers: {
      'x-request-id': requestId,
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...problem.options.headers,
      'content-type': PROBLEM_CONTENT_TYPE,
    },
    body: () => {
      const { head, middle, tail } = partsOf(problem);
      return `${head}${JSON.stringify(pathOf(url))}${middle}${requestId}${tail}`;
    },
  };
}

/** A whole HTTP/1.1 message, for a socket that no response exists for. */
export function problemMessage(problem: Problem, requestId: string, url: string): string {
  const { status, headers, body } = problemAnswer(problem, requestId, url);
  const text = body();
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(text)),
    date: new Date().toUTCString(),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** A document around what differs from request to request: its path and its id. */
interface Parts {
  readonly head: string;
  readonly middle: string;
  readonly tail: string;
}

/** Of refusals that always read the same: a crowd is told them by the ten thousand. */
const common = new Map<ProblemCode, Parts>();

function partsOf(problem: Problem): Parts {
  const { code, options } = problem;
  if (options.detail !== undefined || options.errors || options.extensions) return makeParts(problem);
  let parts = common.get(code);
  if (!parts) {
    parts = makeParts(problem);
    common.set(code, parts);
  }
  return parts;
}

function makeParts({ code, message, options: { errors, extensions } }: Problem): Parts {
  const { status, title, retryable } = PROBLEMS[code];
  const before = JSON.stringify({ type: `/problems/${code}`, title, status, detail: message });
  const after = JSON.stringify({ retryable, ...(errors ? { errors } : {}), ...extensions });
  return {
    head: `${before.slice(0, -1)},"instance":`,
    middle: `,"code":"${code}","request_id":"`,
    tail: `",${after.slice(1)}`,
  };
}

/** Seconds for `Retry-After`, whole and at least 1; `undefined` for what is no use to try again. */
export function retryAfter({ code, options }: Problem): number | undefined {
  const kind: { retryAfterS?: number } = PROBLEMS[code];
  const seconds = options.retryAfterS ?? kind.retryAfterS;
  return seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds));
}
