import type { VoucherConnectEvent } from './events.js';

/** What a request brought; names in any case, as Node, Fetch and frameworks give them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** How far the sender's time may be from ours, in seconds; 300 unless given. */
  readonly toleranceS?: number;
  /** Milliseconds since 1970. */
  readonly now?: number;
}

/** The message is not to be believed: answer 400, and do nothing else. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

const TOLERANCE_S = 300;

/**
 * Verifies a message of one event by Standard Webhooks (HMAC-SHA256), and reads it.
 * @param body as it came, byte for byte
 * @param secrets `whsec_...`; several while you change over
 * @throws WebhookVerificationError also for a batch, which `verifyWebhookEvents` reads
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<VoucherConnectEvent> {
  const message = await verified(body, headers, secrets, options);
  if (isBatch(message)) throw new WebhookVerificationError('this is a batch: read it by verifyWebhookEvents');
  return message;
}

/**
 * The same for a webhook with a `batch_size`: the events of a message in their order, whether it is a batch or a single event.
 * @throws WebhookVerificationError
 */
export async function verifyWebhookEvents(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<readonly VoucherConnectEvent[]> {
  const message = await verified(body, headers, secrets, options);
  return isBatch(message) ? message.data.events : [message];
}

interface Batch {
  readonly type: 'batch';
  readonly data: { readonly events: readonly VoucherConnectEvent[] };
}

const isBatch = (message: VoucherConnectEvent | Batch): message is Batch => message.type === 'batch';

async function verified(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  { toleranceS = TOLERANCE_S, now = Date.now() }: VerifyOptions,
): Promise<VoucherConnectEvent | Batch> {
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const signatures = header(headers, 'webhook-signature')
    .split(' ')
    .flatMap((one) => (one.startsWith('v1,') ? [bytesOf(one.slice(3))] : []));
  const at = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : NaN;
  if (!(Math.abs(now / 1_000 - at) <= toleranceS))
    throw new WebhookVerificationError('the time of the message is too far from ours');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  for (const secret of typeof secrets === 'string' ? [secrets] : secrets) {
    const raw = bytesOf(secret.replace(/^whsec_/, ''));
    if (raw.length === 0) throw new WebhookVerificationError('the secret is not base 64');
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    for (const signature of signatures)
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return read(text);
  }
  throw new WebhookVerificationError('no signature fits');
}

function read(text: string): VoucherConnectEvent | Batch {
  try {
    return JSON.parse(text) as VoucherConnectEvent | Batch;
  } catch (cause) {
    throw new WebhookVerificationError('the body is not JSON', { cause });
  }
}

function header(headers: WebhookHeaders, name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '')
    throw new WebhookVerificationError(`the header ${name} is missing`);
  return value;
}

/** Nothing where it is no base 64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
