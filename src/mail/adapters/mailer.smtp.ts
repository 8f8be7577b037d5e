import { createTransport } from 'nodemailer';
import type { Mailbox, MailServer } from '../../config/index.js';
import { Mailer, MailRefused, MailServerAway, type OutgoingMail } from '../ports/mailer.js';
import { messageOf } from './compose.js';

/** Of nodemailer's errors, those members that tell whose fault it was. */
interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/** Steps of a session that are about the mail, and not about us. */
const ABOUT_THE_MAIL = /^(RCPT TO|DATA)/;
/** "Service not available, closing": RFC 5321, section 3.8. */
const CLOSING = 421;
/** "Bad sequence of commands" is about the session. */
const BAD_SEQUENCE = 503;

/** Hands mails to a server by SMTP, a connection for each; certificates are verified. */
export class SmtpMailer extends Mailer {
  private readonly transport: ReturnType<typeof transportOf>;

  /** @param timeoutMs for one mail, from the connection to the server's last word */
  constructor(
    server: MailServer,
    private readonly from: Mailbox,
    private readonly timeoutMs: number,
  ) {
    super();
    this.transport = transportOf(server, timeoutMs);
  }

  async send(mail: OutgoingMail): Promise<void> {
    try {
      await this.transport.sendMail({
        ...messageOf(mail, this.from),
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch (error) {
      throw failureOf(error as Error & SmtpError);
    }
  }
}

const transportOf = ({ host, port, tls, ca, credentials }: MailServer, timeoutMs: number) =>
  createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'off',
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...(credentials ? { auth: { user: credentials.user, pass: credentials.password } } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 0,
  });

/** Whose fault it was; the words are those of the server, without what it was sent. */
function failureOf(error: Error & SmtpError): Error {
  const { code, command = '', responseCode } = error;
  const said = responseCode === undefined ? (code ?? error.name) : `${responseCode} to ${command}`;
  const isAboutTheMail = ABOUT_THE_MAIL.test(command) && responseCode !== undefined;
  if (!isAboutTheMail || responseCode === CLOSING || responseCode === BAD_SEQUENCE)
    return new MailServerAway(said, { cause: error });
  return responseCode >= 500 ? new MailRefused(said, { cause: error }) : new Error(said, { cause: error });
}
