import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { CodeSender } from '../../src/auth/index.js';
import { Database } from '../../src/database/database.js';
import { newAddress, newEmail, PASSWORD, until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let code: string;
beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_REGISTER: 'off', RATE_LIMIT_CLAIM: 'off', RATE_LIMIT_WRITE: 'off' });
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

describe('a voucher that asks who it is', () => {
  let merchant: Session;
  beforeAll(async () => {
    merchant = await server.api.registerMerchant();
  });
  const live = async (terms: Json): Promise<string> =>
    (await server.api.liveVoucher(merchant.access_token, { total_stock: 100, ...terms })).id;
  const registered = async (email = newEmail()): Promise<Session> => {
    const answer = await post('/v1/auth/register', { email, password: PASSWORD, name: 'Lin' });
    expect(answer.status).toBe(201);
    return answer.body as Session;
  };
  const verify = (...sessions: Session[]): Promise<unknown> =>
    server.app.get(Database).write(async (tx) => {
      for (const { user } of sessions)
        await tx.query('UPDATE users SET email_verified_at = 1 WHERE id = ?', [user.id]);
    });
  const verified = async (email?: string): Promise<Session> => {
    const session = await registered(email);
    await verify(session);
    return session;
  };
  const withPhone = ({ user }: Session): Promise<unknown> =>
    server.app
      .get(Database)
      .write((tx) =>
        tx.query('UPDATE users SET phone = ? WHERE id = ?', [
          `+1415555${String(randomInt(10_000))}`,
          user.id,
        ]),
      );
  const claim = (who: Session, id: string) => server.api.claim(who.access_token, id);
  /** A verdict is remembered for two seconds. */
  const takes = (who: Session, id: string) =>
    until(async () => ((await claim(who, id)).status === 202 ? true : undefined));

  it('takes claims of who proved an address, or a number, and says what is missing', async () => {
    const [byMail, byPhone] = [
      await live({ requires: 'verified_email' }),
      await live({ requires: 'verified_phone' }),
    ];
    const lin = await registered();
    expectProblem(await claim(lin, byMail), 'email_unverified');
    expectProblem(await claim(lin, byPhone), 'phone_unverified');
    await verify(lin);
    await takes(lin, byMail);
    expectProblem(await claim(lin, byPhone), 'phone_unverified');
    await withPhone(lin);
    await takes(lin, byPhone);
    const shown = await server.api.expect(200, 'GET', `/v1/vouchers/${byMail}`);
    expect(shown).toMatchObject({ requires: 'verified_email', one_per: 'account' });
  });

  it('gives a person units by one account: of twenty of one mailbox at once, one gets its unit', async () => {
    const id = await live({ one_per: 'person' });
    const name = `lin${String(randomInt(1_000_000_000))}`;
    const crowd: Session[] = [];
    for (let n = 0; n < 20; n += 1) {
      const dotted = `${name.slice(0, 1 + (n % 5))}.${name.slice(1 + (n % 5))}`;
      crowd.push(await registered(`${dotted}+${n}@${n % 2 === 0 ? 'gmail.com' : 'googlemail.com'}`));
    }
    await verify(...crowd);
    const answers = await Promise.all(crowd.map((who) => claim(who, id)));
    const taken = answers.findIndex(({ status }) => status === 202);
    for (const [n, answer] of answers.entries()) if (n !== taken) expectProblem(answer, 'one_per_person');
    const stranger = await verified();
    expect((await claim(stranger, id)).status).toBe(202);
    expect((await server.api.waitSettled(merchant.access_token, id)).issued).toBe(2);
    // The limit per user is the person's.
    expectProblem(await claim(crowd[taken] as Session, id), 'claim_limit_reached');
    expect(await server.api.audit(merchant.access_token, id)).toMatchObject({ ok: true });
    // Where the voucher counts accounts, each of them is one.
    const open = await live({});
    expect((await claim(crowd[0] as Session, open)).status).toBe(202);
    expect((await claim(crowd[1] as Session, open)).status).toBe(202);
  });

  it('holds to that after the unit is given back, the address is another, and the account is gone', async () => {
    const id = await live({ one_per: 'person', cancellable_until: '2999-01-01T00:00:00Z' });
    const name = `wang${String(randomInt(1_000_000_000))}`;
    const [first, second] = [await verified(`${name}@example.com`), await verified(`${name}+2@example.com`)];
    const { body } = await claim(first, id);
    await server.api.waitSettled(merchant.access_token, id);
    await server.api.expect(200, 'POST', `/v1/claims/${body.id}/cancel`, { token: first.access_token });
    expectProblem(await claim(second, id), 'one_per_person');
    await takes(first, id);
    await server.app.get(Database).write((tx) => tx.query('DELETE FROM users WHERE id = ?', [first.user.id]));
    const third = await verified(`${name}+3@example.com`);
    expectProblem(await claim(third, id), 'one_per_person');
  });

  it('asks for some proof where it counts persons, and the waiting list asks the same', async () => {
    const id = await live({ one_per: 'person', total_stock: 1 });
    const name = `zhao${String(randomInt(1_000_000_000))}`;
    const [lin, same, unproven] = [
      await verified(`${name}@example.com`),
      await verified(`${name}+2@example.com`),
      await registered(),
    ];
    expectProblem(await claim(unproven, id), 'email_unverified');
    expect((await claim(lin, id)).status).toBe(202);
    await server.api.waitSettled(merchant.access_token, id);
    const join = ({ access_token: token }: Session) =>
      server.api.call('POST', `/v1/vouchers/${id}/waiting-list`, { token });
    expectProblem(await join(same), 'one_per_person');
    expectProblem(await join(unproven), 'email_unverified');
    expect((await join(await verified())).status).toBeLessThan(300);
  });

  it('asks for it from publication on: a draft can be changed, and a clone asks the same', async () => {
    const token = merchant.access_token;
    const made = await server.api.createVoucher(token, { one_per: 'person' });
    const edit = (json: Json) =>
      server.api.call('PATCH', `/v1/vouchers/${made.id}`, { token, json, headers: { 'if-match': '*' } });
    expect((await edit({ requires: 'verified_phone' })).body).toMatchObject({
      requires: 'verified_phone',
      one_per: 'person',
    });
    expectProblem(await edit({ requires: 'a passport' }), 'validation_failed', ['/requires']);
    await server.api.publish(token, made.id);
    for (const json of [{ requires: 'none' }, { one_per: 'account' }])
      expectProblem(await edit(json), 'not_editable', [`/${Object.keys(json)[0]}`]);
    const clone = await server.api.expect(201, 'POST', `/v1/vouchers/${made.id}/clone`, { token });
    expect(clone).toMatchObject({ requires: 'verified_phone', one_per: 'person' });
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
    const { access_token: token } = await server.api.registerMerchant();
    const drop = await server.api.liveVoucher(token, { title: 'Half\u200b price \u202egnoloo' });
    expect((await server.api.expect(200, 'GET', `/v1/vouchers/${drop.id}`)).title).toBe('Half price gnoloo');
  });

  it('and says what to enter', async () => {
    const phone = await post('/v1/auth/phone/code', { phone: '12345' });
    expect(phone.body.errors[0].detail).toContain('for example 138 0013 8000');
    const email = await post('/v1/auth/login', { email: 'lin', password: PASSWORD });
    expect(email.body.errors[0].detail).toContain('for example lin@example.com');
  });
});
