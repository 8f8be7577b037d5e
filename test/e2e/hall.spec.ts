import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CodeSender } from '../../src/auth/index.js';
import { inParallel, newAddress, newEmail, PASSWORD } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { solve } from '../support/captcha.js';
import { expectProblem } from '../support/problem.js';

/** Under the limits that are on by default; a delay does not pass while a test asks. */
let server: TestApp;
/** The last code that was sent to a number. */
const codes = new Map<string, string>();
beforeAll(async () => {
  server = await startApp({ LOGIN_FIRST_DELAY_MS: '60000' });
  const sender: CodeSender = server.app.get(CodeSender);
  sender.send = async (number, code) => void codes.set(number, code);
});
afterAll(() => server.stop());

const from = (address: string) => ({ 'x-forwarded-for': address });
const login = (email: string, password: string, address: string) =>
  server.api.call('POST', '/v1/auth/login', { json: { email, password }, headers: from(address) });
const askCode = (phone: string, address: string) =>
  server.api.call('POST', '/v1/auth/phone/code', { json: { phone }, headers: from(address) });
const phone = (n: number): string => `+86138001${String(n).padStart(5, '0')}`;

describe('people who share one address', () => {
  it('log in sixty at once, each with the right password', async () => {
    const people = await inParallel(Array.from({ length: 60 }), 10, () => server.api.register());
    const hall = newAddress();
    const answers = await Promise.all(people.map(({ user }) => login(user.email, PASSWORD, hall)));
    expect(answers.map(({ status }) => status)).toEqual(people.map(() => 200));
  });

  it('log in sixty at once to one account, as a till’s devices do', async () => {
    const { user } = await server.api.register();
    const hall = newAddress();
    const answers = await Promise.all(Array.from({ length: 60 }, () => login(user.email, PASSWORD, hall)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('do not wait for the typing errors of the others', async () => {
    const person = await server.api.register();
    const hall = newAddress();
    for (let n = 0; n < 27; n += 1)
      expectProblem(await login(newEmail(), 'a typing error', hall), 'invalid_credentials');
    expect((await login(person.user.email, PASSWORD, hall)).status).toBe(200);
  });

  it('get a code each, the sixtieth too', async () => {
    const hall = newAddress();
    for (let n = 0; n < 60; n += 1) expect((await askCode(phone(n), hall)).status).toBe(202);
  });

  it('are held back where they guess on', async () => {
    const guesser = newAddress();
    const answers = await inParallel(Array.from({ length: 130 }), 10, () =>
      login(newEmail(), 'a guess', guesser),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.length - refused.length).toBeLessThanOrEqual(110); // each further one waits twice as long
  });
});

describe('the owner of an account at which strangers guess', () => {
  const guessAt = async (email: string): Promise<void> => {
    const stranger = newAddress();
    for (let n = 0; n < 5; n += 1)
      expectProblem(await login(email, `guess ${n}`, stranger), 'invalid_credentials');
    expectProblem(await login(email, PASSWORD, stranger), 'too_many_attempts');
  };
  const loginWith = (email: string, password: string, deviceToken: string) =>
    server.api.call('POST', '/v1/auth/login', {
      json: { email, password, device_token: deviceToken },
      headers: from(newAddress()),
    });
  const known = async () => {
    const { user } = await server.api.register();
    const home = newAddress();
    const { body } = await login(user.email, PASSWORD, home);
    return { email: user.email, home, device: body.device_token as string };
  };

  it('logs in at once from an address of an earlier login', async () => {
    const { email, home } = await known();
    await guessAt(email);
    expect((await login(email, PASSWORD, home)).status).toBe(200);
    expectProblem(await login(email, PASSWORD, newAddress()), 'too_many_attempts');
  });

  it('logs in at once on a device of an earlier login, wherever it is now', async () => {
    const { email, device } = await known();
    await guessAt(email);
    expect((await loginWith(email, PASSWORD, device)).status).toBe(200);
    const other = await known();
    for (const wrong of [other.device, `${device}x`, device.slice(0, -4), '~~~~', ''])
      expectProblem(await loginWith(email, PASSWORD, wrong), 'too_many_attempts');
  });

  it('is let in by such a device from a hall that guesses', async () => {
    const { email, device } = await known();
    const hall = newAddress();
    const wrong = await inParallel(Array.from({ length: 110 }), 10, () => login(newEmail(), 'a guess', hall));
    expect(wrong.some(({ status }) => status === 429)).toBe(true);
    const json = { email, password: PASSWORD, device_token: device };
    const answer = await server.api.call('POST', '/v1/auth/login', { json, headers: from(hall) });
    expect(answer.status).toBe(200);
  });

  it('has a device and an address that are no better at guessing than others', async () => {
    const { email, home, device } = await known();
    for (let n = 0; n < 5; n += 1) {
      expectProblem(await loginWith(email, `guess ${n}`, device), 'invalid_credentials');
      expectProblem(await login(email, `guess ${n}`, home), 'invalid_credentials');
    }
    expectProblem(await loginWith(email, PASSWORD, device), 'too_many_attempts');
    expectProblem(await login(email, PASSWORD, home), 'too_many_attempts');
    // Nor do their wrong tries keep out whoever comes from elsewhere.
    expect((await login(email, PASSWORD, newAddress())).status).toBe(200);
  });

  it('has the proof in a cookie where it is a browser, beside those of other accounts', async () => {
    const people = [await known(), await known()];
    let cookie = '';
    for (const { email } of people) {
      const { headers } = await server.api.call('POST', '/v1/auth/login', {
        json: { email, password: PASSWORD },
        headers: { ...from(newAddress()), cookie, 'x-session': 'cookie' },
      });
      const set = headers.getSetCookie().find((line) => line.startsWith('vc_device=')) ?? '';
      expect(set).toMatch(/; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/);
      cookie = set.split(';')[0] ?? '';
    }
    for (const { email } of people) {
      await guessAt(email);
      const { status, body } = await server.api.call('POST', '/v1/auth/login', {
        json: { email, password: PASSWORD },
        headers: { ...from(newAddress()), cookie, 'x-session': 'cookie' },
      });
      expect([status, body.device_token]).toEqual([200, undefined]);
    }
  });

  it('is let in by such a device from the very address that guesses, which no longer helps the guesser', async () => {
    const { email, home, device } = await known();
    for (let n = 0; n < 5; n += 1)
      expectProblem(await login(email, `guess ${n}`, home), 'invalid_credentials');
    // The address is known, and the guesser behind it has used up what that is good for.
    expectProblem(await login(email, PASSWORD, home), 'too_many_attempts');
    const json = { email, password: PASSWORD, device_token: device };
    const answer = await server.api.call('POST', '/v1/auth/login', { json, headers: from(home) });
    expect(answer.status).toBe(200);
    // Without the device its owner waits, a minute at most, and from elsewhere not at all.
    const delayed = await login(email, PASSWORD, home);
    expectProblem(delayed, 'too_many_attempts');
    expect(Number(delayed.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await login(email, PASSWORD, newAddress())).status).toBe(200);
  });

  it('is not helped, nor is anybody, by registering with an e-mail that is taken', async () => {
    const { email } = await known();
    const stranger = newAddress();
    const json = { email, password: PASSWORD, name: 'Eve' };
    const taken = await server.api.call('POST', '/v1/auth/register', { json, headers: from(stranger) });
    expectProblem(taken, 'email_taken');
    await guessAt(email);
    expectProblem(await login(email, PASSWORD, stranger), 'too_many_attempts');
  });
});

describe('the owner of a number for which strangers ask codes', () => {
  it('gets one for a captcha, and logs in with it', async () => {
    const number = phone(99_999);
    for (let n = 0; n < 10; n += 1) expect((await askCode(number, newAddress())).status).toBe(202);
    const home = newAddress();
    expectProblem(await askCode(number, home), 'captcha_required');
    const made = await server.api.call('POST', '/v1/auth/captchas', {
      json: { alternative: true },
      headers: from(home),
    });
    const json = { phone: number, captcha_id: made.body.id, captcha_answer: solve(made.body.question) };
    const sent = await server.api.call('POST', '/v1/auth/phone/code', { json, headers: from(home) });
    expect(sent.status).toBe(202);
    const code = codes.get(number);
    const login = { phone: number, code, request_id: sent.body.id };
    const answer = await server.api.call('POST', '/v1/auth/phone/login', {
      json: login,
      headers: from(home),
    });
    expect(answer.status).toBe(200);
  });

  it('shares an address with a stranger, who uses up neither the tries nor the codes of its device', async () => {
    const [number, home] = [phone(99_998), newAddress()];
    const ask = (json: object = {}) =>
      server.api.call('POST', '/v1/auth/phone/code', {
        json: { phone: number, ...json },
        headers: from(home),
      });
    const enter = (json: object) =>
      server.api.call('POST', '/v1/auth/phone/login', {
        json: { phone: number, ...json },
        headers: from(home),
      });
    const first = await ask();
    const signedIn = await enter({ code: codes.get(number), request_id: first.body.id });
    expect(signedIn.status).toBe(200);
    const { device_token } = signedIn.body;

    // Five guesses of the stranger while the owner's code is on its way.
    const mine = await ask({ device_token });
    const code = codes.get(number) ?? '';
    const wrong = code === '123456' ? '654321' : '123456';
    for (let n = 0; n < 5; n += 1) expectProblem(await enter({ code: wrong }), 'invalid_code');
    expectProblem(await enter({ code: wrong }), 'too_many_attempts');
    expect((await enter({ code, request_id: mine.body.id })).status).toBe(200);

    // All the codes that the address may ask for.
    let refused = await ask();
    for (let n = 0; n < 40 && refused.status === 202; n += 1) refused = await ask();
    expectProblem(refused, 'too_many_codes');
    const again = await ask({ device_token });
    expect(again.status).toBe(202);
    const last = await enter({ code: codes.get(number), request_id: again.body.id });
    expect(last.status).toBe(200);
  });
});

describe('who asks by registering whether an address has an account', () => {
  it('is told, as its owner must be, a thousand times a minute at most, and no name with it', async () => {
    const { user } = await server.api.register();
    const asker = newAddress();
    const json = { email: user.email, password: PASSWORD, name: 'Eve' };
    const ask = () => server.api.call('POST', '/v1/auth/register', { json, headers: from(asker) });
    const told = await ask();
    expectProblem(told, 'email_taken');
    expect(told.text).not.toContain(user.id);
    expect(told.headers.get('ratelimit-policy')).toContain('1000');
  });
});
