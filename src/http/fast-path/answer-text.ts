import { STATUS_CODES } from 'node:http';
import { KEEP_ALIVE_S } from '../../common/keep-alive.js';

export const closing = (): string => `\r\ndate: ${new Date().toUTCString()}\r\nconnection: close\r\n\r\n`;

/** Texts that are put together seldom, and as few as possible: what V8 joins lazily is flattened when it is written. */
const statusLines = new Map<number, string>();

export function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}

let endingText = '';
let endingS = NaN;
/** From the length of the body to its begin, made once a second: the time as HTTP writes it (RFC 9110, 5.6.7), and that the connection stays. */
export function ending(): string {
  const nowS = Math.floor(Date.now() / 1_000);
  if (nowS !== endingS) {
    const date = new Date(nowS * 1_000).toUTCString();
    endingText = `\r\ndate: ${date}\r\nconnection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_S}\r\n\r\n`;
    endingS = nowS;
  }
  return endingText;
}

/** Headers as `Exchange.answer` wants them. @param headers lower-case names; values of ASCII without line breaks */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let head = '';
  for (const name in headers) head += `${name}: ${headers[name] ?? ''}\r\n`;
  return head;
}
