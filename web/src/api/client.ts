import { modeHeader } from '../lib/test-mode.js';
import { failureOf, NO_ANSWER, type Failure } from './failure.js';
import type { AnswerOf, InputOf, Method, OperationOf, PathParametersOf, PathWith } from './types.js';

/** A browser would wait for minutes; nothing here takes that long. */
const TIMEOUT_MS = 15_000;

/** Ways to a session: they are answered with cookies instead of tokens, and a 401 there is about what was typed. */
const SESSION_PATHS: readonly string[] = [
  '/v1/auth/login',
  '/v1/auth/register',
  '/v1/auth/phone/login',
  '/v1/auth/refresh',
  '/v1/merchants',
  '/v1/me/password',
];

interface Done<T> {
  readonly ok: true;
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}
interface Refused {
  readonly ok: false;
  readonly failure: Failure;
}
export type Reply<T> = Done<T> | Refused;

type CallOptions<O> = InputOf<O> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
};

type RestOptions<O> =
  PathParametersOf<O> extends undefined ? [options?: CallOptions<O>] : [options: CallOptions<O>];

let renewSession: (() => Promise<boolean>) | undefined;

/** Set by the session store: gets a new access cookie, and says whether there is one now. */
export function onExpiredSession(renew: () => Promise<boolean>): void {
  renewSession = renew;
}

/** One request by the generated types. Never throws: what went wrong is a value. */
export function call<M extends Method, P extends PathWith<M>>(
  method: M,
  path: P,
  ...[options]: RestOptions<OperationOf<P, M>>
): Promise<Reply<AnswerOf<OperationOf<P, M>>>> {
  return request(method, fill(path, options), options ?? {}, !SESSION_PATHS.includes(path));
}

/** A request to an address that the server named: a claim link. */
export const follow = <T>(method: Method, url: string, options: LooseOptions = {}): Promise<Reply<T>> =>
  request(method, url, options, true);

/** A file as the body. */
export const upload = <T>(method: Method, url: string, file: Blob): Promise<Reply<T>> =>
  request(method, url, { file, timeoutMs: 60_000 }, true);

interface LooseOptions {
  readonly body?: unknown;
  /** In place of `body`: sent as it is. */
  readonly file?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

async function request<T>(
  method: Method,
  url: string,
  options: LooseOptions,
  renews: boolean,
): Promise<Reply<T>> {
  const first = await send<T>(method, url, options, renews);
  if (first.ok || !renews || first.failure.status !== 401 || !renewSession) return first;
  return (await renewSession()) ? send<T>(method, url, options, renews) : first;
}

async function send<T>(
  method: Method,
  url: string,
  options: LooseOptions,
  plain: boolean,
): Promise<Reply<T>> {
  const signals = [AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)];
  if (options.signal) signals.push(options.signal);
  try {
    const response = await fetch(url, {
      method: method.toUpperCase(),
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...contentType(options),
        ...modeHeader(),
        ...(plain ? {} : { 'x-session': 'cookie' }),
        ...options.headers,
      },
      body: options.file ?? (options.body === undefined ? null : JSON.stringify(options.body)),
      signal: AbortSignal.any(signals),
    });
    if (!response.ok) return { ok: false, failure: await failureOf(response) };
    const text = await response.text();
    const body = (text === '' ? undefined : JSON.parse(text)) as T;
    return { ok: true, status: response.status, body, headers: response.headers };
  } catch {
    // The connection broke, in the middle of the answer perhaps.
    return { ok: false, failure: NO_ANSWER };
  }
}

const contentType = ({ body, file }: LooseOptions): Record<string, string> =>
  file ? { 'content-type': file.type } : body === undefined ? {} : { 'content-type': 'application/json' };

function fill(
  path: string,
  options: { readonly params?: unknown; readonly query?: unknown } | undefined,
): string {
  const params = (options?.params ?? {}) as Readonly<Record<string, string>>;
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(params[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(
    (options?.query ?? {}) as Record<string, string | number | boolean | undefined>,
  )) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}
