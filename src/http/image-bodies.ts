import type { FastifyInstance } from 'fastify';
import { Problem } from '../common/problems.js';
import { configuresRoutes } from './route-config.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** See `TakesImage`. */
    image?: ImageBody;
  }
}

interface ImageBody {
  readonly types: readonly string[];
  readonly maxBytes: number;
}

const IMAGE = /^image\//;

/** The body of the route is a picture, and reaches its handler as a Buffer. @param maxBytes in place of BODY_LIMIT_BYTES */
export const TakesImage = (types: readonly string[], maxBytes: number): MethodDecorator & ClassDecorator =>
  configuresRoutes((config) => {
    config.image = { types, maxBytes };
  });

/** @throws Problem unsupported_media_type for any other body, none among them */
export function imageOf(body: unknown, types: readonly string[]): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw otherType(types);
}

/** Pictures are read for routes that take them, and refused before the first byte everywhere else. */
export function setUpImageBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(IMAGE, (request, payload, done) => {
    const { image } = request.routeOptions.config;
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (!image) return done(new Problem('unsupported_media_type'));
    if (!image.types.includes(type)) return done(otherType(image.types));
    const chunks: Buffer[] = [];
    let size = 0;
    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= image.maxBytes) return void chunks.push(chunk);
      payload.removeAllListeners('data').removeAllListeners('end').resume();
      done(new Problem('payload_too_large', { detail: `A picture may have ${image.maxBytes} bytes` }));
    });
    payload.on('end', () => done(null, Buffer.concat(chunks)));
    payload.on('error', (error: Error) => done(error));
  });
  // Fastify looks at Content-Length before it asks a parser.
  fastify.addHook('onRoute', (route) => {
    const image = route.config?.image;
    if (image) route.bodyLimit = image.maxBytes;
  });
}

const otherType = (types: readonly string[]): Problem =>
  new Problem('unsupported_media_type', { detail: `The body must be ${types.join(', ')}` });
