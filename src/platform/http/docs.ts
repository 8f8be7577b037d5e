import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../../shared/problems.js';
import { problemResponse } from './openapi.js';

const DESCRIPTION = `Merchants publish limited vouchers; a crowd claims them: first come, first served, never oversold.

**Try it here:** register with \`POST /v1/merchants\` (merchant) or \`POST /v1/auth/register\` (shopper), copy \`access_token\`,
press *Authorize*, paste it. Create a voucher, publish it, claim it as the shopper, look at the claim.

Errors are problem documents (RFC 9457) with a stable \`code\`. Times are RFC 3339 in UTC, money is in minor units.`;

/** The problem document, RFC 9457: what every layer's refusals are held against. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(Object.keys(PROBLEMS) as [string, ...string[]]),
  request_id: z.string(),
  retryable: z.boolean(),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
});

/** Builds the OpenAPI document from the routes and their schemas. */
export function apiDocument(app: NestFastifyApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('VoucherConnect')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addCookieAuth('vc_access', {
      type: 'apiKey',
      description: 'as `__Host-vc_access` where cookies are secure',
    })
    .build();
  const document = SwaggerModule.createDocument(app, options);
  const { $schema: _schema, ...problem } = z.toJSONSchema(problemSchema, { target: 'openapi-3.0' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problem as never },
  };
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation) addCommonAnswers(operation, method);
    }
  }
  return document;
}

const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

/** What every route may answer, so that no route has to say it. */
const ALWAYS: readonly ProblemCode[] = [
  'malformed_request',
  'blocked',
  'rate_limited',
  'method_not_allowed',
  'headers_too_large',
  'internal_error',
  'overloaded',
  'dependency_unavailable',
];
const WITH_BODY: readonly ProblemCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type'];

function addCommonAnswers(operation: Operation, method: (typeof METHODS)[number]): void {
  const changesByCookie = method !== 'get' && (operation.security?.length ?? 0) > 0;
  const codes: readonly ProblemCode[] = [
    ...ALWAYS,
    ...(operation.requestBody ? WITH_BODY : []),
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

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** Swagger UI at /docs, the document at /openapi.json. */
export function setUpDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'VoucherConnect API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
