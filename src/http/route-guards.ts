import type { CanActivate, Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Problem } from '../common/problems.js';
import { addPreHandlers } from './pre-handlers.js';
import { configuresRoutes, type DeclaredRoute } from './route-config.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    guards?: RouteGuards;
  }
}

interface RouteGuards {
  readonly route: DeclaredRoute;
  readonly guards: readonly Type<CanActivate>[];
}

/**
 * Who may call a route, in this order; those of a controller before those of its routes. They run as a hook before the handler, so that
 * the hooks after them know the user. `UseGuards` would run them inside of Nest's handler. Each must be a provider of its module.
 */
export const GuardedBy = (...guards: readonly Type<CanActivate>[]): MethodDecorator & ClassDecorator =>
  configuresRoutes((config, route) => {
    const others = config.guards?.guards ?? [];
    config.guards = { route, guards: route.ofController ? [...guards, ...others] : [...others, ...guards] };
  });

/** Runs the guards that `GuardedBy` names. Before the hooks that ask who the user is. */
export function setUpRouteGuards(app: NestFastifyApplication): void {
  addPreHandlers(app, ({ guards: guarded }) => {
    if (!guarded) return undefined;
    const { route } = guarded;
    // Guards of modules that are not there yet: the first request asks for them.
    let guards: readonly CanActivate[] | undefined;
    return (request, reply) => {
      guards ??= guarded.guards.map((guard) => app.get(guard));
      const execution = new ExecutionContextHost([request, reply], route.controller as Type, route.handler);
      return admit(guards, execution, 0);
    };
  });
}

/** One guard after the other; without a promise as long as they need none. @throws Problem forbidden, or what a guard throws */
function admit(
  guards: readonly CanActivate[],
  execution: ExecutionContextHost,
  first: number,
): Promise<void> | undefined {
  for (let index = first; index < guards.length; index++) {
    const admitted = guards[index]?.canActivate(execution);
    if (typeof admitted !== 'boolean')
      return settled(admitted).then(() => admit(guards, execution, index + 1));
    if (!admitted) throw new Problem('forbidden');
  }
  return undefined;
}

async function settled(admitted: ReturnType<CanActivate['canActivate']> | undefined): Promise<void> {
  if ((await admitted) !== true) throw new Problem('forbidden');
}
