import { VoucherConnect, type Answer, type CallOptions } from '../../../clients/typescript/src/client.js';
import { modeHeader } from '../lib/test-mode.js';
import { failureOf, type Failure } from './failure.js';
import type { AnswerOf, Method, OperationOf, PathParametersOf, PathWith } from './types.js';

/** Ways to a session: they are answered with cookies instead of tokens, and a 401 there is about what was typed. */
const SESSION_PATHS: readonly string[] = [
  '/v1/auth/login',
  '/v1/auth/register',
  '/v1/auth/phone/login',
  '/v1/auth/refresh',
  '/v1/merchants',
  '/v1/me/password',
];

export interface Done<T> extends Answer<T> {
  readonly ok: true;
}
interface Refused {
  readonly ok: false;
  readonly failure: Failure;
}
export type Reply<T> = Done<T> | Refused;

type RestOptions<O> =
  PathParametersOf<O> extends undefined ? [options?: CallOptions<O>] : [options: CallOptions<O>];

let renewSession: (() => Promise<boolean>) | undefined;

/** Set by the session store: gets a new access cookie, and says whether there is one now. */
export function onExpiredSession(renew: () => Promise<boolean>): void {
  renewSession = renew;
}

/** Our client for everybody. Nothing is repeated by itself: people see what became of a press, and polls and claims have a pace of their own. */
const api = new VoucherConnect({
  retry: { retries: 0 },
  renewSession: () => renewSession?.() ?? false,
  fetch: (url, init) => fetch(url, { ...init, headers: { ...plain(init?.headers), ...modeHeader() } }),
});

/** One request by the generated types. Never throws: what went wrong is a value. */
export function call<M extends Method, P extends PathWith<M>>(
  method: M,
  path: P,
  ...[options]: RestOptions<OperationOf<P, M>>
): Promise<Reply<AnswerOf<OperationOf<P, M>>>> {
  const query = withoutEmpty(options?.query);
  const asCookies = SESSION_PATHS.includes(path)
    ? { headers: { 'x-session': 'cookie', ...options?.headers }, renews: false }
    : {};
  const asked = [{ ...options, query, ...asCookies }] as unknown as RestOptions<OperationOf<P, M>>;
  return reply(api.request(method, path, ...asked));
}

/** A request to an address that the server named: a claim link. */
export const follow = <T>(...request: Parameters<typeof api.follow>): Promise<Reply<T>> =>
  reply(api.follow<T>(...request));

/** A file as the body. */
export const upload = <T>(method: Method, url: string, file: Blob): Promise<Reply<T>> =>
  follow(method, url, { body: file, timeoutMs: 60_000 });

const reply = <T>(answer: Promise<Answer<T>>): Promise<Reply<T>> =>
  answer.then(
    (done): Reply<T> => ({ ok: true, ...done }),
    (error: unknown): Reply<T> => ({ ok: false, failure: failureOf(error) }),
  );

const plain = (headers: RequestInit['headers']): Readonly<Record<string, string>> =>
  headers as Readonly<Record<string, string>>;

/** A filter that was emptied is none. */
function withoutEmpty(query: object | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ''));
}
