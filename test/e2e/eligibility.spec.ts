import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Customers } from '../../src/auth/index.js';
import { Database } from '../../src/database/database.js';
import { personHash } from '../../src/voucher/index.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp({
    WEB_DIR: 'test/support/web',
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_WRITE: 'off',
    RATE_LIMIT_STATUS: 'off',
  });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const path = (id: string): string => `/v1/vouchers/${id}/eligibility`;
const put = (id: string, lines: readonly string[], type = 'text/csv', session = merchant): Promise<Answer> =>
  server.api.call('PUT', path(id), {
    token: session.access_token,
    raw: lines.join('\n'),
    headers: { 'content-type': type },
  });
const look = (id: string): Promise<Json> =>
  server.api.expect(200, 'GET', path(id), { token: merchant.access_token });
const draft = (terms: Json = {}): Promise<Json> => server.api.createVoucher(merchant.access_token, terms);

/** A shopper whose e-mail address is verified. */
async function person(): Promise<Session> {
  const session = await server.api.register();
  await verify(session);
  return session;
}
const verify = ({ user }: Session): Promise<unknown> =>
  server.app
    .get(Database)
    .write((tx) => tx.query('UPDATE users SET email_verified_at = 1 WHERE id = ?', [user.id]));

/** A live voucher for these people alone. */
async function listed(people: readonly string[], terms: Json = {}): Promise<string> {
  const { id } = await draft(terms);
  expect((await put(id, people)).status).toBe(200);
  await server.api.publish(merchant.access_token, id);
  return id;
}

describe('a voucher with a list', () => {
  it('is claimed by the people of the list, named by address or hash, and by nobody else', async () => {
    const [lin, wang, stranger] = [await person(), await person(), await person()];
    const id = await listed([lin.user.email.toUpperCase(), personHash(wang.user.email)]);
    expect((await server.api.claim(lin.access_token, id)).status).toBe(202);
    expect((await server.api.claim(wang.access_token, id)).status).toBe(202);
    for (let n = 0; n < 2; n++) {
      const refused = await server.api.claim(stranger.access_token, id);
      expectProblem(refused, 'not_eligible');
      expect(refused.body.email_unverified).toBe(false);
    }
    const summary = await server.api.waitSettled(merchant.access_token, id);
    expect(summary.issued).toBe(2);
    // The counts of all instances meet once a second.
    const refused = await until(async () => {
      const { body } = await server.api.call('GET', `/v1/vouchers/${id}/summary`, {
        token: merchant.access_token,
      });
      const layer = body.answers.funnel.find((one: Json) => one.layer === 'eligibility');
      return layer.refused > 0 ? layer : undefined;
    });
    expect(refused).toMatchObject({ refused: 2, reasons: [{ reason: 'not_eligible', count: 2 }] });
  });

  it('counts an e-mail address once it is verified', async () => {
    const lin = await server.api.register();
    const id = await listed([lin.user.email]);
    const refused = await server.api.claim(lin.access_token, id);
    expectProblem(refused, 'not_eligible');
    expect(refused.body.email_unverified).toBe(true);
    await verify(lin);
    await until(async () =>
      (await server.api.claim(lin.access_token, id)).status === 202 ? true : undefined,
    );
  });

  it('says so to everybody, and to its merchant how many are on it', async () => {
    const id = await listed(['lin@example.com', 'wang@example.com', 'LIN@example.com']);
    expect(await look(id)).toMatchObject({
      eligibility: 'listed',
      people: 2,
      updated_at: expect.any(String),
    });
    const shown = await server.api.expect(200, 'GET', `/v1/vouchers/${id}`);
    expect(shown.eligibility).toBe('listed');
    const page = await fetch(`${server.url}/drops/${id}`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('Invited people only');
    expect((await server.api.liveVoucher(merchant.access_token)).eligibility).toBe('everyone');
  });

  it('takes another list in place of the first while it is open; what was taken stays', async () => {
    const [lin, wang] = [await person(), await person()];
    const id = await listed([lin.user.email], { per_user_limit: 2 });
    expect((await server.api.claim(lin.access_token, id)).status).toBe(202);
    expectProblem(await server.api.claim(wang.access_token, id), 'not_eligible');
    expect((await put(id, [wang.user.email])).status).toBe(200);
    const asks = (who: Session, code: number) =>
      until(async () => ((await server.api.claim(who.access_token, id)).status === code ? true : undefined));
    await asks(wang, 202);
    await asks(lin, 403);
    expect((await server.api.waitSettled(merchant.access_token, id)).issued).toBeGreaterThanOrEqual(2);
    expect(await server.api.audit(merchant.access_token, id)).toMatchObject({ ok: true });
  });

  it('keeps its list in a clone, and loses it with the draft', async () => {
    const id = await listed(['lin@example.com', 'wang@example.com']);
    const token = merchant.access_token;
    const clone = await server.api.expect(201, 'POST', `/v1/vouchers/${id}/clone`, { token });
    expect(clone.eligibility).toBe('listed');
    expect(await look(clone.id)).toMatchObject({ eligibility: 'listed', people: 2 });
    await server.api.expect(204, 'DELETE', `/v1/vouchers/${clone.id}`, { token });
    const left = await server.app
      .get(Database)
      .read.query('SELECT person FROM eligible_people WHERE voucher_id = ?', [clone.id]);
    expect(left).toEqual([]);
  });

  it('asks for those who come at once in few queries, and not at all for a voucher without a list', async () => {
    const asked = jest.spyOn(server.app.get(Customers), 'proven');
    try {
      const open = await server.api.liveVoucher(merchant.access_token, { total_stock: 100 });
      const crowd = await Promise.all(Array.from({ length: 40 }, person));
      await Promise.all(crowd.map(({ access_token }) => server.api.claim(access_token, open.id)));
      expect(asked).not.toHaveBeenCalled();
      const id = await listed(
        crowd.map(({ user }) => user.email),
        { total_stock: 100 },
      );
      const answers = await Promise.all(crowd.map(({ access_token }) => server.api.claim(access_token, id)));
      expect(answers.map(({ status }) => status)).toEqual(crowd.map(() => 202));
      expect(asked.mock.calls.flatMap(([ids]) => ids)).toHaveLength(crowd.length);
    } finally {
      asked.mockRestore();
    }
  });

  it('takes nothing while it cannot be told who is on the list', async () => {
    const lin = await person();
    const id = await listed([lin.user.email]);
    const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    const broken = jest.spyOn(server.app.get(Customers), 'proven').mockRejectedValue(away);
    expectProblem(await server.api.claim(lin.access_token, id), 'dependency_unavailable');
    broken.mockRestore();
    expect((await server.api.claim(lin.access_token, id)).status).toBe(202);
  });

  it('lets nobody else into its waiting list', async () => {
    const [lin, wang, stranger] = [await person(), await person(), await person()];
    const id = await listed([lin.user.email, wang.user.email], { total_stock: 1 });
    expect((await server.api.claim(lin.access_token, id)).status).toBe(202);
    await server.api.waitSettled(merchant.access_token, id);
    const join = ({ access_token: token }: Session): Promise<Answer> =>
      server.api.call('POST', `/v1/vouchers/${id}/waiting-list`, { token });
    expectProblem(await join(stranger), 'not_eligible');
    expect((await join(wang)).status).toBeLessThan(300);
  });
});

describe('a file that is no list', () => {
  it('changes nothing, and its wrong lines are named', async () => {
    const { id } = await draft();
    await put(id, ['lin@example.com']);
    const before = await look(id);
    expectProblem(await put(id, ['wang@example.com', 'nobody', 'li@example.com', '?']), 'validation_failed', [
      '/2',
      '/4',
    ]);
    expectProblem(await put(id, ['']), 'validation_failed', ['']);
    expectProblem(await put(id, ['email']), 'validation_failed', ['']);
    expectProblem(await put(id, ['{}'], 'application/json'), 'unsupported_media_type');
    expectProblem(await put(id, ['x'], 'image/png'), 'unsupported_media_type');
    expectProblem(await put(id, ['x'.repeat(8 * 1_024 * 1_024 + 1)]), 'payload_too_large');
    expect(await look(id)).toEqual(before);
  });
});

describe('whether there is a list', () => {
  it('is settled in the draft, where the list can be removed again', async () => {
    const { id } = await draft();
    expect(await look(id)).toEqual({
      object: 'eligibility',
      voucher_id: id,
      eligibility: 'everyone',
      people: 0,
      updated_at: null,
      token: null,
    });
    await put(id, ['lin@example.com']);
    const token = merchant.access_token;
    expect(await server.api.expect(200, 'DELETE', path(id), { token })).toMatchObject({
      eligibility: 'everyone',
    });
    expect(await server.api.expect(200, 'DELETE', path(id), { token })).toMatchObject({ people: 0 });
    await server.api.publish(token, id);
    expectProblem(await put(id, ['lin@example.com']), 'not_editable');
    expectProblem(await server.api.call('DELETE', path(id), { token }), 'not_editable');
  });

  it('is fixed once it is published, and the list once it is over', async () => {
    const id = await listed(['lin@example.com']);
    const token = merchant.access_token;
    expectProblem(await server.api.call('DELETE', path(id), { token }), 'not_editable');
    await server.api.expect(200, 'POST', `/v1/vouchers/${id}/end`, { token });
    expectProblem(await put(id, ['wang@example.com']), 'not_editable');
  });

  it('is the matter of its merchant', async () => {
    const { id } = await draft();
    const other = await server.api.registerMerchant();
    expectProblem(await put(id, ['lin@example.com'], 'text/csv', other), 'not_found');
    expectProblem(await server.api.call('GET', path(id), { token: other.access_token }), 'not_found');
    expectProblem(await put(id, ['lin@example.com'], 'text/csv', await server.api.register()), 'forbidden');
  });
});
