import { PROBLEMS, type Problem, type ProblemCode } from '../../common/problems.js';
import { closing, headerLines, statusLine } from '../fast-path/answer-text.js';

const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** The answer to a refused request, whoever sends it. */
export interface ProblemAnswer {
  readonly status: number;
  /** By lower-case name; values of ASCII. */
  readonly headers: Readonly<Record<string, string>>;
  /** The problem document (RFC 9457), as JSON. */
  readonly body: () => string;
}

/** A `ProblemAnswer` whose headers are lines, each with its line break. */
export interface ProblemText {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/**
 * The only writer of a problem document: Fastify's routes, the fast path, the load shedder and malformed HTTP all answer with what stands
 * here. Every `429` and `503` carries `Retry-After`, every `401` names the scheme (RFC 9110, 11.6.1).
 * @param requestId of the characters that `requestIdOf` lets through
 * @param url what was asked for; its query is left out, as it may hold secrets
 */
export function problemAnswer(problem: Problem, requestId: string, url: string): ProblemAnswer {
  return {
    status: PROBLEMS[problem.code].status,
    headers: { 'x-request-id': requestId, ...headersOf(problem) },
    body: () => bodyOf(partsOf(problem), requestId, url),
  };
}

/** `problemAnswer` as `Exchange.answer` wants it, for those who are refused by the ten thousand. */
export function problemText(problem: Problem, requestId: string, url: string): ProblemText {
  return {
    status: PROBLEMS[problem.code].status,
    head: `x-request-id: ${requestId}\r\n${linesOf(problem)}`,
    body: bodyOf(partsOf(problem), requestId, url),
  };
}

/** A whole HTTP/1.1 message, for a socket that no response exists for. */
export function problemMessage(problem: Problem, requestId: string, url: string): string {
  const { status, head, body } = problemText(problem, requestId, url);
  return `${statusLine(status)}${head}content-length: ${Buffer.byteLength(body)}${closing()}${body}`;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** A path that JSON has no other form of. */
const PLAIN_PATH = /^[\w./~%-]*$/;

function bodyOf({ head, middle, tail }: Parts, requestId: string, url: string): string {
  const path = pathOf(url);
  const text = PLAIN_PATH.test(path) ? `"${path}"` : JSON.stringify(path);
  return `${head}${text}${middle}${requestId}${tail}`;
}

/** Those that say nothing of the request. */
function headersOf(problem: Problem): Record<string, string> {
  const retryAfterS = retryAfter(problem);
  return {
    ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
    ...(PROBLEMS[problem.code].status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...problem.options.headers,
    'content-type': PROBLEM_CONTENT_TYPE,
  };
}

/** Of refusals whose headers always read the same. */
const commonLines = new Map<ProblemCode, string>();

function linesOf(problem: Problem): string {
  const { code, options } = problem;
  if (options.headers || options.retryAfterS !== undefined) return headerLines(headersOf(problem));
  let lines = commonLines.get(code);
  if (lines === undefined) {
    lines = headerLines(headersOf(problem));
    commonLines.set(code, lines);
  }
  return lines;
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
