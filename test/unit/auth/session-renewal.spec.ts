import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EmbeddedSessionStore } from '../../../src/auth/adapters/session-store.embedded.js';
import { SessionRenewal } from '../../../src/auth/session-renewal.js';
import { ManualClock } from '../../support/manual-clock.js';

function setUp() {
  const clock = new ManualClock(0);
  const store = new EmbeddedSessionStore(clock, { ttlS: 600, perUser: 5, graceS: 30 });
  const renew = jest.spyOn(store, 'renew');
  const renewal = new SessionRenewal(store, clock);
  const request = (sessionId?: string, scopes?: ReadonlySet<string>): void =>
    renewal.note(
      sessionId ? { userId: 'usr_1', sessionId, role: 'shopper', ...(scopes ? { scopes } : {}) } : undefined,
    );
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

  it('is not for requests of nobody nor of API keys', () => {
    const { renew, request } = setUp();
    request();
    request('key_1', new Set(['vouchers:read']));
    expect(renew).not.toHaveBeenCalled();
  });

  it('neither delays nor fails a request when the store hangs or is away', async () => {
    const { renew, request } = setUp();
    renew.mockReturnValueOnce(new Promise(() => undefined));
    request('ses_1');
    renew.mockRejectedValueOnce(new Error('away'));
    request('ses_2');
    await Promise.resolve();
    expect(renew).toHaveBeenCalledTimes(2);
  });
});
