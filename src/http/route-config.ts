import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

/** A route as its controller declares it. */
export interface DeclaredRoute {
  readonly controller: abstract new (...args: never[]) => unknown;
  readonly handler: (...args: never[]) => unknown;
  /** Whether the decorator stands at the controller and not at the route itself. */
  readonly ofController: boolean;
}

/** By handler: the object that Nest hands to Fastify when the route is registered. */
const configs = new WeakMap<object, FastifyContextConfig>();

function configOf(handler: object): FastifyContextConfig {
  const known = configs.get(handler);
  if (known) return known;
  const config = {} as FastifyContextConfig;
  configs.set(handler, config);
  RouteConfig(config)(handler as never);
  return config;
}

/**
 * A decorator for a route, or for each route of a controller, that writes into the route's config (`request.routeOptions.config`), where
 * Fastify's hooks read it. Decorators of routes run before that of their controller.
 */
export const configuresRoutes =
  (write: (config: FastifyContextConfig, route: DeclaredRoute) => void): MethodDecorator & ClassDecorator =>
  (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (descriptor) {
      const { constructor } = target as { constructor: DeclaredRoute['controller'] };
      const handler = descriptor.value as DeclaredRoute['handler'];
      write(configOf(handler), { controller: constructor, handler, ofController: false });
      return;
    }
    const controller = target as DeclaredRoute['controller'];
    for (const [name, { value }] of Object.entries(
      Object.getOwnPropertyDescriptors(controller.prototype as object),
    )) {
      if (name === 'constructor' || typeof value !== 'function') continue;
      const handler = value as DeclaredRoute['handler'];
      write(configOf(handler), { controller, handler, ofController: true });
    }
  };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** See `WithoutContext`. */
    withoutContext?: true;
  }
}

/**
 * The route is answered outside `context`: nothing below it may ask for the request's id, address or user there. Before Node 24 a context
 * costs each promise of the process, which is a large part of an answer from the cache. What is refused is logged with its request's id
 * all the same.
 */
export const WithoutContext = (): MethodDecorator & ClassDecorator =>
  configuresRoutes((config) => {
    config.withoutContext = true;
  });
