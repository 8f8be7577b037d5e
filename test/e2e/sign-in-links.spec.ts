import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { SignInLinks, LINKS_MAX, LINK_TTL_MS } from '../../src/pages/sign-in-links/sign-in-links.js';
import { context } from '../../src/common/request-context.js';
import { Clock } from '../../src/common/clock.js';
import { Problem } from '../../src/common/problems.js';
import { inParallel, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { expectProblem } from '../support/problem.js';

const HEADERS = { accept: 'application/json' };

let server: TestApp;
let shopper: Session;

beforeAll(async () => {
  server = await startApp({ DEMO_SIGN_IN_LINKS: 'on' });
  shopper = await server.api.register();
});
afterAll(() => server.stop());

const browser = () => new Browser(server.url, HEADERS);

async function newLink(token = shopper.access_token): Promise<string> {
  const tab = new Browser(server.url, { ...HEADERS, authorization: `Bearer ${token}` });
  const answer = await tab.send('POST', '/demo/sign-in-links');
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'private, no-store']);
  return answer.body.path;
}

describe('a one-time sign-in link', () => {
  it('signs its maker in and goes on to a path of ours', async () => {
    const tab = browser();
    const answer = await tab.send('GET', `${await newLink()}?next=/drops/vch_1`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/drops/vch_1']);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const me = await tab.send('GET', '/v1/me');
    expect(me.body.id).toBe(shopper.user.id);
  });

  it('signs in once, however many open it at the same time', async () => {
    const link = await newLink();
    const answers = await inParallel(Array.from({ length: 20 }), 20, () => browser().send('GET', link));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(19).fill(404)]);
    const late = await browser().send('GET', link);
    expectProblem(late, 'not_found');
    expect(late.headers.getSetCookie()).toEqual([]);
  });

  it('is not used up by a program that looks at it first', async () => {
    const link = await newLink();
    const looked = await browser().send('HEAD', link);
    expect(looked.headers.getSetCookie()).toEqual([]);
    expect((await browser().send('GET', link)).status).toBe(303);
  });

  it('leads to no other site', async () => {
    for (const next of ['https://elsewhere.example/', '//elsewhere.example', '/\\elsewhere.example']) {
      const answer = await browser().send('GET', `${await newLink()}?next=${encodeURIComponent(next)}`);
      expect(answer.headers.get('location')).toBe('/');
    }
  });

  it('is made for nobody who is not signed in, and an invented one is refused', async () => {
    expectProblem(await browser().send('POST', '/demo/sign-in-links'), 'unauthenticated');
    expectProblem(await browser().send('GET', '/demo/sign-in/invented'), 'not_found');
  });

  it('is made for no other site that only has the cookies of a browser', async () => {
    const tab = browser();
    await tab.send('GET', await newLink());
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' };
    expectProblem(await tab.send('POST', '/demo/sign-in-links', { headers }), 'csrf_refused');
  });

  it('exists nowhere where it was not asked for', async () => {
    const plain = await startApp();
    try {
      const { access_token: token } = await plain.api.register();
      expectProblem(await plain.api.call('POST', '/demo/sign-in-links', { token }), 'not_found');
      expectProblem(await plain.api.call('GET', '/demo/sign-in/anything'), 'not_found');
    } finally {
      await plain.stop();
    }
  });
});

describe('the links that are open', () => {
  const now = { ms: 1_000_000 };
  const clock = { now: () => now.ms } as unknown as Clock;
  const links = () => {
    const database = { read: { findOneBy: (_: unknown, { id }: { id: string }) => Promise.resolve({ id }) } };
    const logins = { open: (user: { id: string }) => Promise.resolve({ answer: { user } }) };
    return new SignInLinks(logins as never, database as never, clock);
  };
  const as = <T>(userId: string, work: () => T): T =>
    context.run({ requestId: 'req_1', address: '127.0.0.1' }, () => {
      context.enter({ userId, sessionId: 'ses_1', role: 'shopper' });
      return work();
    });

  it('end after ten minutes, and are kept as hashes only', async () => {
    const made = links();
    const { token } = as('usr_1', () => made.issue());
    const kept = [...(made as unknown as { open: Map<string, unknown> }).open.keys()];
    expect(kept).toEqual([createHash('sha256').update(token).digest('base64url')]);
    now.ms += LINK_TTL_MS;
    await expect(made.redeem(token)).rejects.toBeInstanceOf(Problem);
  });

  it('are bounded: the oldest makes room', async () => {
    const made = links();
    const tokens = Array.from({ length: LINKS_MAX + 1 }, () => as('usr_1', () => made.issue().token));
    await expect(made.redeem(tokens[0] ?? '')).rejects.toBeInstanceOf(Problem);
    await expect(made.redeem(tokens[1] ?? '')).resolves.toMatchObject({ user: { id: 'usr_1' } });
  });
});
