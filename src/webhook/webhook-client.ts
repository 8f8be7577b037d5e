import { lookup as systemLookup } from 'node:dns';
import {
  Agent as HttpAgent,
  request as httpRequest,
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

  /** Never throws: whatever happens is an answer. */
  async post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<WebhookAnswer> {
    const refusal = this.refusal(url);
    if (refusal !== undefined) return { error: `the URL ${refusal}` };
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    try {
      return await this.exchange(url, headers, body, signal);
    } catch (error) {
      return { error: reasonOf(error, this.options.timeoutMs) };
    }
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private exchange(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<WebhookAnswer> {
    const isHttps = url.protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      agent: isHttps ? this.agents.https : this.agents.http,
      lookup: this.lookup,
      signal,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    };
    return new Promise((resolve, reject) => {
      const request = (isHttps ? httpsRequest : httpRequest)(url, options, (response) => {
        excerpt(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), reject);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The receiver closed a connection that had been idle, just as it was used again; another one is not to blame.
        const isStale = request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
        if (isStale) resolve(this.exchange(url, headers, body, signal));
        else reject(error);
      });
      request.end(body);
    });
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
async function excerpt(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= ANSWER_BYTES) break; // ends the socket as well
  }
  // Databases take no NUL everywhere; whatever is no UTF-8 is replaced.
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8').replaceAll('\u0000', '\ufffd');
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, code, message } = error as { name?: string; code?: unknown; message?: string };
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const text = error instanceof RefusedAddress || typeof code !== 'string' ? message : code;
  return (text ?? 'unknown fault').slice(0, 200);
}
