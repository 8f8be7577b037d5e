import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROBLEMS } from '../../src/common/problems.js';
import { ROOT } from '../../src/common/root.js';
import type { Json } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let document: Json;
interface Operation {
  readonly name: string;
  readonly body: Json;
}
let operations: Operation[];

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

beforeAll(async () => {
  server = await startApp();
  document = await server.api.expect(200, 'GET', '/openapi.json');
  operations = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      body: item[method],
    })),
  );
});
afterAll(() => server.stop());

function walk(
  node: unknown,
  visit: (object: Record<string, unknown>, path: string) => void,
  path = '#',
): void {
  if (Array.isArray(node)) node.forEach((item, index) => walk(item, visit, `${path}/${index}`));
  else if (typeof node === 'object' && node !== null) {
    visit(node as Record<string, unknown>, path);
    for (const [key, value] of Object.entries(node)) walk(value, visit, `${path}/${key}`);
  }
}

const resolve = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Json>((node, part) => node?.[part], document);

const nameOf = (schema: Json): string => schema.$ref.replace('#/components/schemas/', '');

const codesOf = (response: Json): string[] =>
  Object.keys(response?.content?.['application/problem+json']?.examples ?? {});

describe('/openapi.json', () => {
  it('is an OpenAPI 3 document whose references all lead somewhere', async () => {
    expect(document.openapi).toMatch(/^3\.\d+\.\d+$/);
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(document.info).toMatchObject({ title: expect.any(String), version });
    const broken: string[] = [];
    walk(document, (object, path) => {
      const ref = object['$ref'];
      if (typeof ref === 'string' && (!ref.startsWith('#/') || resolve(ref) === undefined))
        broken.push(`${path}: ${ref}`);
    });
    expect(broken).toEqual([]);
  });

  it('has no schema that says nothing of a body or an answer', () => {
    const empty: string[] = [];
    for (const { name, body } of operations) {
      for (const [status, response] of Object.entries<Json>(body.responses)) {
        for (const [type, { schema }] of Object.entries<Json>(response.content ?? {})) {
          if (!schema || Object.keys(schema).length === 0) empty.push(`${name} ${status} ${type}`);
        }
      }
      for (const [type, { schema }] of Object.entries<Json>(body.requestBody?.content ?? {})) {
        if (!schema || Object.keys(schema).length === 0) empty.push(`${name} ${type}`);
      }
    }
    expect(empty).toEqual([]);
  });

  it('names for each operation a summary, tags, an id of its own, and an answer that succeeds', () => {
    const lacking = operations
      .filter(
        ({ body }) =>
          !body.summary || !body.tags?.length || !Object.keys(body.responses).some((s) => /^2/.test(s)),
      )
      .map(({ name }) => name);
    expect(lacking).toEqual([]);
    const ids = operations.map(({ body }) => body.operationId);
    expect(new Set(ids).size).toBe(operations.length);
  });

  it('names each operation by a verb and a noun, under tags that it describes, in the order of the job', () => {
    const odd = operations.filter(({ body }) => !/^[a-z]+([A-Z][a-z]+)+$/.test(body.operationId));
    expect(odd.map(({ name, body }) => `${name}: ${body.operationId}`)).toEqual([]);
    const tags = document.tags.map((tag: Json) => tag.name);
    expect(document.tags.filter((tag: Json) => !tag.description)).toEqual([]);
    const unknown = operations.filter(({ body }) => body.tags.some((tag: string) => !tags.includes(tag)));
    expect(unknown.map(({ name, body }) => `${name}: ${body.tags}`)).toEqual([]);
    expect([tags.at(0), tags.at(-1)]).toEqual(['Vouchers', 'Operations']);
    expect(tags.filter((tag: string) => !operations.some(({ body }) => body.tags.includes(tag)))).toEqual([]);
    const places = Object.values<Json>(document.paths).map((item) =>
      Math.min(...METHODS.flatMap((method) => item[method]?.tags ?? []).map((tag) => tags.indexOf(tag))),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(document.servers).toHaveLength(1);
    expect(operations.filter(({ body }) => !body.description).map(({ name }) => name)).toEqual([]);
    expect(operations.filter(({ body }) => !Array.isArray(body.security)).map(({ name }) => name)).toEqual(
      [],
    );
  });

  it('has a name for every object in a body or an answer', () => {
    const unnamed: string[] = [];
    walk(document, (schema, path) => {
      const isComponent = /^#\/components\/schemas\/\w+$/.test(path);
      if (schema['type'] === 'object' && schema['properties'] && !isComponent) unnamed.push(path);
    });
    for (const { name, body } of operations) {
      const contents: Json[] = [body.requestBody, ...Object.values(body.responses)];
      for (const schema of contents.map((content) => content?.content?.['application/json']?.schema)) {
        if (schema && !/^#\/components\/schemas\/\w+$/.test(schema.$ref)) unnamed.push(name);
      }
    }
    expect(unnamed).toEqual([]);
  });

  it('says of every integer how wide it is', () => {
    const wrong: string[] = [];
    walk(document, (schema, path) => {
      if (schema['type'] !== 'integer' || /\/examples?\//.test(path)) return;
      const { format, minimum = -Infinity, maximum = Infinity } = schema as Json;
      const fits = format === 'int64' || (minimum >= -(2 ** 31) && maximum < 2 ** 31);
      // A count that cannot come near it may leave the upper bound out.
      if (!['int32', 'int64'].includes(format) || (!fits && minimum < 0)) wrong.push(path);
      if (format === 'int32' && maximum !== Infinity && !fits) wrong.push(path);
    });
    expect(wrong).toEqual([]);
    expect(document.components.schemas.FaceValue.properties.amount.format).toBe('int64');
  });

  it('says of every time that it is one', () => {
    const plain: string[] = [];
    walk(document, (object, path) => {
      const properties = (object['type'] === 'object' ? object['properties'] : undefined) as Json;
      for (const [name, schema] of Object.entries<Json>(properties ?? {})) {
        const isTime = /(_at|_until|^as_of|^now|^at|^last_seen)$/.test(name);
        if (isTime && schema.type === 'string' && schema.format !== 'date-time')
          plain.push(`${path}/${name}`);
      }
    });
    expect(plain).toEqual([]);
  });

  it('has no form that generators of clients fail on', () => {
    const faults: string[] = [];
    walk(document, (schema, path) => {
      if (/\/examples?(\/|$)/.test(path)) return;
      if (Array.isArray(schema['enum']) && schema['enum'].includes(null))
        faults.push(`${path}: enum of null`);
      if (typeof schema['default'] === 'object') faults.push(`${path}: default that is no plain value`);
      if (schema['anyOf']) faults.push(`${path}: anyOf`);
      if (schema['$ref'] && Object.keys(schema).length > 1) faults.push(`${path}: $ref with siblings`);
      if (schema['nullable'] && !schema['type']) faults.push(`${path}: nullable without a type`);
      if (Object.keys(schema).some((key) => key.startsWith('x-'))) faults.push(`${path}: extension`);
    });
    for (const [name, schema] of Object.entries<Json>(document.components.schemas))
      if (schema.additionalProperties === false && !/(Request|Input|Owner)$/.test(name))
        faults.push(`${name}: an answer that is closed`);
    expect(faults).toEqual([]);
  });

  it('calls no schema as generators call the values of another: Rust by the field, Python by both', () => {
    const { schemas } = document.components;
    const pascal = (name: string): string =>
      name.replace(/(?:^|_)(\w)/g, (_all, first: string) => first.toUpperCase());
    const clashes = (of: string, schema: Json): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([property, value]: Json) => {
        const inner = value.items ?? value;
        if (!inner.enum && !inner.properties) return [];
        const name = of + pascal(property);
        const clash = schemas[name] || (inner.enum && pascal(property) === of) ? [name] : [];
        return [...clash, ...clashes(name, inner)];
      });
    expect(Object.entries(schemas).flatMap(([name, schema]: Json) => clashes(name, schema))).toEqual([]);
  });

  it('has an example of each answer and each body that fits its schema', () => {
    const faults: string[] = [];
    const fits = (name: string, example: unknown, where: string): void => {
      const validate = server.conformance.validator(name);
      if (!validate(example)) faults.push(`${where}: ${JSON.stringify(validate.errors)}`);
    };
    for (const { name, body } of operations) {
      const request = body.requestBody?.content['application/json']?.schema;
      if (request) fits(nameOf(request), (resolve(request.$ref) as Json).example, `${name} body`);
      for (const [status, response] of Object.entries<Json>(body.responses)) {
        const json = response.content?.['application/json'];
        if (json) fits(nameOf(json.schema), json.example, `${name} ${status}`);
      }
    }
    for (const [code, { value }] of Object.entries<Json>(document.components.examples))
      fits('Problem', value, code);
    expect(faults).toEqual([]);
  });

  it('tells of the headers of each answer', () => {
    const lacking: string[] = [];
    for (const { name, body } of operations) {
      for (const [status, response] of Object.entries<Json>(body.responses)) {
        const named = Object.keys(response.headers ?? {});
        const wanted = ['X-Request-Id'];
        const isLimited = name.includes(' /v1/');
        if (isLimited) wanted.push('RateLimit', 'RateLimit-Policy', 'RateLimit-Limit', 'RateLimit-Remaining');
        if (status === '429' || (status === '503' && !name.endsWith('/readyz'))) wanted.push('Retry-After');
        const takesKey = body.parameters?.some((p: Json) => p.name === 'Idempotency-Key');
        if (takesKey && /^2/.test(status)) wanted.push('Idempotent-Replayed');
        for (const header of wanted.filter((one) => !named.includes(one)))
          lacking.push(`${name} ${status}: ${header}`);
      }
    }
    expect(lacking).toEqual([]);
  });

  it('links what is made to every operation that takes it, by values that are there', () => {
    const takes = (operationId: string) => operations.find(({ body }) => body.operationId === operationId);
    const faults: string[] = [];
    const linked = new Set<string>();
    for (const { name, body } of operations) {
      for (const response of Object.values<Json>(body.responses)) {
        for (const { operationId, parameters } of Object.values<Json>(response.links ?? {})) {
          linked.add(operationId);
          const target = takes(operationId);
          const wanted = [...(target?.name ?? '').matchAll(/\{(\w+)\}/g)].map(([, one]) => one);
          const answer = resolve(response.content['application/json'].schema.$ref) as Json;
          const isKnown = (value: string): boolean =>
            value === '$response.body#/id'
              ? answer.required.includes('id')
              : name.includes(`{${value.slice(14)}}`);
          if (Object.keys(parameters).sort().join() !== wanted.sort().join()) faults.push(operationId);
          if (!Object.values<string>(parameters).every(isKnown)) faults.push(`${name}: ${operationId}`);
        }
      }
    }
    expect(faults).toEqual([]);
    const some = ['getOwnVoucher', 'publishVoucher', 'claimVoucher', 'getClaim', 'rollbackRedemption'];
    expect([...linked]).toEqual(expect.arrayContaining([...some, 'getWebhook', 'rotateApiKey', 'getAudit']));
  });

  it('describes a body for every POST and PATCH that needs one', () => {
    const need = [
      'POST /v1/auth/register',
      'POST /v1/auth/login',
      'POST /v1/auth/refresh',
      'POST /v1/merchants',
      'PATCH /v1/me',
      'POST /v1/vouchers',
      'PATCH /v1/vouchers/{id}',
    ];
    for (const name of need) {
      const operation = operations.find((candidate) => candidate.name === name);
      expect({ name, found: operation !== undefined }).toEqual({ name, found: true });
      const content = operation?.body.requestBody?.content?.['application/json'];
      expect({ name, schema: content?.schema }).toMatchObject({ name, schema: expect.anything() });
    }
  });

  it('names every parameter of a path', () => {
    for (const { name, body } of operations) {
      const wanted = [...name.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const named = (body.parameters ?? []).filter((p: Json) => p.in === 'path').map((p: Json) => p.name);
      expect({ name, named: named.sort() }).toEqual({ name, named: wanted.sort() });
    }
  });

  it('has a 401 with its codes where a token is needed, and a scheme for it', () => {
    const guarded = operations.filter(({ body }) => body.security?.length > 0);
    expect(guarded.length).toBeGreaterThanOrEqual(15);
    expect(Object.values<Json>(document.components.securitySchemes)).toContainEqual(
      expect.objectContaining({ type: 'http', scheme: 'bearer' }),
    );
    for (const { name, body } of guarded) {
      expect({ name, codes: codesOf(body.responses['401']) }).toMatchObject({
        name,
        codes: expect.arrayContaining(['unauthenticated', 'token_expired']),
      });
    }
  });

  it('answers 401 exactly where it says that a token is needed', async () => {
    const open = [];
    const closed = [];
    for (const { name, body } of operations) {
      const [method, path] = name.split(' ') as [string, string];
      const answer = await server.api.call(
        method,
        path.replaceAll(/\{\w+\}/g, 'x'),
        method === 'GET' ? {} : { json: {} },
      );
      const needed = body.security?.length > 0;
      const refused = answer.status === 401 && answer.body?.code === 'unauthenticated';
      if (needed && !refused) open.push(name);
      if (!needed && refused) closed.push(name);
    }
    expect({ open, closed }).toEqual({ open: [], closed: [] });
  });

  it('puts each code under its own status', () => {
    for (const { name, body } of operations) {
      for (const [status, response] of Object.entries<Json>(body.responses)) {
        for (const code of codesOf(response)) {
          expect({ name, code, status: PROBLEMS[code as keyof typeof PROBLEMS]?.status }).toEqual({
            name,
            code,
            status: Number(status),
          });
        }
      }
    }
  });

  it('tells of Retry-After with every 503', () => {
    for (const { name, body } of operations) {
      if (!body.responses['503'] || name.endsWith('/readyz')) continue;
      expect({ name, header: body.responses['503'].headers?.['Retry-After'] }).toMatchObject({
        header: expect.anything(),
      });
    }
  });
});

describe('the catalogue of problems', () => {
  it('is all in the API document, and nothing else is', () => {
    const named = new Set<string>();
    walk(document, (object) => {
      const problem = object['application/problem+json'] as
        { examples?: Record<string, unknown> } | undefined;
      for (const code of Object.keys(problem?.examples ?? {})) named.add(code);
    });
    expect([...named].filter((code) => !(code in PROBLEMS))).toEqual([]);
    expect(Object.keys(PROBLEMS).filter((code) => !named.has(code))).toEqual([]);
    const { oneOf, discriminator } = document.components.schemas.Problem;
    expect(Object.keys(discriminator.mapping).sort()).toEqual(Object.keys(PROBLEMS).sort());
    expect(Object.values(discriminator.mapping)).toEqual(oneOf.map((one: Json) => one.$ref));
    for (const [code, ref] of Object.entries<string>(discriminator.mapping))
      expect(resolve(ref)).toMatchObject({ properties: { code: { enum: [code] } } });
  });

  it('is all in docs/problems.md with its status, and nothing else is', async () => {
    const text = await readFile(join(ROOT, 'docs', 'problems.md'), 'utf8');
    const rows = text.split('\n').flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const code = /^`([a-z_]+)`$/.exec(cells[1] ?? '')?.[1];
      return code === undefined ? [] : [{ code, cells }];
    });
    expect(rows.map(({ code }) => code).sort()).toEqual(Object.keys(PROBLEMS).sort());
    for (const { code, cells } of rows) {
      const { status } = PROBLEMS[code as keyof typeof PROBLEMS];
      expect({ code, status: cells.includes(String(status)) }).toEqual({ code, status: true });
    }
  });

  it('has a Retry-After for every 503 and 429', () => {
    for (const [code, kind] of Object.entries<{ status: number; retryAfterS?: number; retryable: boolean }>(
      PROBLEMS,
    )) {
      if (kind.status !== 503 && kind.status !== 429) continue;
      expect({ code, retryable: kind.retryable, retryAfterS: kind.retryAfterS }).toEqual({
        code,
        retryable: true,
        retryAfterS: expect.any(Number),
      });
    }
  });
});
