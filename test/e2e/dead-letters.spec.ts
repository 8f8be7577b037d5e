import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { Metrics } from '../../src/observability/metrics.js';
import { until, type Json } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { tokenFor, users } from '../support/crowd.js';
import { expectProblem } from '../support/problem.js';

const ADMIN = 'usr_0000000000admn01';
const token = tokenFor(ADMIN, 'admin');
const LIST = '/v1/admin/dead-letters';

let server: TestApp;
let merchant: string;

beforeEach(async () => {
  server = await startApp({ SWEEP_AFTER_MS: '100', SWEEP_INTERVAL_MS: '50' });
  merchant = (await server.api.registerMerchant()).access_token;
});
afterEach(() => server.stop());

const sql = (text: string) => server.app.get(Database).write((tx) => tx.query(text));
/** From now on the database refuses rows of the claims table that look like this, and says that the data are wrong. */
const poison = (when: string) =>
  sql(`CREATE TRIGGER poison BEFORE INSERT ON claims WHEN ${when} BEGIN SELECT RAISE(ABORT, 'poison'); END`);
const cure = () => sql('DROP TRIGGER poison');
const letters = async (query = ''): Promise<Json[]> =>
  (await server.api.expect(200, 'GET', `${LIST}${query}`, { token })).data;
const retry = (id: string) => server.api.call('POST', `${LIST}/${id}/retry`, { token });
const discard = (id: string, reason = 'refunded by hand') =>
  server.api.call('POST', `${LIST}/${id}/discard`, { token, json: { reason } });
const status = async (user: string, id: string) => (await server.api.claimStatus(user, id)).body;
const audit = async (voucherId: string): Promise<void> => {
  const report = await server.api.audit(merchant, voucherId);
  expect({ ok: report.ok, equations: report.equations.filter((each: Json) => !each.holds) }).toEqual({
    ok: true,
    equations: [],
  });
};

/** A voucher, and a claim on it that the database refuses to issue. */
async function stuck(units: number): Promise<{ id: string; user: string; claim: string; letter: Json }> {
  const [unlucky] = users(1);
  const { id } = await server.api.liveVoucher(merchant, { total_stock: units });
  await poison(`NEW.user_id = '${unlucky?.id}' AND NEW.status = 'issued'`);
  const user = unlucky?.token ?? '';
  const taken = await server.api.claim(user, id, { 'idempotency-key': 'mine' });
  expect(taken.status).toBe(202);
  const letter = await until(async () => (await letters('?status=open'))[0]);
  return { id, user, claim: taken.body.id, letter };
}

describe('a claim that the database refuses', () => {
  it('stays pending, and nobody else gets its unit', async () => {
    const { id, user, claim, letter } = await stuck(2);
    expect(letter).toMatchObject({
      object: 'dead_letter',
      status: 'open',
      claim_id: claim,
      voucher_id: id,
      retries: 0,
      reason: expect.stringContaining('poison'),
      closed_by: null,
      outcome: null,
      discard_reason: null,
    });
    const [second, third] = users(2);
    const issued = await server.api.claim(second?.token ?? '', id);
    await server.api.waitIssued(second?.token ?? '', issued.body.id);
    expectProblem(await server.api.claim(third?.token ?? '', id), 'sold_out');
    expect(await status(user, claim)).toMatchObject({ status: 'pending', code: null });
    await audit(id);
  });

  it('is not sent again by the sweep', async () => {
    const { letter } = await stuck(5);
    const sent = async () =>
      (await server.app.get(Metrics).compensations.get()).values.find((one) => one.labels.job === 'sweep')
        ?.value ?? 0;
    const before = await sent();
    const runs = async () =>
      (await server.app.get(Metrics).jobs.get()).values.find(
        (one) => one.labels.job === 'sweep' && one.labels.outcome === 'ok',
      )?.value ?? 0;
    const first = await runs();
    await until(async () => ((await runs()) > first + 6 ? true : undefined));
    expect(await sent()).toBe(before);
    expect(await letters()).toEqual([letter]);
  });

  it('is issued by a retry once the cause is gone, under the same id and once', async () => {
    const { id, user, claim, letter } = await stuck(1);
    const vain = await retry(letter.id);
    expect([vain.status, vain.body]).toMatchObject([200, { status: 'open', retries: 1 }]);
    expect(vain.body.retried_at).not.toBeNull();
    expect((await status(user, claim)).status).toBe('pending');
    await cure();
    const done = await retry(letter.id);
    expect(done.body).toMatchObject({ status: 'retried', outcome: 'issued', retries: 2, closed_by: ADMIN });
    expect(await status(user, claim)).toMatchObject({ status: 'issued', code: expect.any(String) });
    expectProblem(await retry(letter.id), 'dead_letter_closed');
    expectProblem(await discard(letter.id), 'dead_letter_closed');
    const again = await server.api.claim(user, id, { 'idempotency-key': 'mine' });
    expect(again.body.id).toBe(claim);
    await audit(id);
  });

  it('ends as rejected when its letter is discarded, and gives unit and quota back', async () => {
    const { id, user, claim, letter } = await stuck(1);
    const [other] = users(1);
    expectProblem(await server.api.claim(other?.token ?? '', id), 'sold_out');
    const gone = await discard(letter.id, ' refunded by hand ');
    expect(gone.body).toMatchObject({
      status: 'discarded',
      discard_reason: 'refunded by hand',
      outcome: null,
      closed_by: ADMIN,
    });
    expect(await status(user, claim)).toMatchObject({ status: 'rejected', reject_reason: 'discarded' });
    await audit(id);
    const { data } = await server.api.expect(200, 'GET', `/v1/audit-log?object=${letter.id}`, { token });
    expect(data).toMatchObject([
      { action: 'dead_letter.discarded', details: { reason: 'refunded by hand' } },
    ]);
    expectProblem(await discard(letter.id), 'dead_letter_closed');
    await cure();
    const next = await until(async () => {
      const answer = await server.api.claim(user, id);
      return answer.status === 202 ? answer.body : undefined;
    });
    expect(next.id).not.toBe(claim);
    await server.api.waitIssued(user, next.id);
    expect((await status(user, claim)).status).toBe('rejected');
    await audit(id);
    expect(await letters('?status=discarded')).toEqual([gone.body]);
    expect(await letters('?status=open')).toEqual([]);
  });

  it('has one end when one administrator retries it while another discards it', async () => {
    const { id, user, claim, letter } = await stuck(1);
    await cure();
    const answers = await Promise.all([retry(letter.id), discard(letter.id), retry(letter.id)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409]);
    const [found] = await letters();
    const end = await server.api.waitEnded(user, claim);
    expect([found.status, end.status]).toEqual(
      found.status === 'retried' ? ['retried', 'issued'] : ['discarded', 'rejected'],
    );
    await audit(id);
  });

  it('stays open, and its unit held, where not even its end can be written', async () => {
    const { id, user, claim, letter } = await stuck(1);
    await cure();
    await poison('1');
    expectProblem(await discard(letter.id), 'claim_unwritable');
    expect(await letters('?status=open')).toEqual([letter]);
    expect((await status(user, claim)).status).toBe('pending');
    await audit(id);
  });

  it('is held through a restart, which rebuilds the gate', async () => {
    const { id, user, claim, letter } = await stuck(1);
    await server.stop({ keep: true });
    const { dataDir } = server;
    server = await startApp({ DATA_DIR: dataDir });
    expect((await status(user, claim)).status).toBe('pending');
    const [other] = users(1);
    expectProblem(await server.api.claim(other?.token ?? '', id), 'sold_out');
    const again = await server.api.claim(user, id, { 'idempotency-key': 'mine' });
    expect([again.status, again.body.id]).toEqual([202, claim]);
    await audit(id);
    await cure();
    expect((await retry(letter.id)).body).toMatchObject({ status: 'retried', outcome: 'issued' });
    expect((await status(user, claim)).status).toBe('issued');
    await audit(id);
  });

  it('can be discarded after a restart, and its unit is there again', async () => {
    const { id, user, claim, letter } = await stuck(1);
    await server.stop({ keep: true });
    server = await startApp({ DATA_DIR: server.dataDir });
    await discard(letter.id);
    expect(await status(user, claim)).toMatchObject({ status: 'rejected', reject_reason: 'discarded' });
    await cure();
    const [other] = users(1);
    const next = await until(async () => {
      const answer = await server.api.claim(other?.token ?? '', id);
      return answer.status === 202 ? answer.body : undefined;
    });
    await server.api.waitIssued(other?.token ?? '', next.id);
    await audit(id);
  });
});

describe('a record that cannot be read', () => {
  it('holds nothing; a retry says why, a discard puts it away', async () => {
    await sql(
      `INSERT INTO claim_intake (claim_id, voucher_id, epoch, payload, attempts, created_at) VALUES ('junk', 'x', 1, '{"v":9}', 0, 1)`,
    );
    const { id } = await server.api.liveVoucher(merchant, { total_stock: 1 });
    const [user] = users(1); // wakes the transport
    const taken = await server.api.claim(user?.token ?? '', id);
    await server.api.waitIssued(user?.token ?? '', taken.body.id);
    const letter = await until(async () => (await letters())[0]);
    expect(letter).toMatchObject({ source: 'intake/junk', payload: '{"v":9}', claim_id: null });
    expect((await retry(letter.id)).body).toMatchObject({ status: 'open', retries: 1, outcome: null });
    expect((await discard(letter.id)).body).toMatchObject({ status: 'discarded' });
    await audit(id);
  });

  it('does not issue what the gate does not hold, however well it reads', async () => {
    const { id } = await server.api.liveVoucher(merchant, { total_stock: 1 });
    const claim = `clm_${'0'.repeat(40)}`;
    const forged = {
      v: 1,
      id: claim,
      voucher_id: id,
      user_id: 'usr_x',
      ordinal: 1,
      epoch: 1,
      sequence: 1,
      at: 1,
    };
    await sql(
      `INSERT INTO claim_dead_letters (id, source, payload, reason, created_at) VALUES ('dlt_forged', 'log/0/1', '${JSON.stringify(forged)}', 'not JSON', 1)`,
    );
    expect((await retry('dlt_forged')).body).toMatchObject({
      status: 'open',
      reason: expect.stringContaining('no pending claim'),
    });
    await audit(id);
  });
});

describe('dead letters', () => {
  it('are for administrators', async () => {
    const shopper = (await server.api.register()).access_token;
    const calls: [string, string, Json?][] = [
      ['GET', LIST],
      ['GET', `${LIST}/dlt_0000000000000000`],
      ['POST', `${LIST}/dlt_0000000000000000/retry`],
      ['POST', `${LIST}/dlt_0000000000000000/discard`, { reason: 'x' }],
    ];
    for (const [method, path, json] of calls) {
      for (const other of [shopper, merchant])
        expectProblem(await server.api.call(method, path, { token: other, json }), 'forbidden');
      expectProblem(await server.api.call(method, path, { json }), 'unauthenticated');
      if (path !== LIST) expectProblem(await server.api.call(method, path, { token, json }), 'not_found');
    }
  });

  it('are listed newest first, a page at a time', async () => {
    for (let n = 1; n <= 5; n++)
      await sql(
        `INSERT INTO claim_dead_letters (id, source, payload, reason, created_at) VALUES ('dlt_${n}', 's', 'p', 'r', ${n > 3 ? 3 : n})`,
      );
    const ids = async (query: string) => (await letters(query)).map(({ id }) => id);
    expect(await ids('')).toEqual(['dlt_5', 'dlt_4', 'dlt_3', 'dlt_2', 'dlt_1']);
    expect(await ids('?limit=2&starting_after=dlt_4')).toEqual(['dlt_3', 'dlt_2']);
    expect(await ids('?limit=2&ending_before=dlt_2')).toEqual(['dlt_4', 'dlt_3']);
    expect((await server.api.expect(200, 'GET', `${LIST}?limit=2`, { token })).has_more).toBe(true);
    expect(await server.api.expect(200, 'GET', `${LIST}/dlt_3`, { token })).toMatchObject({ id: 'dlt_3' });
    for (const query of [
      'limit=0',
      'status=lost',
      'starting_after=x',
      'x=1',
      'starting_after=a&ending_before=b',
    ])
      expectProblem(await server.api.call('GET', `${LIST}?${query}`, { token }), 'validation_failed');
  });

  it.each<[string, Json]>([
    ['nothing', {}],
    ['an empty reason', { reason: ' ' }],
    ['a reason too long', { reason: 'x'.repeat(501) }],
    ['a reason with NUL', { reason: 'a\u0000' }],
    ['an unknown field', { reason: 'x', status: 'retried' }],
  ])('are not discarded with %s', async (_name, json) => {
    await sql(
      `INSERT INTO claim_dead_letters (id, source, payload, reason, created_at) VALUES ('dlt_1', 's', 'p', 'r', 1)`,
    );
    expectProblem(
      await server.api.call('POST', `${LIST}/dlt_1/discard`, { token, json }),
      'validation_failed',
    );
    expect(await letters('?status=open')).toHaveLength(1);
  });
});
