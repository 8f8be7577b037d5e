import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from '../../common/problems.js';
import { OPTIONAL_BODY, type JsonSchema } from './openapi-schemas.js';
import { headerRef, problemResponse } from './openapi.js';

/** What all operations have in common in the API document, so that no route has to say it. */

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Exclude<NonNullable<Operation['responses'][string]>, { $ref: string }>;
type Components = NonNullable<OpenAPIObject['components']>;

export const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;
type Method = (typeof METHODS)[number];

/** What every route may answer. */
const ALWAYS: readonly ProblemCode[] = [
  'malformed_request',
  'credential_in_url',
  'blocked',
  'rate_limited',
  'method_not_allowed',
  'headers_too_large',
  'internal_error',
  'overloaded',
  'dependency_unavailable',
];
const WITH_BODY: readonly ProblemCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];

/** Headers of answers, by their names as components. */
export const HEADERS: NonNullable<Components['headers']> = {
  RequestId: {
    description: 'Names this request in logs; that of the request where it sent a good one',
    required: true,
    schema: { type: 'string', example: 'req_01k9z3v8f0abcdef' },
  },
  RateLimit: {
    description: 'What is left of each limit, `r`, and in how many seconds all is there again, `t`',
    schema: { type: 'string', example: '"claim";r=4;t=5' },
  },
  RateLimitPolicy: {
    description: 'The limits that this request counted against: `q` requests in `w` seconds',
    schema: { type: 'string', example: '"claim";q=5;w=5' },
  },
  RateLimitLimit: older('requests that the tightest of the limits allows in its window', 5),
  RateLimitRemaining: older('what is left of it', 4),
  RateLimitReset: older('seconds until all of it is there again', 5),
  IdempotentReplayed: {
    description: '`true` where this repeats the answer to an earlier request with the same key',
    schema: { type: 'string', enum: ['true'] },
  },
  RetryAfter: {
    description: 'Seconds to wait before the request is worth repeating',
    schema: { type: 'integer', format: 'int32', minimum: 1, example: 1 },
  },
};

function older(text: string, example: number) {
  return {
    description: `For clients that read an older form of these headers: ${text}`,
    schema: { type: 'integer', format: 'int32', minimum: 0, example },
  };
}

const LIMIT_HEADERS = {
  RateLimit: headerRef('RateLimit'),
  'RateLimit-Policy': headerRef('RateLimitPolicy'),
  'RateLimit-Limit': headerRef('RateLimitLimit'),
  'RateLimit-Remaining': headerRef('RateLimitRemaining'),
  'RateLimit-Reset': headerRef('RateLimitReset'),
};

export function completeOperation(
  path: string,
  method: Method,
  operation: Operation,
  components: Components,
): void {
  operation.security ??= [];
  nameScope(operation as Operation & Record<string, unknown>);
  completeBody(operation, components);
  addCommonAnswers(operation, method);
  const isLimited = path.startsWith('/v1/');
  const takesKey = operation.parameters?.some((one) => 'name' in one && one.name === 'Idempotency-Key');
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response) continue;
    response.headers = {
      'X-Request-Id': headerRef('RequestId'),
      ...(takesKey && status.startsWith('2')
        ? { 'Idempotent-Replayed': headerRef('IdempotentReplayed') }
        : {}),
      ...response.headers,
      ...(isLimited ? LIMIT_HEADERS : {}),
    };
    addExample(response, components);
  }
}

/** Key of an operation's scope while the document is made; an OAuth scheme alone could name scopes, and generators fail on extensions. */
export const SCOPE = 'x-api-key-scope';

function nameScope(operation: Operation & Record<string, unknown>): void {
  const scope = operation[SCOPE];
  if (typeof scope !== 'string') return;
  delete operation[SCOPE];
  operation.description = `${operation.description ?? ''}\n\nAPI keys need the scope \`${scope}\`.`.trim();
}

/** A body without members is none; one that may be left out is not required. */
function completeBody(operation: Operation, components: Components): void {
  const body = operation.requestBody;
  if (!body || '$ref' in body) return;
  const content = body.content['application/json'];
  const schema = content?.schema as JsonSchema | undefined;
  if (!content || !schema) return;
  if (schema[OPTIONAL_BODY] === true) {
    const { [OPTIONAL_BODY]: _mark, ...rest } = schema;
    content.schema = rest;
    body.required = false;
  }
  if (Object.keys(resolved(schema, components)['properties'] ?? {}).length === 0)
    delete operation.requestBody;
}

function addCommonAnswers(operation: Operation, method: Method): void {
  const changesByCookie = method !== 'get' && (operation.security?.length ?? 0) > 0;
  const codes: readonly ProblemCode[] = [
    ...ALWAYS,
    // A body is read before anybody knows that none is wanted.
    ...(method === 'get' ? [] : WITH_BODY),
    ...(changesByCookie ? (['csrf_refused'] as const) : []),
  ];
  for (const status of new Set(codes.map((code) => PROBLEMS[code].status))) {
    const known = operation.responses[String(status)];
    const examples =
      known && 'content' in known ? known.content?.['application/problem+json']?.examples : undefined;
    if (known && !examples) continue; // answers this status in a shape of its own
    const named = Object.keys(examples ?? {}) as ProblemCode[];
    const more = codes.filter((code) => PROBLEMS[code].status === status && !named.includes(code));
    operation.responses[String(status)] = problemResponse([...named, ...more]);
  }
}

/** The example of its schema, where tools look for one. */
function addExample(response: Response, components: Components): void {
  const content = response.content?.['application/json'];
  if (!content?.schema || content.example !== undefined || content.examples) return;
  const { example } = resolved(content.schema as JsonSchema, components);
  if (example !== undefined) content.example = example;
}

function resolved(schema: JsonSchema, components: Components): JsonSchema {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref']))?.[1];
  return name === undefined ? schema : ((components.schemas?.[name] ?? {}) as JsonSchema);
}
