import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { PROBLEM_MEMBER_EXAMPLES, problemSchema } from '../../../../src/http/openapi/problem-schemas.js';
import { clientError } from '../../../../src/http/problems/problem.filter.js';
import {
  problemAnswer,
  problemMessage,
  problemText,
} from '../../../../src/http/problems/problem-document.js';
import { Problem, PROBLEMS, type ProblemCode } from '../../../../src/common/problems.js';

const parse = (text: string) => problemSchema.parse(JSON.parse(text));

describe('a problem document', () => {
  it.each(Object.keys(PROBLEMS) as ProblemCode[])('of %s has all members of the schema', (code) => {
    const { status, title, retryable } = PROBLEMS[code];
    const extensions = PROBLEM_MEMBER_EXAMPLES[code];
    // Twice, as what always reads the same is kept.
    for (const [path, id] of [
      ['/v1/a?secret=1', 'req_1'],
      ['/v1/b', 'req_2'],
    ] as const) {
      const answer = problemAnswer(new Problem(code, extensions ? { extensions } : {}), id, path);
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json; charset=utf-8',
        'x-request-id': id,
        ...(status === 503 || status === 429 ? { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) } : {}),
        ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      });
      expect(parse(answer.body())).toEqual({
        type: `/problems/${code}`,
        title,
        status,
        detail: title,
        instance: path.replace('?secret=1', ''),
        code,
        request_id: id,
        retryable,
        ...extensions,
      });
    }
  });

  it('keeps apart what is said of one request alone', () => {
    const errors = [{ pointer: '/a', code: 'x', detail: 'a "quoted" text' }];
    const problem = new Problem('validation_failed', { detail: 'Why', errors, extensions: { more: 1 } });
    expect(JSON.parse(problemAnswer(problem, 'req_1', '/v1/"x"\\').body())).toMatchObject({
      detail: 'Why',
      errors,
      more: 1,
      instance: '/v1/"x"\\',
    });
    const other = JSON.parse(problemAnswer(new Problem('validation_failed'), 'req_2', '/v1/x').body());
    expect(other).toMatchObject({ detail: PROBLEMS.validation_failed.title });
    expect(other).not.toHaveProperty('errors');
  });

  it.each<[what: string, problem: () => Problem]>([
    ['reads the same each time', () => new Problem('overloaded')],
    [
      'has members of its own',
      () => new Problem('claim_limit_reached', { extensions: { claim_id: 'clm_1' } }),
    ],
    ['says when to come again', () => new Problem('overloaded', { retryAfterS: 7 })],
    ['has headers of its own', () => new Problem('rate_limited', { headers: { 'ratelimit-limit': '5' } })],
    ['names the scheme', () => new Problem('unauthenticated')],
  ])('is the same as text where it %s', (_, problem) => {
    for (const url of ['/v1/vouchers/vch_1/claims', '/v1/a?secret=1', '/v1/"x"\\', '/v1/\u00e9'])
      for (const id of ['req_1', 'req_2']) {
        const { status, headers, body } = problemAnswer(problem(), id, url);
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        const text = problemText(problem(), id, url);
        expect(text).toEqual({ status, head: lines.join(''), body: body() });
        expect(JSON.parse(text.body)).toMatchObject({ instance: url.replace(/\?.*/, ''), request_id: id });
      }
  });

  it('is a whole message where there is no response to write it to', () => {
    const [head, body] = problemMessage(new Problem('malformed_request'), 'req_1', '/').split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head).toMatch(new RegExp(`\r\ncontent-length: ${body?.length}\r\n`));
    expect(head).toMatch(/\r\nconnection: close$/);
    expect(parse(body ?? '')).toMatchObject({
      code: 'malformed_request',
      instance: '/',
      request_id: 'req_1',
    });
  });
});

it.each([
  ['no HTTP at all', 'NONSENSE\r\n\r\n', 'malformed_request'],
  ['headers without an end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`, 'headers_too_large'],
])('%s is refused by a whole document', async (_what, sent, code) => {
  const server = createServer((_request, response) => response.end());
  server.on('clientError', clientError);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let got = '';
  socket.on('data', (data) => (got += data.toString()));
  socket.on('error', () => undefined);
  socket.write(sent);
  await new Promise((resolve) => socket.once('close', resolve));
  server.close();
  const [head = '', body = ''] = got.split('\r\n\r\n');
  expect(parse(body)).toMatchObject({ code, status: PROBLEMS[code as ProblemCode].status });
  expect(head).toContain(`x-request-id: ${parse(body).request_id}`);
});

it('the gateway’s own refusals have the same members', () => {
  const template = readFileSync('docker/nginx/problems.conf.template', 'utf8');
  const document = /default '(\{"type".*\})';/.exec(template)?.[1] ?? '';
  const filled = document
    .replace('$problem_retryable', 'true')
    .replaceAll('$problem_code', 'rate_limited')
    .replace('"status":$status', '"status":429')
    .replaceAll(/\$\w+/g, 'text');
  expect(parse(filled)).toMatchObject({ code: 'rate_limited', instance: 'text', request_id: 'text' });
});
