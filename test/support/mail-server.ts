import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  /** Who logged in, if anybody. */
  readonly user: string | undefined;
}

/** A refusal as a server gives it. */
export const refusal = (responseCode: number, message = 'no'): Error =>
  Object.assign(new Error(message), { responseCode });

/** A mail server on loopback, at a port of its own that it keeps over a restart. */
export class MailServer {
  readonly received: ReceivedMail[] = [];
  /** Judges a recipient; throws to refuse. */
  recipient: (address: string) => void = () => undefined;
  /** Judges a message that was read; throws to refuse. May wait. */
  message: (mail: ReceivedMail) => Promise<void> | void = () => undefined;
  private server: SMTPServer | undefined;
  private at = 0;

  private constructor(private readonly options: SMTPServerOptions) {}

  static async start(options: SMTPServerOptions = {}): Promise<MailServer> {
    const server = new MailServer(options);
    await server.listen();
    return server;
  }

  get port(): number {
    return this.at;
  }

  /** Again, where it was stopped. */
  async listen(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: this.options.cert === undefined ? ['STARTTLS', 'AUTH'] : [],
      onRcptTo: ({ address }, _session, callback) => void settle(() => this.recipient(address), callback),
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const mail = received(session, Buffer.concat(chunks).toString('utf8'));
          void settle(async () => {
            await this.message(mail);
            this.received.push(mail);
          }, callback);
        });
      },
      closeTimeout: 1,
      ...this.options,
    });
    server.on('error', () => undefined); // clients that go away, or do not trust us
    await new Promise<void>((resolve) => server.listen(this.at, '127.0.0.1', resolve));
    this.at = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  to(address: string): ReceivedMail[] {
    return this.received.filter(({ to }) => to.includes(address));
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server?.close(resolve) ?? resolve());
    this.server = undefined;
  }
}

async function settle(
  work: () => Promise<void> | void,
  callback: (error?: Error | null) => void,
): Promise<void> {
  try {
    await work();
    callback();
  } catch (error) {
    callback(error as Error);
  }
}

const received = ({ envelope, secure, user }: SMTPServerSession, raw: string): ReceivedMail => ({
  from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
  to: envelope.rcptTo.map(({ address }) => address),
  raw,
  secure,
  user: user as string | undefined,
});

/** A mail as its reader sees it. */
export interface ReadMail {
  /** By lower-case name, unfolded; of several with one name, all. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly text: string;
  readonly html: string;
}

export function readMail(raw: string): ReadMail {
  const [head, body] = split(raw);
  const headers = headersOf(head);
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type')?.[0] ?? '')?.[1] ?? '';
  const parts = body.split(`--${boundary}`).map((part) => split(part.replace(/^\r\n/, '')));
  const part = (type: string): string => {
    const found = parts.find(([partHead]) => partHead.toLowerCase().includes(`content-type: ${type}`));
    return found ? decoded(headersOf(found[0]).get('content-transfer-encoding')?.[0] ?? '', found[1]) : '';
  };
  return { headers, text: part('text/plain'), html: part('text/html') };
}

const split = (text: string): [string, string] => {
  const at = text.indexOf('\r\n\r\n');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 4)];
};

function headersOf(head: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return headers;
}

function decoded(encoding: string, body: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
