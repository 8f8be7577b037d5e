import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../../shared/problems.js';

/**
 * Documents the refusals of a route: one response for each status, with the codes and an example of each. The test of the
 * API document finds a code that no route names, and a route that answers a code it does not name.
 */
export function Refuses(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const status = PROBLEMS[code].status;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return applyDecorators(
    ...[...byStatus].map(([status, list]) =>
      ApiResponse({
        status,
        description: list.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('\n\n'),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(list.map((code) => [code, { value: problemExample(code) }])),
          },
        },
        ...(status === 503 || status === 429
          ? { headers: { 'Retry-After': { description: 'seconds to wait', schema: { type: 'integer' } } } }
          : {}),
      }),
    ),
  );
}

export const problemExample = (code: ProblemCode) => ({
  type: `/problems/${code}`,
  title: PROBLEMS[code].title,
  status: PROBLEMS[code].status,
  detail: PROBLEMS[code].title,
  instance: '/v1/...',
  code,
  request_id: 'req_01k9z3v8f0abcdef',
  retryable: PROBLEMS[code].retryable,
});

/** Documents the answer of a route by the same schema that tests hold it against. */
export function Answers(
  status: number,
  description: string,
  schema?: z.ZodType,
  headers: Readonly<Record<string, string>> = {},
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    ...(schema ? { standardSchema: schema as never } : {}),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
    ),
  });
}

/** Documents the optional `Idempotency-Key` header. */
export const AcceptsIdempotencyKey = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'At most 255 characters. The same key and body within 24 h replay the first answer.',
    schema: { type: 'string', maxLength: 255 },
  });
