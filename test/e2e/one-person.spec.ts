import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { CodeSender } from '../../src/auth/index.js';
import { Database } from '../../src/database/database.js';
import { newAddress, PASSWORD } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let code: string;
beforeAll(async () => {
  server = await startApp();
  const sender: CodeSender = server.app.get(CodeSender);
  sender.send = async (_phone, sent) => void (code = sent);
});
afterAll(() => server.stop());

const post = (path: string, json: unknown) =>
  server.api.call('POST', path, { json, headers: { 'x-forwarded-for': newAddress() } });

describe('one account has e-mail and phone', () => {
  const newPhone = (): string => `+86137${String(randomInt(100_000_000)).padStart(8, '0')}`;
  const ask = (token: string, phone: string) =>
    server.api.call('POST', '/v1/me/phone-proofs', { token, json: { phone } });
  const confirm = (token: string, phone: string, given: string, request_id: string) =>
    server.api.call('POST', '/v1/me/phone-proofs/confirm', {
      token,
      json: { phone, code: given, request_id },
    });

  it('by the code that is sent to the number; then it logs in with either', async () => {
    const { access_token: token, user } = await server.api.register();
    const phone = newPhone();
    const { status, body } = await ask(token, phone);
    expect(status).toBe(202);
    const wrong = code === '000000' ? '000001' : '000000';
    expectProblem(await confirm(token, phone, wrong, body.id), 'invalid_code');
    expect((await server.api.call('GET', '/v1/me', { token })).body.phone).toBeNull();
    const proved = await confirm(token, phone, code, body.id);
    expect([proved.status, proved.body]).toEqual([200, { ...user, phone }]);
    const rows = await server.app
      .get(Database)
      .read.query("SELECT actor FROM audit_log WHERE action = 'user.phone_proved' AND object_id = ?", [
        user.id,
      ]);
    expect(rows).toEqual([{ actor: user.id }]);

    const asked = await post('/v1/auth/phone/code', { phone });
    const login = await post('/v1/auth/phone/login', { phone, code, request_id: asked.body.id });
    expect(login.body.user.id).toBe(user.id);
    expect((await post('/v1/auth/login', { email: user.email, password: PASSWORD })).status).toBe(200);
    expectProblem(await ask(token, newPhone()), 'validation_failed', ['/phone']);
  });

  it('and takes no code that was asked for by another account, or for a login', async () => {
    const [mine, other] = [await server.api.register(), await server.api.register()];
    const phone = newPhone();
    const asked = await ask(other.access_token, phone);
    expectProblem(await confirm(mine.access_token, phone, code, asked.body.id), 'invalid_code');
    expectProblem(
      await post('/v1/auth/phone/login', { phone, code, request_id: asked.body.id }),
      'invalid_code',
    );
    const forLogin = await post('/v1/auth/phone/code', { phone });
    expectProblem(await confirm(mine.access_token, phone, code, forLogin.body.id), 'invalid_code');
  });

  it('of many accounts that prove one number at once, one', async () => {
    const phone = newPhone();
    const tries = [];
    for (let n = 0; n < 5; n += 1) {
      const { access_token: token } = await server.api.register();
      const { body } = await ask(token, phone);
      tries.push({ token, id: body.id as string, code });
    }
    const answers = await Promise.all(tries.map((one) => confirm(one.token, phone, one.code, one.id)));
    const done = answers.filter(({ status }) => status === 200);
    expect(done).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 200) expectProblem(answer, 'phone_taken');
  });
});

describe('one person is one account', () => {
  it('by phone, however the number is written', async () => {
    const login = async (asked: string, given: string) => {
      const { status, body } = await post('/v1/auth/phone/code', { phone: asked });
      expect(status).toBe(202);
      const answer = await post('/v1/auth/phone/login', { phone: given, code, request_id: body.id });
      expect(answer.status).toBe(200);
      expect(answer.body.user.phone).toBe('+8613800138000');
      return answer.body.user.id as string;
    };
    const ids = [
      await login('+86 138 0013 8000', '13800138000'),
      await login('0086 138 0013 8000', '\u202a+8613800138000\u202c'),
      await login('tel:+86-138-0013-8000', '+86\u2011138\u20110013\u20118000'),
      await login('\uff0b\uff18\uff1613800138000', '+86 (0)138 0013 8000'),
    ];
    expect(new Set(ids).size).toBe(1);
  });

  it('by e-mail, however the address is written', async () => {
    const register = (email: string) => post('/v1/auth/register', { email, password: PASSWORD, name: 'Lin' });
    const first = await register('Lin@M\u00fcller.example');
    expect([first.status, first.body.user.email]).toEqual([201, 'lin@xn--mller-kva.example']);
    for (const email of [
      'lin@xn--mller-kva.example',
      'lin\uff20mu\u0308ller.example',
      '\u200elin@m\u00fcller.example',
      '"lin"@m\u00fcller.example',
    ]) {
      expectProblem(await register(email), 'email_taken');
      expect((await post('/v1/auth/login', { email, password: PASSWORD })).status).toBe(200);
    }
  });

  it('whose name shows all that is in it, and turns nothing', async () => {
    const register = (email: string, name: string) =>
      post('/v1/auth/register', { email, password: PASSWORD, name });
    const turned = await register('turned@example.com', 'Lin \u202eyxieuY\u200b\u2066');
    expect(turned.body.user.name).toBe('Lin yxieuY');
    expectProblem(await register('none@example.com', '\u200b\u3164\u2060'), 'validation_failed', ['/name']);
  });

  it('and says what to enter', async () => {
    const phone = await post('/v1/auth/phone/code', { phone: '12345' });
    expect(phone.body.errors[0].detail).toContain('for example 138 0013 8000');
    const email = await post('/v1/auth/login', { email: 'lin', password: PASSWORD });
    expect(email.body.errors[0].detail).toContain('for example lin@example.com');
  });
});
