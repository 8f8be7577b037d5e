import { claimEnded, type WaitOptions } from './claims.js';
import { errorOf, VoucherConnectError } from './errors.js';
import { IDEMPOTENT_POSTS } from './idempotent.js';
import { newIdempotencyKey } from './key.js';
import { pauseBefore, wait, type RetryOptions } from './retry.js';
import type { AnswerOf, Claim, InputOf, Method, OperationOf, PathParametersOf, PathWith } from './types.js';

/** @param rejected the server said that the last one has expired: give another */
export type TokenSource = (rejected: boolean) => string | Promise<string>;

export interface ClientOptions {
  /** `https://vouchers.example.com`. In a page of the same origin it may be left out. */
  readonly baseUrl?: string;
  /** An access token, an API key, or where to get one. Without it only public operations answer. */
  readonly token?: string | TokenSource;
  /**
   * For a page of the same origin whose session is in cookies, in place of `token`: called after a `401`. With `true` there is a new
   * cookie, and the request is sent once more.
   */
  readonly renewSession?: () => boolean | Promise<boolean>;
  readonly retry?: RetryOptions;
  /** For one attempt; 15,000 ms unless given. */
  readonly timeoutMs?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  /** For POSTs that take one; one is made for each call without it, where there are retries. The same key means the same call. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** In place of the client's, for one attempt. */
  readonly timeoutMs?: number;
  /** `false`: a `401` is about what was sent (a password, say), and not about the session. */
  readonly renews?: false;
}

/** What `follow` takes besides. */
export interface FollowOptions extends RequestOptions {
  /** Sent as JSON; a Blob as it is. */
  readonly body?: unknown;
}

export type CallOptions<O> = InputOf<O> & RequestOptions;
type RestOptions<O> =
  PathParametersOf<O> extends undefined ? [options?: CallOptions<O>] : [options: CallOptions<O>];

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

interface Loose extends RequestOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

const TIMEOUT_MS = 15_000;
/** They may reach the server twice by themselves (RFC 9110, section 9.2.2). */
const REPEATABLE: ReadonlySet<Method> = new Set(['get', 'put', 'delete']);

/** A client of one installation, on behalf of one user, merchant or key. */
export class VoucherConnect {
  private readonly options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.options = { ...options, baseUrl: (options.baseUrl ?? '').replace(/\/+$/, '') };
  }

  /** The same installation on behalf of somebody else. */
  as(token: string | TokenSource): VoucherConnect {
    return new VoucherConnect({ ...this.options, token });
  }

  /**
   * Calls an operation, with retries as `Retry-After` asks.
   * @returns the body of its answer
   * @throws VoucherConnectError; the signal's reason
   */
  async call<M extends Method, P extends PathWith<M>>(
    method: M,
    path: P,
    ...rest: RestOptions<OperationOf<P, M>>
  ): Promise<AnswerOf<OperationOf<P, M>>> {
    return (await this.request(method, path, ...rest)).body;
  }

  /** As `call`, with status and headers (`ETag`, `Location`, `RateLimit`). */
  async request<M extends Method, P extends PathWith<M>>(
    method: M,
    path: P,
    ...[options]: RestOptions<OperationOf<P, M>>
  ): Promise<Answer<AnswerOf<OperationOf<P, M>>>> {
    const loose = (options ?? {}) as Loose;
    const takesKey = method === 'post' && IDEMPOTENT_POSTS.has(path);
    return this.repeated(method, fill(path, loose), loose, takesKey);
  }

  /**
   * Asks at an address that the server named, a claim link for example.
   * @param path on the installation, with its query
   * @throws TypeError where it is no such path: the token is for nobody else; else as `call`
   */
  async follow<T>(method: Method, path: string, options: FollowOptions = {}): Promise<Answer<T>> {
    if (!/^\/(?![/\\])[!-~]*$/.test(path)) throw new TypeError('follow: not a path of the installation');
    return this.repeated(method, path, options, method === 'post' && options.idempotencyKey !== undefined);
  }

  /**
   * Claims a unit. Retries carry one `Idempotency-Key`, so one call takes one unit at most, whatever happens on the way.
   * @returns the claim, accepted and pending as a rule: `claimEnded` waits for its code
   */
  claim(voucherId: string, options: RequestOptions = {}): Promise<Claim> {
    return this.call('post', '/v1/vouchers/{id}/claims', { ...options, params: { id: voucherId } });
  }

  /** Waits until a claim is no longer pending, over restarts of the server. @throws as `claimEnded` of this package says */
  claimEnded(claimId: string, options: WaitOptions = {}): Promise<Claim> {
    const open = (path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
      this.authorized('get', path, { headers }, () => signal);
    return claimEnded({ open }, claimId, options);
  }

  private async repeated<T>(
    method: Method,
    url: string,
    options: Loose,
    takesKey: boolean,
  ): Promise<Answer<T>> {
    const makesKey = takesKey && this.options.retry?.retries !== 0;
    const key = options.idempotencyKey ?? (makesKey ? newIdempotencyKey() : undefined);
    const isRepeatable = REPEATABLE.has(method) || (takesKey && key !== undefined);
    const headers = {
      accept: 'application/json',
      ...options.headers,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once<T>(method, url, { ...options, headers });
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason;
        const pause = pauseBefore(error, attempt, isRepeatable, this.options.retry ?? {});
        if (pause === undefined) throw error;
        await wait(pause, options.signal);
      }
    }
  }

  private async once<T>(method: Method, url: string, options: Loose): Promise<Answer<T>> {
    const response = await this.authorized(method, url, options, () => {
      const time = AbortSignal.timeout(options.timeoutMs ?? this.options.timeoutMs ?? TIMEOUT_MS);
      return options.signal ? AbortSignal.any([time, options.signal]) : time;
    });
    if (!response.ok) throw await errorOf(response);
    try {
      const text = await response.text();
      const body = (text === '' ? undefined : JSON.parse(text)) as T;
      return { status: response.status, headers: response.headers, body };
    } catch (cause) {
      throw noAnswer(cause);
    }
  }

  /** A token that has expired meanwhile is asked for once more, and so is a session in cookies. */
  private async authorized(
    method: Method,
    url: string,
    options: Loose,
    signal: () => AbortSignal,
  ): Promise<Response> {
    const { token, renewSession } = this.options;
    const send = async (rejected: boolean): Promise<Response> => {
      const given = typeof token === 'function' ? await token(rejected) : token;
      return this.send(method, url, { ...options, signal: signal() }, given);
    };
    const response = await send(false);
    if (response.status !== 401 || options.renews === false) return response;
    if (typeof token !== 'function' && !(await renewSession?.())) return response;
    await response.body?.cancel();
    return send(true);
  }

  private async send(
    method: Method,
    url: string,
    { body, headers, signal }: Loose,
    token: string | undefined,
  ): Promise<Response> {
    const { baseUrl = '', fetch: fetcher = fetch, headers: always } = this.options;
    const file = body instanceof Blob ? body : undefined;
    try {
      return await fetcher(baseUrl + url, {
        method: method.toUpperCase(),
        headers: {
          ...always,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': file?.type || 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: file ?? JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (cause) {
      throw noAnswer(cause);
    }
  }
}

const noAnswer = (cause: unknown): VoucherConnectError =>
  new VoucherConnectError('no answer', { status: 0, code: 'no_answer', cause });

function fill(path: string, { params = {}, query = {} }: Loose): string {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}
