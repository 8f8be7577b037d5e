import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Answer, Json } from './api.js';

/** Headers that an answer has only where the document says so. */
const DOCUMENTED = [
  'etag',
  'idempotent-replayed',
  'location',
  'ratelimit',
  'ratelimit-limit',
  'ratelimit-policy',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'x-request-id',
];

/** What the server is not asked by this document: pages, and the document itself. */
const IS_API = /^\/(v1\/|healthz$|readyz$)/;

/**
 * Holds answers against the API document as the strictest client would: every status, type, header and code has to be
 * named, and a body may have no member that its schema does not name.
 */
export class Conformance {
  /** Operations that have succeeded, and codes of problems that were answered. */
  readonly succeeded = new Set<string>();
  readonly codes = new Set<string>();
  private readonly document: Json;
  private readonly routes: readonly { readonly path: RegExp; readonly item: Json }[];
  private readonly ajv = new Ajv({
    strict: true,
    strictRequired: false,
    allErrors: true,
    discriminator: true,
  });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(document: OpenAPIObject) {
    this.document = JSON.parse(JSON.stringify(document));
    addFormats.default(this.ajv);
    for (const [name, schema] of Object.entries(this.document.components.schemas))
      this.ajv.addSchema(strictly(schema) as object, name);
    // Longer templates with fewer parameters first: `/v1/me/sessions` is no `/v1/{x}/sessions`.
    this.routes = Object.entries<Json>(this.document.paths)
      .sort(([a], [b]) => parameters(a) - parameters(b))
      .map(([path, item]) => ({ path: pattern(path), item }));
  }

  /** @throws Error that says what the document does not have */
  check(method: string, url: string, answer: Answer): void {
    const path = url.split('?')[0] ?? '';
    if (!IS_API.test(path)) return;
    const operation = this.operation(method, path);
    const where = `${method} ${path} ${answer.status}`;
    if (operation) this.checkOperation(operation, answer, where);
    else if (answer.status >= 400) this.checkBody('Problem', answer, where);
  }

  private operation(method: string, path: string): Json {
    const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
    return this.routes.find((route) => route.path.test(path) && route.item[asked])?.item[asked];
  }

  private checkOperation(operation: Json, answer: Answer, where: string): void {
    const response = operation.responses[String(answer.status)];
    if (!response) throw new Error(`${where}: ${operation.operationId} documents no such status`);
    this.checkHeaders(response, answer, where);
    if (answer.status < 300) this.succeeded.add(operation.operationId);
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    if (answer.text === '') return;
    const content = response.content?.[type];
    if (!content) throw new Error(`${where}: answers ${type}, which is not documented`);
    if (!type.includes('json')) return;
    const name = /#\/components\/schemas\/(.+)$/.exec(content.schema.$ref ?? '')?.[1];
    if (name === undefined) throw new Error(`${where}: its schema has no name`);
    this.checkBody(name, answer, where);
    if (name !== 'Problem') return;
    const { code } = answer.body as { code: string };
    this.codes.add(code);
    if (!(code in content.examples))
      throw new Error(`${where}: ${operation.operationId} documents no ${code}`);
  }

  private checkHeaders(response: Json, answer: Answer, where: string): void {
    const named = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
    const unnamed = DOCUMENTED.filter((name) => answer.headers.has(name) && !named.has(name));
    if (unnamed.length > 0)
      throw new Error(`${where}: headers that are not documented: ${unnamed.join(', ')}`);
    // What could not be read is answered on the bare socket, before there is a request.
    if (answer.status !== 431 && !answer.headers.has('x-request-id'))
      throw new Error(`${where}: has no X-Request-Id`);
  }

  private checkBody(name: string, answer: Answer, where: string): void {
    const validate = this.validator(name);
    if (validate(answer.body)) return;
    const errors = validate.errors?.map((error) => `${error.instancePath} ${error.message}`).join('; ');
    throw new Error(`${where}: is no ${name}: ${errors}\n${answer.text}`);
  }

  /** @param name of a schema of the document */
  validator(name: string): ValidateFunction {
    const known = this.validators.get(name);
    if (known) return known;
    const made = this.ajv.getSchema(name);
    if (!made) throw new Error(`the document has no schema ${name}`);
    this.validators.set(name, made);
    return made;
  }
}

const parameters = (path: string): number => path.split('{').length;

const pattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

/** OpenAPI 3.0 as JSON Schema, with every object closed. */
function strictly(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strictly);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, example: _example, discriminator, ...rest } = schema as Json;
  const strict: Json = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => {
      if (key === 'enum' || key === 'default' || key === 'required') return [key, value];
      if (key === '$ref') return [key, String(value).replace('#/components/schemas/', '')];
      if (key !== 'properties') return [key, strictly(value)];
      return [
        key,
        Object.fromEntries(Object.entries(value as Json).map(([name, one]) => [name, strictly(one)])),
      ];
    }),
  );
  if (discriminator) {
    strict.discriminator = { propertyName: discriminator.propertyName };
    strict.type = 'object';
    strict.required = [discriminator.propertyName];
  }
  if (strict.properties) strict.additionalProperties ??= false;
  return nullable ? { anyOf: [strict, { type: 'null' }] } : strict;
}
