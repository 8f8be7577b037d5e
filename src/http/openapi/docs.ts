import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS } from '../../common/problems.js';
import { VERSION } from '../../common/version.js';
import { addLinks } from './openapi-links.js';
import { completeOperation, HEADERS, METHODS } from './openapi-operations.js';
import { toOpenApiSchema } from './openapi-schemas.js';
import { API_WEBHOOKS, toOpenApi31, type ApiWebhooks } from './openapi-31.js';
import { problemExample } from './openapi.js';
import { CODES, PROBLEM_SCHEMAS, problemName } from './problem-schemas.js';

const DESCRIPTION = `Merchants publish limited vouchers; a crowd claims them: first come, first served, never oversold.

**Try it here:** register with \`POST /v1/merchants\` (merchant) or \`POST /v1/auth/register\` (shopper), copy \`access_token\`,
press *Authorize* and paste it. Create a voucher, publish it, claim it as the shopper, then read the claim.

Errors are problem documents (RFC 9457) with a stable \`code\`. Times are RFC 3339 in UTC, money is in minor units as ISO 4217 counts them.`;

/** In the order of the job; every route has one of them. */
const TAGS: Readonly<Record<string, string>> = {
  Vouchers: 'Published vouchers and their remaining stock, for everybody',
  Claims: 'Claiming a unit, and following the claim until it has a code',
  'Waiting list': 'Waiting for a sold-out voucher, and accepting units that return',
  'Vouchers of a merchant': 'Creating, publishing and managing vouchers',
  'Vouchers: claims': 'Who claimed, how it went, and the proof that the numbers hold',
  'Messages to holders': 'Mails from a merchant to the holders of a voucher',
  Cancellations: 'Cancelling claims, one or many',
  Redemptions: 'Redeeming a claim at the counter, and undoing it',
  Accounts: 'Registration, logins and sessions',
  Mails: 'Mail preferences and reminders of openings',
  'API keys': 'Keys for a merchant’s own programs',
  'Test mode': 'Trying everything with a test key and made-up shoppers',
  Webhooks: 'Events sent to a merchant’s own servers, and the log of their deliveries',
  Staff: 'The staff of a merchant: invitations, roles, transfer of ownership',
  'Audit log': 'Who did what to which object, when and from where',
  Merchants: 'Registration of a merchant with its owner, and its public profile',
  Administration:
    'Users and merchants, block list, dead letters, instances and limits, for administrators of the installation',
  Operations: 'Liveness and readiness, for supervisors and load balancers',
};

/** Builds the OpenAPI document from the routes and their schemas. */
export function apiDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('VoucherConnect')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setOpenAPIVersion('3.0.3')
    .addServer('/', 'the server of this document')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addCookieAuth('vc_access', {
      type: 'apiKey',
      description: 'as `__Host-vc_access` where cookies are secure',
    })
    .addSecurity('api_key', {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'vck_live_...',
      description: 'An API key, on operations whose description names a scope',
    });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    standardSchemaConverter: toOpenApiSchema,
  });
  const components = { ...document.components, headers: HEADERS };
  components.schemas = { ...components.schemas, ...problemComponents() };
  components.examples = Object.fromEntries(
    CODES.map((code) => [code, { summary: PROBLEMS[code].title, value: problemExample(code) }]),
  );
  document.components = components;
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) completeOperation(path, method, operation, components);
    }
  }
  document.paths = inOrderOfTags(document.paths);
  addLinks(document);
  return document;
}

/** Readers meet the job first. Paths of one tag stay in the order of their modules. */
function inOrderOfTags(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  const tags = Object.keys(TAGS);
  const place = (item: OpenAPIObject['paths'][string]): number =>
    Math.min(...METHODS.flatMap((method) => item[method]?.tags ?? []).map((tag) => tags.indexOf(tag)));
  return Object.fromEntries(Object.entries(paths).sort(([, a], [, b]) => place(a) - place(b)));
}

/** `Problem` is one of the documents that the catalogue knows, told apart by `code`. */
function problemComponents(): Record<string, never> {
  const ref = (name: string): string => `#/components/schemas/${name}`;
  const schemas: Record<string, unknown> = {};
  for (const schema of PROBLEM_SCHEMAS.values())
    Object.assign(schemas, toOpenApiSchema(schema, { schemaType: 'output' })?.components);
  schemas['Problem'] = {
    oneOf: CODES.map((code) => ({ $ref: ref(problemName(code)) })),
    discriminator: {
      propertyName: 'code',
      mapping: Object.fromEntries(CODES.map((code) => [code, ref(problemName(code))])),
    },
  };
  return schemas as Record<string, never>;
}

/** The same in OpenAPI 3.1, with what is sent to webhooks. */
export const apiDocument31 = (app: NestFastifyApplication): OpenAPIObject =>
  toOpenApi31(apiDocument(app), app.get<ApiWebhooks>(API_WEBHOOKS, { strict: false }));

/** Swagger UI at /docs, the document at /openapi.json, and in OpenAPI 3.1 at /openapi-3.1.json. Each is made when it is first asked for. */
export function setUpDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'VoucherConnect API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
  SwaggerModule.setup('docs/3.1', app, () => apiDocument31(app), {
    ui: false,
    raw: ['json'],
    jsonDocumentUrl: 'openapi-3.1.json',
  });
}
