import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { CodeSender } from '../../src/auth/index.js';
import { Database } from '../../src/database/database.js';
import { Metrics } from '../../src/observability/metrics.js';
import { newEmail, PASSWORD, until, type Answer, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { solve } from '../support/captcha.js';
import { expectProblem } from '../support/problem.js';

const ADMIN = { email: 'root@example.com', password: 'a long admin password' };
let server: TestApp;

const from = (address: string) => ({ 'x-forwarded-for': address });

const newPhone = (): string => `+86139${String(randomInt(100_000_000)).padStart(8, '0')}`;
/** Each test comes from an address of its own, which the limits of addresses know nothing of. */
let tests = 0;
const own = (): Record<string, string> => from(`10.0.${tests >> 8}.${tests & 255}`);
const post = (path: string, json: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  server.api.call('POST', path, { json, headers: { ...own(), ...headers } });
const login = (email: string, password = PASSWORD, headers: Record<string, string> = {}): Promise<Answer> =>
  post('/v1/auth/login', { email, password }, headers);
const loginByPhone = (phone: string, code: string): Promise<Answer> =>
  post('/v1/auth/phone/login', { phone, code });
const refresh = (token: string): Promise<Answer> => post('/v1/auth/refresh', { refresh_token: token });
const me = (token: string): Promise<Answer> => server.api.call('GET', '/v1/me', { token });

let sent: { phone: string; code: string }[] = [];
/** Asks for a code and @returns the one that was sent */
async function codeFor(phone: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await post('/v1/auth/phone/code', { phone }, headers);
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: 202,
    body: { object: 'phone_code', id: expect.stringMatching(/^[\w-]{22}$/), expires_in: 300 },
  });
  return sent.filter((message) => message.phone === phone).at(-1)?.code ?? 'none was sent';
}
const otherThan = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

beforeAll(async () => {
  server = await startApp({
    TRUSTED_PROXIES: '127.0.0.1',
    ADMIN_EMAIL: 'Root@example.com ',
    ADMIN_PASSWORD: ADMIN.password,
    REFRESH_GRACE_S: '1',
    LOGIN_FREE_TRIES_ACCOUNT: '3',
    LOGIN_FREE_TRIES_ADDRESS: '30',
    LOGIN_FIRST_DELAY_MS: '60000',
    PHONE_CODES_PER_NUMBER_PER_DAY: '3',
    PHONE_CODES_PER_ADDRESS_PER_DAY: '30',
    // The policies of routes are not what is tested here.
    RATE_LIMIT_GLOBAL: 'off',
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_REGISTER: 'off',
  });
  const sender = server.app.get(CodeSender);
  jest.spyOn(sender, 'send').mockImplementation(async (phone, code) => {
    sent.push({ phone, code });
  });
});
afterEach(() => {
  tests += 1;
  sent = [];
});
afterAll(() => server.stop());

describe('login by phone', () => {
  it('makes the account at the first login and finds it at the next, however the number is written', async () => {
    const phone = newPhone();
    const first = await loginByPhone(phone, await codeFor(phone));
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      object: 'session',
      user: { object: 'user', phone, email: null, roles: ['shopper'] },
    });
    const written = ` ${phone.slice(0, 3)} ${phone.slice(3, 6)}-${phone.slice(6, 10)} ${phone.slice(10)}`;
    await post('/v1/auth/phone/code', { phone: written });
    const second = await loginByPhone(written, sent.at(-1)?.code ?? '');
    expect(second.body.user).toEqual(first.body.user);
    expect((await me(second.body.access_token)).body).toEqual(first.body.user);
  });

  it('takes a code in wide digits, and in two halves as messages have it', async () => {
    for (const [between, wide] of [
      [' ', false],
      ['-', false],
      ['\u00a0', true],
      ['', true],
    ] as const) {
      const phone = newPhone();
      const code = await codeFor(phone);
      const typed = `${code.slice(0, 3)}${between}${code.slice(3)}`;
      const written = wide
        ? typed.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))
        : typed;
      expect([written, (await loginByPhone(phone, written)).status]).toEqual([written, 200]);
    }
  });

  it('takes a code once', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    expect(code).toMatch(/^[0-9]{6}$/);
    expect((await loginByPhone(phone, code)).status).toBe(200);
    expectProblem(await loginByPhone(phone, code), 'invalid_code');
  });

  it('takes the latest code only', async () => {
    const phone = newPhone();
    const older = await codeFor(phone);
    const newer = await codeFor(phone);
    if (older !== newer) expectProblem(await loginByPhone(phone, older), 'invalid_code');
    expect((await loginByPhone(phone, newer)).status).toBe(200);
  });

  it('replays the session for the same Idempotency-Key, though the code is used', async () => {
    const phone = newPhone();
    const json = { phone, code: await codeFor(phone) };
    const headers = { 'idempotency-key': `phone-${phone}` };
    const first = await post('/v1/auth/phone/login', json, headers);
    const again = await post('/v1/auth/phone/login', json, headers);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
  });

  it('sends one message for one Idempotency-Key', async () => {
    const phone = newPhone();
    const headers = { 'idempotency-key': `code-${phone}` };
    for (let n = 0; n < 3; n++) {
      expect((await post('/v1/auth/phone/code', { phone }, headers)).status).toBe(202);
    }
    expect(sent).toHaveLength(1);
  });

  it('answers a wrong code and a number without one the same', async () => {
    const phone = newPhone();
    const wrong = await loginByPhone(phone, otherThan(await codeFor(phone)));
    const unknown = await loginByPhone(newPhone(), '123456');
    expectProblem(wrong, 'invalid_code');
    expectProblem(unknown, 'invalid_code');
    expect({ ...wrong.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
  });

  it('lets few wrong codes through, and then none for a while, the right one neither', async () => {
    const phone = newPhone();
    const code = await codeFor(phone);
    const answers = await Promise.all(Array.from({ length: 20 }, () => loginByPhone(phone, otherThan(code))));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(17);
    expectProblem(await loginByPhone(phone, code), 'too_many_attempts');
  });

  it('answers at once though the gateway hangs, and lives on though it fails', async () => {
    const send = jest.spyOn(server.app.get(CodeSender), 'send');
    let release = (): void => undefined;
    send.mockImplementationOnce(() => new Promise((resolve) => (release = resolve)));
    expect((await post('/v1/auth/phone/code', { phone: newPhone() })).status).toBe(202);
    release();
    send.mockRejectedValueOnce(new Error('away'));
    expect((await post('/v1/auth/phone/code', { phone: newPhone() })).status).toBe(202);
    const failed = async (): Promise<true | undefined> => {
      const { values } = await server.app.get(Metrics).phoneCodes.get();
      return values.some(({ labels, value }) => labels.outcome === 'failed' && value > 0) || undefined;
    };
    await until(failed);
  });

  it('sends a number so many codes at once, from wherever they are asked for', async () => {
    const phone = newPhone();
    for (let n = 1; n <= 3; n++) await codeFor(phone, from(`198.51.100.${n}`));
    const refused = await post('/v1/auth/phone/code', { phone }, from('198.51.100.4'));
    expectProblem(refused, 'captcha_required');
    expect(refused.body).toMatchObject({ captcha: 'image', captchas_url: '/v1/auth/captchas' });
    expect(sent).toHaveLength(3);
  });

  it('sends for an address so many codes a day, to whichever numbers; others go on', async () => {
    for (let n = 0; n < 30; n++) await codeFor(newPhone(), from('192.0.2.1'));
    expectProblem(
      await post('/v1/auth/phone/code', { phone: newPhone() }, from('192.0.2.1')),
      'captcha_required',
    );
    await codeFor(newPhone(), from('192.0.2.2'));
    // One subscriber's IPv6 network is one address.
    for (let n = 0; n < 30; n++) await codeFor(newPhone(), from(`2001:db8::${n.toString(16)}`));
    const same = await post('/v1/auth/phone/code', { phone: newPhone() }, from('2001:db8::ffff'));
    expectProblem(same, 'captcha_required');
  });

  const solved = async (): Promise<Record<string, string>> => {
    const { body } = await post('/v1/auth/captchas', { alternative: true });
    return { captcha_id: body.id, captcha_answer: solve(body.question) };
  };

  it('sends more for a captcha each, which is good for one', async () => {
    const phone = newPhone();
    for (let n = 1; n <= 3; n++) await codeFor(phone, from(`198.51.101.${n}`));
    const captcha = await solved();
    expect((await post('/v1/auth/phone/code', { phone, ...captcha })).status).toBe(202);
    const again = await post('/v1/auth/phone/code', { phone, ...captcha });
    expectProblem(again, 'captcha_failed');
    expect(again.body).toMatchObject({ captcha: 'image', captchas_url: '/v1/auth/captchas' });
    const wrong = { ...(await solved()), captcha_answer: 'wrong' };
    expectProblem(await post('/v1/auth/phone/code', { phone, ...wrong }), 'captcha_failed');
    expectProblem(await post('/v1/auth/phone/code', { phone, captcha_id: 'cap_1' }), 'validation_failed', [
      '/captcha_answer',
    ]);
    expect((await loginByPhone(phone, sent.at(-1)?.code ?? '')).status).toBe(200);
    expect(sent).toHaveLength(4);
  });

  it('sends more without one where the number was signed in with before', async () => {
    const phone = newPhone();
    const { body } = await loginByPhone(phone, await codeFor(phone));
    for (let n = 1; n <= 2; n++) await codeFor(phone, from(`198.51.102.${n}`));
    expectProblem(await post('/v1/auth/phone/code', { phone }, from('198.51.102.3')), 'captcha_required');
    await codeFor(phone);
    const json = { phone, device_token: body.device_token };
    expect((await post('/v1/auth/phone/code', json, from('198.51.102.4'))).status).toBe(202);
  });

  it('sends one address no more than some for one number, captcha or not', async () => {
    const phone = newPhone();
    for (let n = 1; n <= 9; n++)
      expect((await post('/v1/auth/phone/code', { phone, ...(await solved()) })).status).toBe(202);
    const refused = await post('/v1/auth/phone/code', { phone, ...(await solved()) });
    expectProblem(refused, 'too_many_codes');
    // One of nine comes back in a ninth of a day.
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(9_600);
    expect(
      (await post('/v1/auth/phone/code', { phone, ...(await solved()) }, from('198.51.103.1'))).status,
    ).toBe(202);
  });

  it('gives a code to who asked for it: others neither replace it nor use it up', async () => {
    const phone = newPhone();
    const { body: mine } = await post('/v1/auth/phone/code', { phone });
    const code = sent.at(-1)?.code ?? '';
    const stranger = from('198.51.104.1');
    const theirs = await post('/v1/auth/phone/code', { phone }, stranger);
    const guessed = { phone, code: otherThan(code) };
    for (let n = 0; n < 3; n++) {
      expectProblem(await post('/v1/auth/phone/login', guessed, stranger), 'invalid_code');
      const byId = { ...guessed, request_id: theirs.body.id };
      expectProblem(await post('/v1/auth/phone/login', byId, from('198.51.104.2')), 'invalid_code');
    }
    // Those of the same address, who do not know the request, use up neither.
    for (let n = 0; n < 3; n++) expectProblem(await loginByPhone(phone, otherThan(code)), 'invalid_code');
    expectProblem(await loginByPhone(phone, code), 'too_many_attempts');
    const json = { phone, code, request_id: mine.id };
    // The owner may have changed networks since.
    expect((await post('/v1/auth/phone/login', json, from('198.51.104.3'))).status).toBe(200);
    expectProblem(await post('/v1/auth/phone/login', json, from('198.51.104.3')), 'invalid_code');
  });

  it('takes a code that is used in both ways at once one time', async () => {
    const phone = newPhone();
    const { body } = await post('/v1/auth/phone/code', { phone });
    const code = sent.at(-1)?.code ?? '';
    const answers = await Promise.all([
      loginByPhone(phone, code),
      post('/v1/auth/phone/login', { phone, code, request_id: body.id }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it.each<[string, unknown, string[]]>([
    ['a US number without country', { phone: '(212) 555-0123' }, ['/phone']],
    ['a number of another country', { phone: '+442079460958' }, ['/phone']],
    ['a number too long', { phone: `+86${'1'.repeat(60)}` }, ['/phone']],
    ['no number', {}, ['/phone']],
    ['a number that is a number', { phone: 8613800138000 }, ['/phone']],
    ['an unknown field', { phone: '+8613800138000', country: 'CN' }, ['/country']],
  ])('refuses %s, and sends nothing', async (_name, json, pointers) => {
    const answer = await post('/v1/auth/phone/code', json);
    expectProblem(answer, 'validation_failed', pointers);
    expect(sent).toEqual([]);
    if (pointers[0] === '/phone' && typeof (json as { phone?: unknown }).phone === 'string')
      expect(answer.body.errors[0].detail).toContain('138 0013 8000');
  });

  it.each([
    '',
    '12345',
    '1234567',
    'abcdef',
    '12 456',
    '１２３４５',
    '12.34.56',
    '1'.repeat(40),
    123456,
    null,
  ])('refuses %j as a code, and makes no account', async (code) => {
    const users = () => server.app.get(Database).read.query('SELECT COUNT(*) AS n FROM users');
    const before = await users();
    const answer = await post('/v1/auth/phone/login', { phone: newPhone(), code });
    expectProblem(answer, 'validation_failed', ['/code']);
    expect(await users()).toEqual(before);
  });
});

describe('who guesses', () => {
  it('waits longer and longer, known account or not, argon2 or not', async () => {
    const { user } = await server.api.register();
    for (const email of [user.email, newEmail()]) {
      for (let n = 0; n < 3; n++) expectProblem(await login(email, 'wrong'), 'invalid_credentials');
      const delayed = await login(email, PASSWORD);
      expectProblem(delayed, 'too_many_attempts');
      expect(Number(delayed.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
  });

  it('uses up the tries of the address with guesses that are judged only', async () => {
    const nobody = newEmail();
    for (let n = 0; n < 3; n++) expectProblem(await login(nobody, 'wrong'), 'invalid_credentials');
    for (let n = 0; n < 40; n++) expectProblem(await login(nobody, 'wrong'), 'too_many_attempts');
    expectProblem(await login(newEmail(), 'wrong'), 'invalid_credentials');
  });

  it('is forgiven with the right password', async () => {
    const { user } = await server.api.register();
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 2; n++) expectProblem(await login(user.email, 'wrong'), 'invalid_credentials');
      expect((await login(user.email)).status).toBe(200);
    }
  });

  it('is stopped by address over many accounts; others are not, nor those who log in rightly', async () => {
    const { user } = await server.api.register();
    for (let n = 0; n < 40; n++)
      expect((await login(user.email, PASSWORD, from('203.0.113.1'))).status).toBe(200);
    for (let n = 0; n < 30; n++)
      expectProblem(await login(newEmail(), 'wrong', from('203.0.113.1')), 'invalid_credentials');
    expectProblem(await login(user.email, PASSWORD, from('203.0.113.1')), 'too_many_attempts');
    expect((await login(user.email, PASSWORD, from('203.0.113.2'))).status).toBe(200);
  });
});

describe('my logins', () => {
  const list = (token: string, query = ''): Promise<Answer> =>
    server.api.call('GET', `/v1/me/sessions${query}`, { token });
  const end = (token: string, id = ''): Promise<Answer> =>
    server.api.call('DELETE', `/v1/me/sessions${id === '' ? '' : `/${id}`}`, { token });

  const threeLogins = async (): Promise<Session[]> => {
    const first = await server.api.register();
    const agent = { 'user-agent': `a browser ${'x'.repeat(300)}`, ...from('198.51.100.9') };
    const second = (await login(first.user.email, PASSWORD, agent)).body;
    const third = (await login(first.user.email)).body;
    return [first, second, third];
  };

  it('are listed with what tells them apart', async () => {
    const [, second] = await threeLogins();
    const { body } = await list(second?.access_token ?? '');
    expect(body).toMatchObject({ object: 'list', url: '/v1/me/sessions', has_more: false });
    expect(body.data).toHaveLength(3);
    const current = body.data.filter((session: { current: boolean }) => session.current);
    expect(current).toEqual([
      {
        object: 'login_session',
        id: expect.stringMatching(/^ses_/),
        current: true,
        created_at: expect.stringMatching(/Z$/),
        last_seen_at: expect.stringMatching(/Z$/),
        address: '198.51.100.9',
        user_agent: expect.stringMatching(/^a browser x{246}$/),
      },
    ]);
    const ids = body.data.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...ids].sort().reverse());
  });

  it('are listed in pages, forwards and backwards', async () => {
    const [session] = await threeLogins();
    const token = session?.access_token ?? '';
    const all = (await list(token)).body.data;
    const first = (await list(token, '?limit=2')).body;
    expect([first.has_more, first.data]).toEqual([true, all.slice(0, 2)]);
    const next = (await list(token, `?limit=2&starting_after=${all[1].id}`)).body;
    expect([next.has_more, next.data]).toEqual([false, all.slice(2)]);
    const back = (await list(token, `?limit=2&ending_before=${all[2].id}`)).body;
    expect([back.has_more, back.data]).toEqual([false, all.slice(0, 2)]);
    const near = (await list(token, `?limit=1&ending_before=${all[2].id}`)).body;
    expect([near.has_more, near.data]).toEqual([true, [all[1]]]);
  });

  it.each([
    ['limit=0', '/limit'],
    ['limit=101', '/limit'],
    ['starting_after=nonsense', '/starting_after'],
    ['ending_before=%00', '/ending_before'],
    ['surprise=1', '/surprise'],
    ['starting_after=ses_0000000000000000&ending_before=ses_0000000000000000', '/ending_before'],
  ])('are not listed by ?%s', async (query, pointer) => {
    const { access_token: token } = await server.api.register();
    expectProblem(await list(token, `?${query}`), 'validation_failed', [pointer]);
  });

  it('end one by one, at once, with refresh token and access token', async () => {
    const [first, second, third] = (await threeLogins()) as [Session, Session, Session];
    const target = (await list(second.access_token)).body.data.find((s: { current: boolean }) => s.current);
    expect((await end(first.access_token, target.id)).status).toBe(204);
    expectProblem(await me(second.access_token), 'unauthenticated');
    expectProblem(await refresh(second.refresh_token), 'invalid_refresh_token');
    for (const { access_token: token } of [first, third]) expect((await me(token)).status).toBe(200);
    expectProblem(await end(first.access_token, target.id), 'not_found');
  });

  it('of others, and those that never were, are not found and not ended', async () => {
    const [mine, theirs] = [await server.api.register(), await server.api.register()];
    const { id } = (await list(theirs.access_token)).body.data[0];
    for (const wrong of [id, 'ses_0000000000000000', 'nonsense', '%00'])
      expectProblem(await end(mine.access_token, wrong), 'not_found');
    expect((await me(theirs.access_token)).status).toBe(200);
    expect((await refresh(theirs.refresh_token)).status).toBe(200);
  });

  it('end all at once, mine too, and nobody else’s', async () => {
    const logins = await threeLogins();
    const other = await server.api.register();
    expect((await end(logins[1]?.access_token ?? '')).status).toBe(204);
    for (const session of logins) {
      expectProblem(await me(session.access_token), 'unauthenticated');
      expectProblem(await refresh(session.refresh_token), 'invalid_refresh_token');
    }
    expect((await me(other.access_token)).status).toBe(200);
  });

  it('end with logout, access token included', async () => {
    const session = await server.api.register();
    await server.api.expect(204, 'POST', '/v1/auth/logout', { token: session.access_token });
    expectProblem(await me(session.access_token), 'unauthenticated');
  });

  it('end with a refresh token that comes again later, access tokens included', async () => {
    const session = await server.api.register();
    const next = (await refresh(session.refresh_token)).body;
    const refused = await until(async () => {
      const answer = await refresh(session.refresh_token);
      return answer.status === 200 ? undefined : answer;
    });
    expectProblem(refused, 'refresh_token_reused');
    for (const token of [session.access_token, next.access_token])
      expectProblem(await me(token), 'unauthenticated');
  });
});

describe('a password', () => {
  const NEW = 'another long password';
  const change = (token: string, json: unknown): Promise<Answer> =>
    server.api.call('PUT', '/v1/me/password', { token, json, headers: own() });

  it('is changed, and ends every session', async () => {
    const first = await server.api.register();
    const second = (await login(first.user.email)).body;
    const changed = await change(first.access_token, { current_password: PASSWORD, new_password: NEW });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ object: 'session', user: first.user });
    for (const session of [first, second]) {
      expectProblem(await me(session.access_token), 'unauthenticated');
      expectProblem(await refresh(session.refresh_token), 'invalid_refresh_token');
    }
    expect((await me(changed.body.access_token)).status).toBe(200);
    expectProblem(await login(first.user.email), 'invalid_credentials');
    expect((await login(first.user.email, NEW)).status).toBe(200);
  });

  it('stays where the current one is wrong, which counts as a guess', async () => {
    const { access_token: token, user } = await server.api.register();
    for (let n = 0; n < 3; n++) {
      const wrong = await change(token, { current_password: `wrong ${n}`, new_password: NEW });
      expectProblem(wrong, 'invalid_credentials');
    }
    const right = { current_password: PASSWORD, new_password: NEW };
    expectProblem(await change(token, right), 'too_many_attempts');
    expectProblem(await login(user.email), 'too_many_attempts');
    expect((await me(token)).status).toBe(200);
  });

  it('is nothing that an account by phone has', async () => {
    const phone = newPhone();
    const { body } = await loginByPhone(phone, await codeFor(phone));
    const json = { current_password: 'anything', new_password: NEW };
    expectProblem(await change(body.access_token, json), 'invalid_credentials');
  });

  it.each<[unknown, string[]]>([
    [{}, ['/current_password', '/new_password']],
    [{ current_password: PASSWORD }, ['/new_password']],
    [{ current_password: PASSWORD, new_password: 'short' }, ['/new_password']],
    [{ current_password: PASSWORD, new_password: 'x'.repeat(129) }, ['/new_password']],
    [{ current_password: PASSWORD, new_password: `with NUL \u0000` }, ['/new_password']],
    [{ current_password: PASSWORD, new_password: NEW, more: 1 }, ['/more']],
  ])('is not changed by %j', async (json, pointers) => {
    const { access_token: token, user } = await server.api.register();
    expectProblem(await change(token, json), 'validation_failed', pointers);
    expect((await login(user.email)).status).toBe(200);
    expect((await me(token)).status).toBe(200);
  });

  it('is changed once by two who know it', async () => {
    const { access_token: token, user } = await server.api.register();
    const other = (await login(user.email)).body.access_token;
    const answers = await Promise.all([
      change(token, { current_password: PASSWORD, new_password: 'new password one' }),
      change(other, { current_password: PASSWORD, new_password: 'new password two' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const winner = answers.findIndex(({ status }) => status === 200);
    const now = winner === 0 ? 'new password one' : 'new password two';
    expect((await login(user.email, now)).status).toBe(200);
  });
});

describe('the first administrator', () => {
  it('is there after the start', async () => {
    const { body } = await login(ADMIN.email, ADMIN.password);
    expect(body.user).toMatchObject({ email: ADMIN.email, roles: ['admin'] });
  });

  it('is left alone at the next start, whatever the setting says', async () => {
    const { dataDir } = server;
    const settings = { DATA_DIR: dataDir, ADMIN_EMAIL: ADMIN.email };
    await server.stop({ keep: true });
    server = await startApp({ ...settings, ADMIN_PASSWORD: 'a new password of the setting' });
    expect((await login(ADMIN.email, ADMIN.password)).status).toBe(200);
    expectProblem(await login(ADMIN.email, 'a new password of the setting'), 'invalid_credentials');
  });
});

describe('production without a gateway', () => {
  it('has no login by phone, says so, and logs no code', async () => {
    await server.stop();
    server = await startApp({
      NODE_ENV: 'production',
      // Last in this file: Passport keeps its strategies in the process, and production wants a secret of its own.
      JWT_SECRET: 'j'.repeat(40),
      CLAIM_SECRET: 'c'.repeat(40),
      PASSWORD_MEMORY_KIB: '19456',
      PASSWORD_ITERATIONS: '2',
    });
    const phone = newPhone();
    expectProblem(await post('/v1/auth/phone/code', { phone }), 'phone_login_unavailable');
    expectProblem(await loginByPhone(phone, '123456'), 'phone_login_unavailable');
  });
});
