import { parseMailbox, parseMailUrl, type Mailbox, type MailUrl } from './mail-url.js';
import type { Env } from './schema.js';
import { readAuthorities } from './stack-addresses.js';

/** The server that mails are handed to. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte. `starttls`: nothing is sent before it is TLS. */
  readonly tls: 'implicit' | 'starttls' | 'off';
  /** PEM; `undefined`: the authorities that Node knows. */
  readonly ca: string | undefined;
  readonly credentials: MailUrl['credentials'];
}

export interface MailConfig {
  readonly from: Mailbox;
  /** `undefined`: mails become files. */
  readonly server: MailServer | undefined;
}

const DEVELOPMENT_FROM: Mailbox = { name: 'VoucherConnect', address: 'no-reply@voucherconnect.localhost' };

/**
 * How mails leave; `undefined` where they cannot: in production without a server.
 * @param problems is given what is wrong, as `NAME: reason`
 */
export function mailConfig(env: Env, problems: string[]): MailConfig | undefined {
  const from = env.MAIL_FROM === undefined ? undefined : parseMailbox(env.MAIL_FROM);
  const url = env.MAIL_URL === undefined ? undefined : parseMailUrl(env.MAIL_URL);
  const isProduction = env.NODE_ENV === 'production';
  if (!url) {
    for (const name of ['MAIL_TLS_CA', 'MAIL_FROM'] as const)
      if (env[name] !== undefined && (isProduction || name === 'MAIL_TLS_CA'))
        problems.push(`${name}: has no effect without MAIL_URL`);
    return isProduction ? undefined : { from: from ?? DEVELOPMENT_FROM, server: undefined };
  }
  if (!from) problems.push('MAIL_FROM: missing; MAIL_URL needs a sender');
  if (isProduction && env.PUBLIC_URL === undefined)
    problems.push(
      'PUBLIC_URL: missing; with MAIL_URL production needs the address that links in mails lead to',
    );
  const tls = url.secure ? 'implicit' : env.MAIL_STARTTLS === 'off' ? 'off' : 'starttls';
  if (isProduction && tls === 'off' && url.credentials)
    problems.push('MAIL_STARTTLS: production sends no password without TLS');
  const { host, port, credentials } = url;
  const ca = readAuthorities('MAIL_TLS_CA', env.MAIL_TLS_CA, problems);
  return from && { from, server: { host, port, tls, ca, credentials } };
}

/** Where links in mails begin, without a slash at the end. */
export function publicUrl({ PUBLIC_URL, HOST, PORT }: Env): string {
  if (PUBLIC_URL !== undefined) return PUBLIC_URL;
  const host = ['0.0.0.0', '::'].includes(HOST) ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST;
  return `http://${host}:${PORT}`;
}
