import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { EVENT_TYPES, EVENTS } from '../../src/claim/index.js';
import { signedHeaders, signingKey } from '../../src/webhook/domain/signature.js';
import type { Json } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let plain: Json;
let document: Json;
/** Of the 3.1 document. */
let validator: (schema: Json) => ValidateFunction;

beforeAll(async () => {
  server = await startApp();
  plain = await server.api.expect(200, 'GET', '/openapi.json');
  document = await server.api.expect(200, 'GET', '/openapi-3.1.json');
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false });
  addFormats.default(ajv);
  ajv.addVocabulary(['components', 'discriminator']);
  ajv.addSchema({ $id: 'document', components: document.components });
  validator = (schema) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object);
});
afterAll(() => server.stop());

const component = (name: string) => validator({ $ref: `#/components/schemas/${name}` });

describe('/openapi-3.1.json', () => {
  it('has all that the 3.0 document has, and what is sent to webhooks besides', () => {
    expect(plain.openapi).toBe('3.0.3');
    expect(document.openapi).toBe('3.1.1');
    expect(Object.keys(document.paths)).toEqual(Object.keys(plain.paths));
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(Object.keys(plain.components.schemas)),
    );
    expect(Object.keys(document.webhooks)).toEqual([...EVENT_TYPES, 'batch']);
  });

  it('takes and refuses the same: each example, and each of its members as null and as another type', () => {
    const verdicts = { taken: 0, refused: 0 };
    const faults: string[] = [];
    for (const [name, schema] of Object.entries<Json>(plain.components.schemas)) {
      if (typeof schema.example !== 'object') continue;
      const [old, now] = [server.conformance.validator(name), component(name)];
      const wrong = Object.keys(schema.properties ?? {}).flatMap((key) =>
        [null, 'x', 1.5, {}].map((value) => ({ ...schema.example, [key]: value })),
      );
      for (const value of [schema.example, ...wrong]) {
        const verdict = old(value);
        verdicts[verdict ? 'taken' : 'refused'] += 1;
        if (now(value) !== verdict) faults.push(`${name}: ${JSON.stringify(value)}`);
      }
    }
    expect(faults).toEqual([]);
    expect(verdicts.taken).toBeGreaterThan(200);
    expect(verdicts.refused).toBeGreaterThan(1_000);
  });

  it('describes each event as it is sent, alone and in a batch, with its headers', () => {
    const batch = component('WebhookBatch');
    for (const type of EVENT_TYPES) {
      const { parameters, requestBody } = document.webhooks[type].post;
      const { schema, example } = requestBody.content['application/json'];
      const fits = validator(schema);
      expect(EVENTS[type].safeParse(example).error).toBeUndefined();
      expect({ type, fits: fits(example), errors: fits.errors }).toEqual({ type, fits: true, errors: null });
      expect(fits({ ...example, type: 'claim.unknown' })).toBe(false);
      const { example: sent } = document.webhooks.batch.post.requestBody.content['application/json'];
      expect(batch({ ...sent, data: { events: [example, example] } })).toBe(true);
      const headers = signedHeaders(
        example.id,
        Date.now(),
        '{}',
        ['whsec_YQ==', 'whsec_Yg=='].map(signingKey),
      );
      for (const parameter of parameters)
        expect(validator(parameter.schema)(headers[parameter.name as keyof typeof headers])).toBe(true);
      expect(parameters.map(({ name }: Json) => name).sort()).toEqual(Object.keys(headers).sort());
    }
    expect(batch({ ...document.components.schemas.WebhookBatch.examples[0], data: { events: [] } })).toBe(
      false,
    );
  });
});
