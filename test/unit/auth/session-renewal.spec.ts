import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { of } from 'rxjs';
import { EmbeddedSessionStore } from '../../../src/auth/adapters/session-store.embedded.js';
import { SessionRenewalInterceptor } from '../../../src/auth/session-renewal.interceptor.js';
import { ManualClock } from '../../support/manual-clock.js';
import { context } from '../../../src/common/request-context.js';

function setUp() {
  const clock = new ManualClock(0);
  const store = new EmbeddedSessionStore(clock, { ttlS: 600, perUser: 5 });
  const renew = jest.spyOn(store, 'renew');
  const interceptor = new SessionRenewalInterceptor(store, clock);
  const request = (sessionId?: string, type = 'http'): unknown => {
    const next: CallHandler = { handle: () => of('answer') };
    let answer: unknown;
    context.run({ requestId: 'req_1', address: '127.0.0.1' }, () => {
      if (sessionId) context.enter({ userId: 'usr_1', sessionId, role: 'shopper' });
      interceptor
        .intercept({ getType: () => type } as ExecutionContext, next)
        .subscribe((value) => (answer = value));
    });
    return answer;
  };
  return { clock, renew, request };
}

describe('renewal of sessions', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('happens once a minute for each session', () => {
    const { clock, renew, request } = setUp();
    for (let n = 0; n < 5; n++) request('ses_1');
    request('ses_2');
    expect(renew.mock.calls).toEqual([['ses_1'], ['ses_2']]);
    clock.ms = 59_999;
    request('ses_1');
    expect(renew).toHaveBeenCalledTimes(2);
    clock.ms = 60_000;
    request('ses_1');
    expect(renew).toHaveBeenCalledTimes(3);
  });

  it('leaves most of a storm of new sessions to their later requests', () => {
    const { clock, renew, request } = setUp();
    for (let n = 0; n < 1_000; n++) request(`ses_${n}`);
    expect(renew).toHaveBeenCalledTimes(200);
    clock.ms = 1_000;
    request('ses_0'); // was renewed
    request('ses_999');
    expect(renew).toHaveBeenCalledTimes(201);
    expect(renew).toHaveBeenLastCalledWith('ses_999');
  });

  it('is not for requests of nobody nor for messages', () => {
    const { renew, request } = setUp();
    expect(request()).toBe('answer');
    expect(request('ses_1', 'rpc')).toBe('answer');
    expect(renew).not.toHaveBeenCalled();
  });

  it('neither delays nor fails a request when the store hangs or is away', async () => {
    const { renew, request } = setUp();
    renew.mockReturnValueOnce(new Promise(() => undefined));
    expect(request('ses_1')).toBe('answer');
    renew.mockRejectedValueOnce(new Error('away'));
    expect(request('ses_2')).toBe('answer');
    await Promise.resolve();
  });
});
