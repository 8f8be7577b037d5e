import 'reflect-metadata';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiQuery, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { Problem, PROBLEMS, type ProblemCode } from '../../common/problems.js';
import { problemAnswer } from '../problems/problem-document.js';
import { inputSchema } from './openapi-schemas.js';
import { PROBLEM_MEMBER_EXAMPLES } from './problem-schemas.js';

/**
 * Documents the refusals of a route: one response for each status, with the codes and an example of each. The test of the
 * API document finds a code that no route names, and a route that answers a code it does not name.
 */
export function Refuses(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  return (target: object, property?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const method = (descriptor?.value ?? target) as object;
    // Several decorators of one route add up; Swagger joins descriptions but lets the last examples win.
    const known = (Reflect.getMetadata(REFUSED, method) as ProblemCode[] | undefined) ?? [];
    const fresh = codes.filter((code) => !known.includes(code));
    const all = [...known, ...fresh];
    Reflect.defineMetadata(REFUSED, all, method);
    for (const status of new Set(fresh.map((code) => PROBLEMS[code].status))) {
      const ofStatus = (code: ProblemCode) => PROBLEMS[code].status === status;
      const response = problemResponse(all.filter(ofStatus));
      const decorate = ApiResponse({
        status,
        ...response,
        description: describeCodes(fresh.filter(ofStatus)),
      });
      if (descriptor && property !== undefined) decorate(target, property, descriptor);
      else (decorate as ClassDecorator)(target as never);
    }
  };
}

const REFUSED = Symbol('refused');

const describeCodes = (codes: readonly ProblemCode[]): string =>
  codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('\n\n');

/** A header of `components.headers`, as answers name it. */
export const headerRef = (name: string) => ({ $ref: `#/components/headers/${name}` });

/** The documented answer for codes of one status. */
export function problemResponse(codes: readonly ProblemCode[]) {
  const waits = codes.some((code) => PROBLEMS[code].retryable || code === 'blocked'); // a block may end
  return {
    description: describeCodes(codes),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        // One example for each code: it is what they are told apart by.
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
    ...(waits ? { headers: { 'Retry-After': headerRef('RetryAfter') } } : {}),
  };
}

/** The example of `components.examples` that all answers with this code name. */
export function problemExample(code: ProblemCode): unknown {
  const problem = new Problem(code, { extensions: PROBLEM_MEMBER_EXAMPLES[code] ?? {} });
  return JSON.parse(problemAnswer(problem, 'req_01k9z3v8f0abcdef', '/v1/...').body());
}

/** Documents the query of a route that reads it by this schema itself, without `@Query`. */
export function AsksQuery(schema: z.ZodType): MethodDecorator {
  const { properties = {}, required = [] } = inputSchema(schema);
  return applyDecorators(
    ...Object.entries(properties).map(([name, property]) =>
      ApiQuery({ name, required: required.includes(name), schema: property }),
    ),
  );
}

/** Documents the answer of a route by the same schema that tests hold it against. */
export function Answers(
  status: number,
  description: string,
  schema?: z.ZodType,
  /** Name -> what it says. */
  headers: Readonly<Record<string, string>> = {},
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    ...(schema ? { standardSchema: schema as never } : {}),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [
        name,
        { description: text, schema: { type: 'string' } },
      ]),
    ),
  });
}

/** Documents the optional `Idempotency-Key` header. */
export const AcceptsIdempotencyKey = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'At most 255 characters. The same key and body within 24 h replay the first answer.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  });
