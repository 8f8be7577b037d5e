import { Agent, fetch } from 'undici';
import { PATIENCE_MS } from './patience.js';

/** Acts through HTTP like any client; knows nothing but the address. */

/** No limit of its own: the default gives up a connection after 10 s, which a crowd of a thousand takes on a busy machine. */
const dispatcher = new Agent({ connect: { timeout: 0 }, headersTimeout: 0, bodyTimeout: 0 });

/** What a server sent: any test says itself what it expects of it. */
export type Json = any;

export interface Answer<T = Json> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: T;
}

export interface Session {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly user: { readonly id: string; readonly email: string; readonly roles: string[] };
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Buffer;
}

export const PASSWORD = 'correct horse battery staple';

let people = 0;
/** An address that no other run uses. */
export const newEmail = (): string => `p${process.pid}-${Date.now()}-${(people += 1)}@example.com`;

let clients = 0;
/** An address that no other client of this process has: TEST_ENV trusts what we say of ourselves. */
export const newAddress = (): string => {
  clients += 1;
  return `10.${(clients >> 16) & 255}.${(clients >> 8) & 255}.${clients & 255}`;
};

export class Api {
  /** @param conforms throws where an answer is not what the API document says */
  constructor(
    readonly url: string,
    private readonly conforms: (method: string, path: string, answer: Answer) => void = () => undefined,
  ) {}

  async call<T = Json>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const body = options.raw ?? (options.json === undefined ? undefined : JSON.stringify(options.json));
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
      dispatcher,
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson && text !== '' ? JSON.parse(text) : undefined) as T,
    };
    this.conforms(method, path, answer);
    return answer;
  }

  /** @throws Error where the answer is another than expected */
  async expect<T = Json>(
    status: number,
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<T> {
    const answer = await this.call<T>(method, path, options);
    if (answer.status !== status)
      throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${answer.text}`);
    return answer.body;
  }

  register(): Promise<Session> {
    return this.expect(201, 'POST', '/v1/auth/register', {
      headers: { 'x-forwarded-for': newAddress() },
      json: { email: newEmail(), password: PASSWORD, name: 'Lin' },
    });
  }

  async registerMerchant(): Promise<Session & { readonly merchantId: string }> {
    const owner = { email: newEmail(), password: PASSWORD, name: 'Chen Bo' };
    const merchant = await this.expect(201, 'POST', '/v1/merchants', {
      headers: { 'x-forwarded-for': newAddress() },
      json: { name: 'Tea House', time_zone: 'Asia/Shanghai', owner },
    });
    return { ...merchant.session, merchantId: merchant.id };
  }

  createVoucher(token: string, terms: Readonly<Record<string, unknown>> = {}): Promise<Json> {
    return this.expect(201, 'POST', '/v1/vouchers', { token, json: voucherTerms(terms) });
  }

  publish(token: string, voucherId: string): Promise<Json> {
    return this.expect(200, 'POST', `/v1/vouchers/${voucherId}/publish`, { token });
  }

  /** A voucher that is live, with what it takes. */
  async liveVoucher(token: string, terms: Readonly<Record<string, unknown>> = {}): Promise<Json> {
    const { id } = await this.createVoucher(token, terms);
    return this.publish(token, id);
  }

  claim(token: string, voucherId: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.call('POST', `/v1/vouchers/${voucherId}/claims`, { token, headers });
  }

  claimStatus(token: string, claimId: string): Promise<Answer> {
    return this.call('GET', `/v1/claims/${claimId}`, { token });
  }

  /** Asks until the claim has reached an end. */
  waitEnded(token: string, claimId: string): Promise<Json> {
    return until(async () => {
      const { status, body } = await this.claimStatus(token, claimId);
      return status === 200 && body.status !== 'pending' ? body : undefined;
    });
  }

  async waitIssued(token: string, claimId: string): Promise<Json> {
    const claim = await this.waitEnded(token, claimId);
    if (claim.status !== 'issued')
      throw new Error(`claim ${claimId} is ${claim.status} (${claim.reject_reason})`);
    return claim;
  }

  /** Waits until nothing of a voucher is on its way. */
  waitSettled(token: string, voucherId: string): Promise<Json> {
    return until(async () => {
      const summary = await this.expect(200, 'GET', `/v1/vouchers/${voucherId}/summary`, { token });
      return summary.pending === 0 ? summary : undefined;
    });
  }

  audit(token: string, voucherId: string): Promise<Json> {
    return this.expect(200, 'GET', `/v1/vouchers/${voucherId}/audit`, { token });
  }
}

export function voucherTerms(terms: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const now = Date.now();
  return {
    title: 'Half price oolong',
    total_stock: 10,
    opens_at: new Date(now - 3_600_000).toISOString(),
    closes_at: new Date(now + 3_600_000).toISOString(),
    ...terms,
  };
}

/**
 * Asks again every few milliseconds until there is an answer.
 * @param withinMs where it may take longer than `PATIENCE_MS`; anything shorter is no limit, as tests do not measure the machine
 */
export async function until<T>(ask: () => Promise<T | undefined>, withinMs = PATIENCE_MS): Promise<T> {
  const patienceMs = Math.max(withinMs, PATIENCE_MS);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not so within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs over a list with so many at a time. */
export async function inParallel<T, R>(
  list: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    for (let index = next++; index < list.length; index = next++)
      results[index] = await work(list[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, list.length) }, runner));
  return results;
}
