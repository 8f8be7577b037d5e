import type { FastifyRequest } from 'fastify';
import { Problem } from '../common/problems.js';

/** These change nothing (RFC 9110, section 9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What is looked at of a request. */
type Asked = Pick<FastifyRequest, 'method' | 'headers' | 'host'>;

/**
 * Whether a page of ours made the request, as the browser tells it: by `Sec-Fetch-Site`, and from browsers that do not send
 * it by an `Origin` that names our own host. TLS ends before this program, so https with our host is ours.
 * @param httpsOnly whether a page of the same host without TLS is somebody else's
 */
export function isSameOrigin({ headers, host }: Asked, httpsOnly: boolean): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = headers;
  return origin === `https://${host}` || (!httpsOnly && origin === `http://${host}`);
}

/**
 * The one rule against requests that other sites make in a user's name: what changes something and is authenticated by a
 * cookie, which browsers send along by themselves, must come from a page of ours. For fetch and forms alike.
 * @throws Problem csrf_refused
 */
export function requireSameOrigin(request: Asked, httpsOnly: boolean): void {
  if (SAFE_METHODS.has(request.method) || isSameOrigin(request, httpsOnly)) return;
  throw new Problem('csrf_refused');
}
