import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { PROBLEMS } from '../../shared/problems.js';

const DESCRIPTION = `Merchants publish limited vouchers; a crowd claims them: first come, first served, never oversold.

**Try it here:** register with \`POST /v1/merchants\` (merchant) or \`POST /v1/auth/register\` (shopper), copy \`access_token\`,
press *Authorize*, paste it. Create a voucher, publish it, claim it as the shopper, look at the claim.

Errors are problem documents (RFC 9457) with a stable \`code\`. Times are RFC 3339 in UTC, money is in minor units.`;

/** The problem document, RFC 9457. */
const problemSchema = z.object({
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
    .build();
  const document = SwaggerModule.createDocument(app, options);
  const { $schema: _schema, ...problem } = z.toJSONSchema(problemSchema, { target: 'openapi-3.0' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problem as never },
  };
  return document;
}

/** Swagger UI at /docs, the document at /openapi.json. */
export function setUpDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'VoucherConnect API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
