import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEmail, PASSWORD } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';

let server: TestApp;
beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.stop());

const refresh = (token: string) =>
  server.api.call('POST', '/v1/auth/refresh', { json: { refresh_token: token } });

describe('a refresh token', () => {
  it('that comes again, because its answer was lost, gets the same successor', async () => {
    const session = await server.api.register();
    const lost = await refresh(session.refresh_token);
    const again = await refresh(session.refresh_token);
    expect([lost.status, again.status]).toEqual([200, 200]);
    expect(again.body.refresh_token).toBe(lost.body.refresh_token);
    expect((await server.api.call('GET', '/v1/me', { token: again.body.access_token })).status).toBe(200);
    expect((await refresh(again.body.refresh_token)).status).toBe(200);
  });

  it('that comes ten times at once has one successor', async () => {
    const session = await server.api.register();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(session.refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  });

  it('of three tabs that wake at once leaves all of them logged in', async () => {
    const tab = new Browser(server.url);
    const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    await tab.send('POST', '/v1/auth/register', { json, headers: { 'x-session': 'cookie' } });
    const tabs = [0, 1, 2].map(() => {
      const copy = new Browser(server.url);
      for (const [name, value] of tab.cookies) copy.cookies.set(name, value);
      return copy;
    });
    const answers = await Promise.all(tabs.map((each) => each.send('POST', '/v1/auth/refresh')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    // Browsers share one jar: whichever answer comes last, its cookies go on.
    for (const each of tabs) {
      expect((await each.send('GET', '/v1/me')).status).toBe(200);
      expect((await each.send('POST', '/v1/auth/refresh')).status).toBe(200);
    }
  });
});
