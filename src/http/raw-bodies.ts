import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { invalidField, Problem } from '../common/problems.js';
import { configuresRoutes } from './route-config.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** See `TakesRaw`. */
    raw?: RawBody;
  }
}

interface RawBody {
  readonly types: readonly string[];
  readonly maxBytes: number;
  readonly isStream: boolean;
}

const RAW = /^(?:image\/|text\/csv)/;

/** The body of the route is a file (a picture, a CSV), and reaches its handler as a Buffer. @param maxBytes in place of BODY_LIMIT_BYTES */
export const TakesRaw = (types: readonly string[], maxBytes: number): MethodDecorator & ClassDecorator =>
  configuresRoutes((config) => {
    config.raw = { types, maxBytes, isStream: false };
  });

/** The same for a file that is read while it comes: its handler gets it by `rawStreamOf`. */
export const TakesRawStream = (
  types: readonly string[],
  maxBytes: number,
): MethodDecorator & ClassDecorator =>
  configuresRoutes((config) => {
    config.raw = { types, maxBytes, isStream: true };
  });

/** @throws Problem validation_failed where there is none, whatever its type; unsupported_media_type for any other body */
export function rawBodyOf(body: unknown, types: readonly string[]): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  if (body && !Buffer.isBuffer(body)) throw otherType(types);
  throw empty();
}

/**
 * The pieces of a file, as they come.
 * @throws Problem validation_failed where there is none, whatever its type; unsupported_media_type for any other body; while it is read,
 * payload_too_large
 */
export function rawStreamOf(
  body: unknown,
  types: readonly string[],
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  if (body === undefined) throw empty(); // Fastify asks no parser where nothing was sent
  if (!(body instanceof Readable)) throw otherType(types);
  return bounded(body, maxBytes);
}

async function* bounded(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** Files are read for routes that take them, and refused before the first byte everywhere else. */
export function setUpRawBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(RAW, (request, payload, done) => {
    const { raw } = request.routeOptions.config;
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (!raw) return done(new Problem('unsupported_media_type'));
    if (!raw.types.includes(type)) return done(otherType(raw.types));
    if (raw.isStream) return done(null, payload);
    const chunks: Buffer[] = [];
    let size = 0;
    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= raw.maxBytes) return void chunks.push(chunk);
      payload.removeAllListeners('data').removeAllListeners('end').resume();
      done(tooLarge(raw.maxBytes));
    });
    payload.on('end', () => done(null, Buffer.concat(chunks)));
    payload.on('error', (error: Error) => done(error));
  });
  // Fastify looks at Content-Length before it asks a parser.
  fastify.addHook('onRoute', (route) => {
    const raw = route.config?.raw;
    if (raw) route.bodyLimit = raw.maxBytes;
  });
}

const tooLarge = (maxBytes: number): Problem =>
  new Problem('payload_too_large', { detail: `The body may have ${maxBytes} bytes` });

const otherType = (types: readonly string[]): Problem =>
  new Problem('unsupported_media_type', { detail: `The body must be ${types.join(', ')}` });

const empty = (): Problem => invalidField('', 'empty', 'must not be empty');
