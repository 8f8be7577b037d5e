import { lookup as systemLookup } from 'node:dns';
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './domain/public-address.js';

/** Of an answer that is kept. */
export const ANSWER_BYTES = 1_024;

export interface WebhookAnswer {
  /** `undefined` where there was no answer. */
  readonly status?: number;
  /** Its first `ANSWER_BYTES` bytes. */
  readonly body?: string;
  /** Why there was none. */
  readonly error?: string;
}

export interface WebhookClientOptions {
  readonly timeoutMs: number;
  /** Development, and networks whose operator wants it: private and loopback addresses, and plain http. */
  readonly allowPrivate: boolean;
  /** Resolves a name; the system's resolver unless given. */
  readonly lookup?: typeof systemLookup;
}

class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
}

/**
 * Posts to addresses that strangers name. A name is resolved by `connect` of the socket itself, through `lookup`: all its addresses have
 * to be public, and the socket goes to one that was judged, so that no second resolution can lead elsewhere (DNS rebinding). Redirects
 * are not followed. A socket that is used again leads where it was judged to lead.
 */
export class WebhookClient {
  private readonly agents;
  private readonly lookup: LookupFunction;

  constructor(private readonly options: WebhookClientOptions) {
    // How many are used at once is bounded by who posts, endpoint by endpoint: a bound by host would let endpoints at one host wait for
    // each other.
    const pool = { keepAlive: true, maxFreeSockets: 16, timeout: 30_000 };
    this.agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) };
    this.lookup = this.judgedLookup(options.lookup ?? systemLookup);
  }

  /** Why a URL is not taken as an endpoint, if so; names are judged when they are resolved. */
  refusal(url: URL): string | undefined {
    const { allowPrivate } = this.options;
    if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
      return 'must begin with https://';
    if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return 'must not be an internal address';
    return undefined;
  }

  /**
   * Never throws: whatever happens is an answer. What a request costs is for a great part what Node does for it: a timer that is cleared
   * and events take half of what a signal and an iterator take (docs/performance.md).
   * @param url one object for many requests, so that it is parsed once
   */
  post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<WebhookAnswer> {
    const refusal = this.refusal(url);
    if (refusal !== undefined) return Promise.resolve({ error: `the URL ${refusal}` });
    const options = this.optionsFor(url, { ...headers, 'content-length': Buffer.byteLength(body) });
    const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const { timeoutMs } = this.options;
    return new Promise((resolve) => {
      let request: ClientRequest | undefined;
      let isOver = false;
      const end = (answer: WebhookAnswer): void => {
        isOver = true;
        clearTimeout(timer);
        resolve(answer);
      };
      const fail = (error: unknown): void => end({ error: reasonOf(error) });
      const timer = setTimeout(() => {
        end({ error: `no answer within ${timeoutMs} ms` });
        request?.destroy();
      }, timeoutMs);
      const send = (): void => {
        const sent = begin(options, (response) => {
          const { statusCode: status = 0 } = response;
          readExcerpt(response, (text) => end({ status, body: text }), fail);
        });
        sent.on('error', (error: NodeJS.ErrnoException) => {
          // The receiver closed a connection that had been idle, just as it was used again; another one is not to blame.
          const isStale = sent.reusedSocket && error.code === 'ECONNRESET' && !isOver;
          if (isStale) send();
          else fail(error);
        });
        request = sent;
        sent.end(body);
      };
      try {
        send();
      } catch (error) {
        fail(error); // a header or a path that HTTP does not take
      }
    });
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private optionsFor(url: URL, headers: NonNullable<RequestOptions['headers']>): RequestOptions {
    return {
      method: 'POST',
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      ...(url.port === '' ? {} : { port: url.port }),
      path: url.pathname + url.search,
      agent: url.protocol === 'https:' ? this.agents.https : this.agents.http,
      lookup: this.lookup,
      headers,
    };
  }

  private judgedLookup(lookup: typeof systemLookup): LookupFunction {
    return (host, options, done) => {
      lookup(host, { ...options, all: true }, (error, addresses) => {
        if (error) return done(error, '', 0);
        const [first] = addresses;
        if (!first) return done(new Error(`${host} has no address`), '', 0);
        if (!this.options.allowPrivate && !addresses.every(({ address }) => isPublicAddress(address)))
          return done(new RefusedAddress(`${host} leads to an internal address`), '', 0);
        if (options.all) done(null, addresses);
        else done(null, first.address, first.family);
      });
    };
  }
}

/** Reads what is kept; of a longer answer the rest is not waited for. */
function readExcerpt(
  response: IncomingMessage,
  done: (text: string) => void,
  fail: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const end = (): void => done(bytes === 0 ? '' : excerptOf(chunks));
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < ANSWER_BYTES) return;
    end();
    response.destroy(); // its socket as well
  });
  response.on('end', end);
  response.on('error', fail);
}

/** Databases take no NUL everywhere; whatever is no UTF-8 is replaced. */
const excerptOf = (chunks: readonly Buffer[]): string =>
  Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8').replaceAll('\u0000', '\ufffd');

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string };
  const text = error instanceof RefusedAddress || typeof code !== 'string' ? message : code;
  return (text ?? 'unknown fault').slice(0, 200);
}
