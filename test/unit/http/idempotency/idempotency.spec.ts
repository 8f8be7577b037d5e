import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { lastValueFrom, of, throwError } from 'rxjs';
import {
  canonicalJson,
  IdempotencyInterceptor,
  type Admission,
  type IdempotencyKeys,
  type RememberedAnswer,
} from '../../../../src/http/idempotency/idempotency.js';
import { context } from '../../../../src/common/request-context.js';
import { Problem } from '../../../../src/common/problems.js';

/** A reply as far as the interceptor sees it. */
class FakeReply {
  statusCode = 201;
  readonly sent = new Map<string, string>();
  getHeader(name: string): string | undefined {
    return this.sent.get(name);
  }
  status(code: number): this {
    this.statusCode = code;
    return this;
  }
  header(name: string, value: string): this {
    this.sent.set(name, value);
    return this;
  }
  headers(all: Record<string, string>): this {
    for (const [name, value] of Object.entries(all)) this.sent.set(name, value);
    return this;
  }
}

interface Calls {
  admitted: [scope: string, key: string, request: string][];
  remembered: RememberedAnswer[];
  forgotten: number;
}

function setUp(admission: Admission, settle: () => Promise<void> = () => Promise.resolve()) {
  const calls: Calls = { admitted: [], remembered: [], forgotten: 0 };
  const keys: Pick<IdempotencyKeys, 'admit' | 'remember' | 'forget'> = {
    admit: async (...args) => {
      calls.admitted.push(args);
      return admission;
    },
    remember: async (_holder, answer) => {
      calls.remembered.push(answer);
      await settle();
    },
    forget: async () => {
      calls.forgotten += 1;
      await settle();
    },
  };
  const interceptor = new IdempotencyInterceptor(keys as IdempotencyKeys);
  const reply = new FakeReply();
  const answer = async (key: string | undefined, next: CallHandler) => {
    const request = {
      method: 'POST',
      url: '/v1/things/1?x=y',
      routeOptions: { url: '/v1/things/:id' },
      headers: key === undefined ? {} : { 'idempotency-key': key },
      body: { b: 1, a: 2 },
    };
    const http = { getRequest: () => request, getResponse: () => reply };
    return lastValueFrom(
      interceptor.intercept({ switchToHttp: () => http } as unknown as ExecutionContext, next),
    );
  };
  return { calls, reply, answer };
}

const FIRST: Admission = { kind: 'first', holder: { id: 'id', lockedUntil: 1 } };
const done: CallHandler = { handle: () => of({ id: 1 }) };

describe('idempotent routes', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('do without the key', async () => {
    const { calls, answer } = setUp(FIRST);
    expect(await answer(undefined, done)).toEqual({ id: 1 });
    expect(calls.admitted).toHaveLength(0);
  });

  it('judge by caller, route, key, whole path and canonical body', async () => {
    const { calls, answer } = setUp(FIRST);
    await answer('k', done);
    await context.run({ requestId: 'req_1', address: '127.0.0.1' }, () => {
      context.enter({ userId: 'usr_1', sessionId: 'ses_1', role: 'shopper' });
      return answer('k', done);
    });
    const request = '/v1/things/1?x=y\n{"a":2,"b":1}';
    expect(calls.admitted).toEqual([
      ['anonymous|POST /v1/things/:id', 'k', request],
      ['usr_1|POST /v1/things/:id', 'k', request],
    ]);
  });

  it('remember what succeeded, with its status, Location and ETag', async () => {
    const { calls, reply, answer } = setUp(FIRST);
    reply
      .status(202)
      .header('location', '/v1/things/1')
      .header('etag', '"3"')
      .header('x-request-id', 'req_1');
    expect(await answer('k', done)).toEqual({ id: 1 });
    expect(calls).toMatchObject({
      remembered: [{ status: 202, location: '/v1/things/1', headers: { etag: '"3"' }, body: { id: 1 } }],
      forgotten: 0,
    });
  });

  it('forget what was refused', async () => {
    const { calls, answer } = setUp(FIRST);
    const refused: CallHandler = { handle: () => throwError(() => new Problem('not_found')) };
    await expect(answer('k', refused)).rejects.toMatchObject({ code: 'not_found' });
    expect(calls).toMatchObject({ remembered: [], forgotten: 1 });
  });

  it('forget what was answered without success', async () => {
    const { calls, reply, answer } = setUp(FIRST);
    reply.status(302);
    await answer('k', done);
    expect(calls).toMatchObject({ remembered: [], forgotten: 1 });
  });

  it('give the client its answer even when it cannot be noted', async () => {
    const { answer } = setUp(FIRST, () => Promise.reject(new Error('database away')));
    expect(await answer('k', done)).toEqual({ id: 1 });
    const refused: CallHandler = { handle: () => throwError(() => new Problem('not_found')) };
    await expect(answer('k', refused)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('replay without doing anything', async () => {
    const remembered = { status: 202, location: '/v1/things/1', headers: { etag: '"3"' }, body: { id: 7 } };
    const { reply, answer } = setUp({ kind: 'replay', answer: remembered });
    const never: CallHandler = { handle: () => throwError(() => new Error('must not run')) };
    expect(await answer('k', never)).toEqual({ id: 7 });
    expect(reply.statusCode).toBe(202);
    expect(Object.fromEntries(reply.sent)).toEqual({
      etag: '"3"',
      location: '/v1/things/1',
      'idempotent-replayed': 'true',
    });
  });

  it.each(['', 'k'.repeat(256), 'a\tb', 'a\u0000b', 'a\u0085b'])('refuse the key %j', async (key) => {
    const { calls, answer } = setUp(FIRST);
    await expect(answer(key, done)).rejects.toMatchObject({
      code: 'validation_failed',
      options: { errors: [{ pointer: 'Idempotency-Key' }] },
    });
    expect(calls.admitted).toHaveLength(0);
  });

  it('take a key of 255 characters', async () => {
    const { answer } = setUp(FIRST);
    expect(await answer('k'.repeat(255), done)).toEqual({ id: 1 });
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of members, at any depth', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
    expect(canonicalJson({ a: null, b: [{ c: 2, d: 1 }] })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  it('depends on the order of elements and on values', () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
    expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson({ a: '1' }));
  });

  it('is empty without a body', () => {
    expect(canonicalJson(undefined)).toBe('');
  });
});
