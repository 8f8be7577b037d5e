import { describe, expect, it } from '@jest/globals';
import { BadRequestException, Logger, NotFoundException, type ArgumentsHost } from '@nestjs/common';
import { z } from 'zod';
import { ProblemFilter } from '../../../../src/http/problems/problem.filter.js';
import { RouteTable } from '../../../../src/http/problems/route-table.js';
import {
  instant,
  listBody,
  pageQuery,
  plainText,
  timeZone,
  validationPipe,
} from '../../../../src/http/validation/validation.js';
import { Problem, PROBLEMS, type ProblemCode } from '../../../../src/common/problems.js';

Logger.overrideLogger(false);

interface Sent {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/** What the filter sends for an error. */
function answerTo(
  error: unknown,
  request: { url?: string; is404?: boolean; method?: string } = {},
  routes = new RouteTable(),
): Sent {
  const sent: Sent = { status: 0, headers: {}, body: {} };
  const reply = {
    code(status: number) {
      sent.status = status;
      return reply;
    },
    header(name: string, value: string) {
      sent.headers[name] = value;
      return reply;
    },
    headers(values: Record<string, string>) {
      Object.assign(sent.headers, values);
      return this;
    },
    getHeader: (name: string) => sent.headers[name],
    hasHeader: (name: string) => name in sent.headers,
    send(text: string) {
      sent.body = JSON.parse(text) as Record<string, unknown>;
      return reply;
    },
  };
  const full = { url: '/v1/things?secret=1', id: 'req_1', is404: false, method: 'GET', ...request };
  const host = { switchToHttp: () => ({ getRequest: () => full, getResponse: () => reply }) };
  new ProblemFilter(routes).catch(error, host as unknown as ArgumentsHost);
  return sent;
}

describe('the problem filter', () => {
  it.each(Object.keys(PROBLEMS) as ProblemCode[])('turns %s into its document', (code) => {
    const { status, title, retryable } = PROBLEMS[code];
    const sent = answerTo(new Problem(code, { detail: 'Why' }));
    expect(sent.status).toBe(status);
    expect(sent.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(sent.body).toMatchObject({
      title,
      status,
      code,
      retryable,
      detail: 'Why',
      instance: '/v1/things',
      request_id: 'req_1',
    });
    expect('retry-after' in sent.headers).toBe('retryAfterS' in PROBLEMS[code]);
    expect('www-authenticate' in sent.headers).toBe(status === 401);
  });

  it('adds fields, extensions and a wait rounded up to whole seconds', () => {
    const errors = [{ pointer: '/a', code: 'x', detail: 'y' }];
    const sent = answerTo(
      new Problem('not_started', { errors, retryAfterS: 2.1, extensions: { opens_at: 'then' } }),
    );
    expect(sent.headers['retry-after']).toBe('3');
    expect(sent.body).toMatchObject({ errors, opens_at: 'then' });
    expect(answerTo(new Problem('not_started', { retryAfterS: -5 })).headers['retry-after']).toBe('1');
  });

  it('tells nothing of an error that is not ours', () => {
    const sent = answerTo(new Error('SELECT password FROM users'));
    expect([sent.status, sent.body['code']]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(sent)).not.toContain('password');
    for (const odd of [undefined, null, 'text', 7, {}, { statusCode: 500 }]) {
      expect(answerTo(odd).body['code']).toBe('internal_error');
    }
  });

  it('knows errors of the framework and of a database that is away', () => {
    const cases: [unknown, ProblemCode][] = [
      [new BadRequestException(), 'malformed_request'],
      [new NotFoundException(), 'not_found'],
      [{ statusCode: 413 }, 'payload_too_large'],
      [{ statusCode: 415 }, 'unsupported_media_type'],
      [{ statusCode: 418 }, 'malformed_request'],
      [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'dependency_unavailable'],
      [
        Object.assign(new Error('x'), { driverError: { code: 'PROTOCOL_CONNECTION_LOST' } }),
        'dependency_unavailable',
      ],
    ];
    for (const [error, code] of cases) expect(answerTo(error).body['code']).toBe(code);
  });

  it('tells a wrong method from an unknown path', () => {
    const routes = new RouteTable();
    routes.add('/v1/things/:id', ['GET', 'HEAD']);
    routes.add('/v1/things/:id', ['PATCH']);
    const missing = new NotFoundException();
    const wrong = answerTo(missing, { url: '/v1/things/7?x=1', is404: true, method: 'PUT' }, routes);
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET, HEAD, PATCH']);
    for (const url of ['/v1/things', '/v1/things/7/more', '/v1/things/', '/v1/thingsX7']) {
      expect(answerTo(missing, { url, is404: true, method: 'PUT' }, routes).status).toBe(404);
    }
  });

  it('allows the methods of the path itself, not those of a pattern that it fits too', () => {
    const routes = new RouteTable();
    routes.add('/v1/*', ['OPTIONS']);
    routes.add('/v1/things/:id', ['DELETE']);
    routes.add('/v1/things/check', ['POST']);
    routes.add('/v1/:kind/parts', ['GET']);
    const allowed = (path: string) => routes.methodsOf(path);
    expect(allowed('/v1/things/check')).toEqual(['POST']);
    expect(allowed('/v1/things/7')).toEqual(['DELETE']);
    expect(allowed('/v1/things/parts')).toEqual(['DELETE']);
    expect(allowed('/v1/other/parts')).toEqual(['GET']);
    expect(allowed('/v1/other')).toEqual(['OPTIONS']);
  });
});

describe('validation', () => {
  const pipe = validationPipe();
  const problemOf = async (schema: z.ZodType, value: unknown): Promise<Problem> => {
    try {
      await pipe.transform(value, { type: 'body', schema } as never);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  };
  const pointers = async (schema: z.ZodType, value: unknown): Promise<string[]> =>
    ((await problemOf(schema, value)).options.errors ?? []).map((error) => error.pointer);

  it('gives on what fits, parsed', async () => {
    const schema = z.strictObject({ n: z.coerce.number() });
    expect(await pipe.transform({ n: '5' }, { type: 'query', schema } as never)).toEqual({ n: 5 });
  });

  it('points at each field, deep ones and elements of lists, after RFC 6901', async () => {
    const schema = z.strictObject({ a: z.object({ 'x/y~z': z.string() }), list: z.array(z.int()) });
    expect(await pointers(schema, { a: { 'x/y~z': 1 }, list: [1, 'two', 3] })).toEqual([
      '/a/x~1y~0z',
      '/list/1',
    ]);
    expect((await problemOf(schema, 'text')).code).toBe('validation_failed');
    expect(await pointers(schema, 'text')).toEqual(['']);
  });

  it('names each unknown field by itself', async () => {
    const problem = await problemOf(z.strictObject({ a: z.strictObject({}) }), {
      a: { b: 1, 'c/d': 2 },
      e: 3,
    });
    expect(problem.options.errors).toEqual(
      expect.arrayContaining(
        ['/a/b', '/a/c~1d', '/e'].map((pointer) => ({
          pointer,
          code: 'unknown_field',
          detail: expect.any(String),
        })),
      ),
    );
  });

  it('takes text of people as it is, trimmed, without control characters and halves of characters', () => {
    const text = plainText(1, 5);
    expect(text.parse(' 茶🍵\n ')).toBe('茶🍵');
    for (const wrong of ['', '  ', 'a\u0000', '\u007f', 'a\u001b[', 'a\ud83c', '123456']) {
      expect(text.safeParse(wrong).success).toBe(false);
    }
  });

  it('takes times with an offset and no others', () => {
    for (const good of ['2030-01-01T12:00:00Z', '2030-01-01T12:00:00.123+08:00', '1970-01-01T00:00:00Z']) {
      expect(instant().safeParse(good).success).toBe(true);
    }
    for (const wrong of [
      '2030-01-01T12:00:00',
      '2030-01-01',
      '2030-13-01T00:00:00Z',
      '1969-12-31T23:59:59Z',
      'now',
      5,
    ]) {
      expect(instant().safeParse(wrong).success).toBe(false);
    }
  });

  it('takes time zones that exist', () => {
    for (const good of ['UTC', 'Asia/Shanghai', 'Europe/Berlin'])
      expect(timeZone().safeParse(good).success).toBe(true);
    for (const wrong of ['', 'Mars/Olympus', 'UTC\u0000', 'x'.repeat(65)])
      expect(timeZone().safeParse(wrong).success).toBe(false);
  });

  it('bounds the length of every list', () => {
    const query = pageQuery({});
    expect(query.parse({})).toEqual({ limit: 20 });
    expect(query.parse({ limit: '100' })).toEqual({ limit: 100 });
    for (const limit of ['0', '101', '-1', '1.5', 'x', '', ['1', '2']])
      expect(query.safeParse({ limit }).success).toBe(false);
    expect(listBody('/x', 2, [1, 2, 3])).toEqual({ object: 'list', url: '/x', has_more: true, data: [1, 2] });
    expect(listBody('/x', 2, [1, 2])).toMatchObject({ has_more: false, data: [1, 2] });
  });
});
