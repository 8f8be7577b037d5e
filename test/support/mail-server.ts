import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  /** Who logged in, if anybody. */
  readonly user: string | undefined;
}

interface Options {
  /** With its key: STARTTLS is offered, and logins are taken. */
  readonly cert?: string;
  readonly key?: string;
  /** TLS from the first byte. */
  readonly secure?: boolean;
  readonly authOptional?: boolean;
}

/** What the process says or asks. */
type Message = { readonly port: number } | Question;

/** Waits for an answer by its id. */
type Question =
  | { readonly id: number; readonly login: { readonly username: string; readonly password: string } }
  | { readonly id: number; readonly recipient: string }
  | { readonly id: number; readonly mail: ReceivedMail };

/** The code of a refusal, or nothing; `never` leaves the client without an answer. */
type Verdict = number | 'never' | undefined;

/** A mail server on loopback: a process of its own, at a port that it keeps over a restart. */
export class MailServer {
  readonly received: ReceivedMail[] = [];
  login: (username: string, password: string) => Verdict = () => undefined;
  recipient: (address: string) => Verdict = () => undefined;
  /** Of a mail that was read. */
  message: (mail: ReceivedMail) => Verdict = () => undefined;
  private child: ChildProcess | undefined;
  private at = 0;

  private constructor(private readonly options: Options) {}

  static async start(options: Options = {}): Promise<MailServer> {
    const server = new MailServer(options);
    await server.listen();
    return server;
  }

  get port(): number {
    return this.at;
  }

  /** Again, where it was stopped. */
  async listen(): Promise<void> {
    const child = fork(join(ROOT, 'test/support/smtp-server.mjs'), { execArgv: [] });
    this.child = child;
    child.send({ options: { port: this.at, ...this.options } });
    await new Promise<void>((resolve, reject) => {
      child.on('exit', (code) => reject(new Error(`the mail server ended with ${code}`)));
      child.on('message', (message: Message) => {
        if (!('port' in message)) return this.answer(child, message);
        this.at = message.port;
        resolve();
      });
    });
  }

  to(address: string): ReceivedMail[] {
    return this.received.filter(({ to }) => to.includes(address));
  }

  /** Takes connections, as the kernel does, and says nothing: for a server that is overloaded. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  /** As when a machine fails: no connection is closed in order. */
  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  private answer(child: ChildProcess, message: Question): void {
    const refused = this.judge(message);
    if (refused === 'never') return;
    if ('mail' in message && refused === undefined) this.received.push(message.mail);
    if (child.connected) child.send({ id: message.id, refused });
  }

  private judge(message: Question): Verdict {
    if ('login' in message) return this.login(message.login.username, message.login.password);
    return 'mail' in message ? this.message(message.mail) : this.recipient(message.recipient);
  }
}

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
