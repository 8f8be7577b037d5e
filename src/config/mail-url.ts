import { normalEmail } from '../common/email.js';
import { visibleText } from '../common/text.js';

export interface Mailbox {
  /** Empty where there is none. */
  readonly name: string;
  readonly address: string;
}

const NAME_MAX = 100;
/** What would end the name, or begin a comment or another address. */
const NOT_IN_NAMES = /[<>"\\,;:@()[\]\r\n]/;

/** `address`, or `Name <address>`. @returns `undefined` where it is neither */
export function parseMailbox(text: string): Mailbox | undefined {
  const [, name = '', inner] = /^([^<]*)<([^<>]+)>$/.exec(text.trim()) ?? [];
  const address = normalEmail(inner ?? text);
  const shown = visibleText(name).trim();
  if (address === undefined || shown.length > NAME_MAX || NOT_IN_NAMES.test(shown)) return undefined;
  return { name: shown, address };
}

export interface MailUrl {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

/** @returns `undefined` where the text is no address of a mail server */
export function parseMailUrl(text: string): MailUrl | undefined {
  if (!/^smtps?:\/\/[^/?#]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password } = new URL(text);
  if (hostname === '' || (username === '') !== (password === '')) return undefined;
  const secure = protocol === 'smtps:';
  try {
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      credentials:
        username === ''
          ? undefined
          : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
    };
  } catch {
    return undefined; // a % that stands for nothing
  }
}
