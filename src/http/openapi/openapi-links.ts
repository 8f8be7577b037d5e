import type { OpenAPIObject } from '@nestjs/swagger';
import { METHODS, type Operation } from './openapi-operations.js';

const VOUCHERS = ['/v1/vouchers', '/v1/merchants/me/vouchers'];
const CLAIMS = ['/v1/claims'];
/** Where an object is found that is not, or not only, below the path where it is made. */
const FOUND_AT: Readonly<Record<string, readonly string[]>> = {
  '/v1/vouchers': VOUCHERS,
  '/v1/vouchers/{id}/clone': VOUCHERS,
  '/v1/vouchers/{id}/claims': CLAIMS,
  '/v1/vouchers/{id}/waiting-list/accept': CLAIMS,
  '/v1/claim-links/{token}': CLAIMS,
};

/**
 * Says of each POST that makes an object what can be done with it: all operations that take the object in their path, with the `id` of the answer. Tools
 * that try chains of requests follow them, and nobody has to keep a list of them.
 */
export function addLinks(document: OpenAPIObject): void {
  for (const [path, { post }] of Object.entries(document.paths)) {
    if (!post) continue;
    for (const [status, response] of Object.entries(post.responses)) {
      if (!/^2/.test(status) || !response || '$ref' in response) continue;
      if (!hasId(document, response.content?.['application/json']?.schema)) continue;
      const links: Links = {};
      for (const collection of FOUND_AT[path] ?? [path]) Object.assign(links, linksTo(document, collection));
      if (Object.keys(links).length > 0) response.links = links;
    }
  }
}

type Links = NonNullable<Exclude<Operation['responses'][string], { $ref: string } | undefined>['links']>;

function linksTo(document: OpenAPIObject, collection: string): Links {
  const links: Links = {};
  for (const [path, item] of Object.entries(document.paths)) {
    const [, name, rest] = path.startsWith(`${collection}/`)
      ? (/^\{(\w+)\}(\/.*)?$/.exec(path.slice(collection.length + 1)) ?? [])
      : [];
    if (name === undefined || rest?.includes('{')) continue;
    const outer = parametersOf(collection).map((one) => [one, `$request.path.${one}`]);
    for (const method of METHODS) {
      const { operationId } = item[method] ?? {};
      if (operationId === undefined) continue;
      const parameters = Object.fromEntries([...outer, [name, '$response.body#/id']]) as Record<
        string,
        string
      >;
      links[operationId] = { operationId, parameters };
    }
  }
  return links;
}

const parametersOf = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name));

function hasId(document: OpenAPIObject, schema: unknown): boolean {
  const name = /^#\/components\/schemas\/(.+)$/.exec(
    String((schema as { $ref?: string } | undefined)?.$ref),
  )?.[1];
  const named = name === undefined ? undefined : document.components?.schemas?.[name];
  return named !== undefined && 'properties' in named && named.properties?.['id'] !== undefined;
}
