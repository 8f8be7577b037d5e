import { describe, expect, it } from '@jest/globals';
import { schema31, toOpenApi31 } from '../../../../src/http/openapi/openapi-31.js';

const ref = { $ref: '#/components/schemas/FaceValue' };

describe('schema31', () => {
  it.each([
    ['a type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['no null', { type: 'string', nullable: false }, { type: 'string' }],
    [
      'an enum, which has to name null',
      { type: 'string', nullable: true, enum: ['en', 'zh'] },
      { type: ['string', 'null'], enum: ['en', 'zh', null] },
    ],
    [
      'a reference, whose own type would refuse null',
      { type: 'object', nullable: true, description: 'or none', allOf: [ref] },
      { description: 'or none', oneOf: [ref, { type: 'null' }] },
    ],
    [
      'several schemas of which each has to hold',
      { type: 'object', nullable: true, allOf: [ref, { minProperties: 1 }] },
      { oneOf: [{ allOf: [ref, { minProperties: 1 }] }, { type: 'null' }] },
    ],
    [
      'bounds that are left out',
      { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: true },
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 9 },
    ],
    [
      'bounds that are not',
      { type: 'number', minimum: 0, exclusiveMinimum: false },
      { type: 'number', minimum: 0 },
    ],
    ['an example', { type: 'integer', example: 0 }, { type: 'integer', examples: [0] }],
  ])('has %s', (_what, schema, expected) => {
    expect(schema31(schema)).toEqual(expected);
  });

  it('goes into members, items and what is mapped, and takes names for names and data for data', () => {
    const inner = { type: 'string', nullable: true };
    const data = { nullable: true, example: 1, type: 'object' };
    expect(
      schema31({
        type: 'object',
        properties: { nullable: inner, example: { type: 'array', items: inner } },
        additionalProperties: inner,
        default: data,
        example: data,
      }),
    ).toEqual({
      type: 'object',
      properties: {
        nullable: { type: ['string', 'null'] },
        example: { type: 'array', items: { type: ['string', 'null'] } },
      },
      additionalProperties: { type: ['string', 'null'] },
      default: data,
      examples: [data],
    });
  });

  it('does not guess what null would be beside', () => {
    expect(() => schema31({ nullable: true })).toThrow('nullable without a type');
  });
});

describe('toOpenApi31', () => {
  it('converts schemas wherever they are, and bytes have none', () => {
    const document = {
      openapi: '3.0.3',
      info: { title: 'x', version: '1' },
      paths: {
        '/v1/x': {
          put: {
            parameters: [{ name: 'n', in: 'query', schema: { type: 'string', nullable: true } }],
            requestBody: { content: { 'image/png': { schema: { type: 'string', format: 'binary' } } } },
            responses: {
              200: {
                headers: { Age: { schema: { type: 'integer', example: 1 } } },
                content: { 'application/json': { schema: ref, example: { schema: { nullable: true } } } },
              },
            },
          },
        },
      },
      components: { schemas: { FaceValue: { type: 'object', nullable: true } } },
    };
    const webhooks = { 'claim.issued': { post: {} } };
    expect(toOpenApi31(document as never, { webhooks, schemas: { ClaimIssuedEvent: { const: 1 } } })).toEqual(
      {
        openapi: '3.1.1',
        info: { title: 'x', version: '1' },
        webhooks,
        paths: {
          '/v1/x': {
            put: {
              parameters: [{ name: 'n', in: 'query', schema: { type: ['string', 'null'] } }],
              requestBody: { content: { 'image/png': {} } },
              responses: {
                200: {
                  headers: { Age: { schema: { type: 'integer', examples: [1] } } },
                  content: { 'application/json': { schema: ref, example: { schema: { nullable: true } } } },
                },
              },
            },
          },
        },
        components: {
          schemas: { FaceValue: { type: ['object', 'null'] }, ClaimIssuedEvent: { const: 1 } },
        },
      },
    );
  });

  it('refuses a name that two schemas would have', () => {
    const document = { openapi: '3.0.3', paths: {}, components: { schemas: { Wave: { type: 'object' } } } };
    expect(() => toOpenApi31(document as never, { webhooks: {}, schemas: { Wave: {} } })).toThrow('Wave');
  });
});
