import { expect } from '@jest/globals';
import { PROBLEMS, type ProblemCode } from '../../src/common/problems.js';
import type { Answer } from './api.js';

/** Holds an answer against RFC 9457 and our catalogue. */
export function expectProblem(answer: Answer, code: ProblemCode, pointers?: readonly string[]): void {
  const { status, headers, body } = answer;
  expect({ status, code: body?.code, text: answer.text.slice(0, 500) }).toMatchObject({
    status: PROBLEMS[code].status,
    code,
  });
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(body).toMatchObject({
    type: expect.stringContaining(code),
    title: PROBLEMS[code].title,
    status,
    detail: expect.any(String),
    instance: expect.stringMatching(/^\//),
    request_id: headers.get('x-request-id'),
    retryable: expect.any(Boolean),
  });
  if (status === 503 || status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  if (!pointers) return;
  const named = new Set(body.errors?.map((error: { pointer: string }) => error.pointer));
  expect([...named]).toEqual(pointers);
}
