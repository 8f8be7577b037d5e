import { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** `upgrade`: whether the client wants another protocol. */
export type NodeRequest = IncomingMessage & { readonly upgrade?: boolean };

/** What the parser tells of a head: version, headers, method (a number), target, two of responses, upgrade, keep-alive. */
export type Head = [
  number,
  number,
  string[] | undefined,
  number,
  string | undefined,
  unknown,
  unknown,
  boolean,
  boolean,
];

/** What Node's server keeps of a connection, as far as it is used here; in no documentation, the same in Node 20 and in its successors by now. */
export interface NodeConnection extends Socket {
  readonly parser?: NodeParser | null;
  /** The response that is being written. */
  readonly _httpMessage?: object | null;
  /** Whether reading is held back; without it Node reads on at the end of each request. */
  _paused?: boolean;
}

/** Node keeps parsers and gives them to other connections, later; then it sets `onIncoming` anew. */
export interface NodeParser {
  /** The request that is being read. */
  incoming: IncomingMessage | null;
  /** What is known so far of a head that is being read. */
  _headers: string[];
  _url: string;
  resume(): void;
  onIncoming: OnIncoming | null;
  /** What the parser calls, by the number of the event. */
  [event: number]: ((this: NodeParser, ...told: never) => unknown) | undefined;
}

export interface OnIncoming {
  (request: NodeRequest, keepAlive: boolean): number;
  connection?: { meet(head: Head): boolean };
}

/** As the parser numbers them; requests of others become requests of Node first. */
export const METHODS: readonly (string | undefined)[] = ['DELETE', 'GET', undefined, 'POST', 'PUT'];

/** What Node's parsers call where a head ends, and where a request ends. */
interface Native {
  readonly headEnds: number;
  readonly onHead: (this: NodeParser, ...head: Head) => unknown;
  readonly onEnd: (this: NodeParser) => unknown;
}

let native: Native | undefined;

/** Lets the connection of a parser meet each head before Node makes a request of it. @returns whether the parser is the one that is known */
export function hooksHeadsOf(parser: NodeParser): boolean {
  const at = (name: string): number => [0, 1, 2, 3, 4, 5].find((event) => parser[event]?.name === name) ?? -1;
  const headEnds = native?.headEnds ?? at('parserOnHeadersComplete');
  const onHead = parser[headEnds] as Native['onHead'] | undefined;
  const onEnd = parser[at('parserOnMessageComplete')] as Native['onEnd'] | undefined;
  if (onHead && onEnd) native ??= { headEnds, onHead, onEnd };
  if (!native || onHead !== native.onHead) return false;
  parser[headEnds] = meetHead;
  return true;
}

function meetHead(this: NodeParser, ...head: Head): unknown {
  return this.onIncoming?.connection?.meet(head) ? 0 : native?.onHead.apply(this, head);
}

/** As it was: the parser may serve another server, or a client. */
export function givenBack(parser: NodeParser): void {
  if (native && parser[native.headEnds] === meetHead) parser[native.headEnds] = native.onHead;
}

/** Lets Node make a request of a head without a body that the parser is done with, whatever it reads meanwhile. */
export function readAgain(parser: NodeParser, head: Head): void {
  const { incoming, _headers, _url } = parser;
  Object.assign(parser, { incoming: null, _headers: [], _url: '' });
  native?.onHead.apply(parser, head);
  native?.onEnd.apply(parser);
  Object.assign(parser, { _headers, _url }, incoming && { incoming });
}
