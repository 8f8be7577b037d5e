import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cache } from '../../src/cache/index.js';
import { ClaimArchiver } from '../../src/claim/index.js';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { newDataDir, startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const DAY_MS = 86_400_000;
/** When the voucher was made, and when it was over. */
const [MADE, OVER] = [100, 60].map((days) => Date.now() - days * DAY_MS) as [number, number];

let server: TestApp;
let merchant: Session;
let shopper: Session;
let voucherId: string;
/** By what became of them. */
const claims: Record<'redeemed' | 'expired' | 'cancelled', Json> = {} as never;
let redemptionId: string;
let before: Json;

const write = (sql: string, ...values: unknown[]): Promise<unknown> =>
  server.app.get(Database).write((tx) => tx.query(sql, values));
const rowsIn = async (table: string): Promise<number> => {
  const sql = `SELECT COUNT(*) AS n FROM ${table} WHERE voucher_id = ?`;
  return Number((await server.app.get(Database).read.query(sql, [voucherId]))[0].n);
};
const ask = (path: string, token = merchant.access_token): Promise<Answer> =>
  server.api.call('GET', path, { token });

/** What people are answered, without the moments at which they asked. */
async function answers(): Promise<Json> {
  const at = `/v1/vouchers/${voucherId}`;
  const said: Json = {};
  for (const [name, path, token] of [
    ...Object.values(claims).map(({ id }) => [id, `/v1/claims/${id}`, shopper.access_token] as const),
    ['wallet', '/v1/me/claims', shopper.access_token] as const,
    ['wallet, redeemed', '/v1/me/claims?status=redeemed', shopper.access_token] as const,
    ['wallet, expired', '/v1/me/claims?status=expired', shopper.access_token] as const,
    ['wallet, issued', '/v1/me/claims?status=issued', shopper.access_token] as const,
    ['list', `${at}/claims`] as const,
    ['list, cancelled', `${at}/claims?status=cancelled`] as const,
    ['list, behind the first', `${at}/claims?limit=1&starting_after=${claims.cancelled.id}`] as const,
    ['search', `${at}/claims?q=${claims.redeemed.code}`] as const,
    ['file', `${at}/claims.csv`] as const,
    ['redemptions', '/v1/redemptions'] as const,
  ]) {
    const { status, text } = await ask(path, token);
    expect([name, status]).toEqual([name, 200]);
    said[name] = text;
  }
  for (const [name, { code }] of Object.entries(claims)) {
    const { status, body } = await server.api.call('POST', '/v1/redemptions', {
      token: merchant.access_token,
      json: { code },
    });
    said[`redeem ${name}`] = [status, body.code, body.detail];
  }
  for (const { id } of Object.values(claims)) {
    const json = { reason: 'test' };
    const { status, body } = await server.api.call('POST', `/v1/claims/${id}/cancel`, {
      token: merchant.access_token,
      json,
    });
    said[`cancel ${id}`] = [status, body.code, body.detail];
  }
  const { equations } = (await ask(`${at}/audit`)).body;
  said['audit'] = equations.filter(({ holds }: Json) => !holds);
  return said;
}

/** A voucher of long ago, three of whose units were claimed and went three ways; the process that served it has stopped since. */
beforeAll(async () => {
  const dataDir = await newDataDir();
  server = await startApp({ DATA_DIR: dataDir, RATE_LIMIT_CLAIM: 'off' });
  [merchant, shopper] = [await server.api.registerMerchant(), await server.api.register()];
  const draft = await server.api.createVoucher(merchant.access_token, { per_user_limit: 3 });
  voucherId = newId('vch', MADE);
  await write('UPDATE vouchers SET id = ? WHERE id = ?', voucherId, draft.id);
  await write('UPDATE voucher_stock SET voucher_id = ? WHERE voucher_id = ?', voucherId, draft.id);
  await server.app.get(Cache).admit('voucher', voucherId);
  await server.api.publish(merchant.access_token, voucherId);
  for (const name of ['redeemed', 'expired', 'cancelled'] as const) {
    const taken = await until(async () => {
      const answer = await server.api.claim(shopper.access_token, voucherId);
      return answer.status === 202 ? answer.body : undefined;
    });
    claims[name] = await server.api.waitIssued(shopper.access_token, taken.id);
  }
  const token = merchant.access_token;
  const redeemed = await server.api.expect(201, 'POST', '/v1/redemptions', {
    token,
    json: { code: claims.redeemed.code },
  });
  redemptionId = redeemed.id;
  await server.api.expect(200, 'POST', `/v1/claims/${claims.cancelled.id}/cancel`, {
    token,
    json: { reason: 'a mistake' },
  });
  for (const move of ['end', 'archive'])
    await server.api.expect(200, 'POST', `/v1/vouchers/${voucherId}/${move}`, { token });
  await write(
    'UPDATE vouchers SET opens_at = ?, updated_at = ?, closes_at = ?, redeem_until = ? WHERE id = ?',
    ...[MADE, OVER, OVER, OVER, voucherId],
  );
  await write('UPDATE redemptions SET at = ? WHERE id = ?', OVER - 1, redemptionId);
  await write('DELETE FROM claim_expiry WHERE voucher_id = ?', voucherId);
  await write('INSERT INTO claim_expiry (voucher_id, due_at) VALUES (?, ?)', voucherId, OVER);
  await server.stop({ keep: true });
  server = await startApp({
    DATA_DIR: dataDir,
    RATE_LIMIT_CLAIM: 'off',
    RETENTION_ARCHIVED_CLAIMS_DAYS: '31',
  });
  await until(async () => {
    const sql = 'SELECT due_at FROM claim_expiry WHERE voucher_id = ?';
    const [row] = await server.app.get(Database).read.query(sql, [voucherId]);
    return row?.due_at === null ? true : undefined;
  });
  before = await answers();
});
afterAll(() => server.stop({ keep: false }));

describe('claims of a voucher that was archived long ago', () => {
  it('are told as before once they are moved, and are neither redeemed, cancelled nor rolled back', async () => {
    expect(before).toMatchObject({
      audit: [],
      'redeem redeemed': [409, 'already_redeemed', expect.anything()],
    });
    await server.app.get(ClaimArchiver).run();
    expect([await rowsIn('claims'), await rowsIn('claims_archive')]).toEqual([0, 3]);
    expect(await answers()).toEqual(before);
    const rolledBack = await server.api.call('POST', `/v1/redemptions/${redemptionId}/rollback`, {
      token: merchant.access_token,
      json: { reason: 'too late' },
    });
    expectProblem(rolledBack, 'rollback_too_late');
  });

  it('keep the time that their holders had, and their texts can be mended', async () => {
    const edit = (json: Json): Promise<Answer> =>
      server.api.call('PATCH', `/v1/vouchers/${voucherId}`, {
        token: merchant.access_token,
        headers: { 'if-match': '*' },
        json,
      });
    const refused = await edit({ redeem_until: new Date(Date.now() + DAY_MS).toISOString(), confirm: true });
    expectProblem(refused, 'not_editable');
    expect(refused.body.errors).toMatchObject([{ pointer: '/redeem_until', code: 'claims_archived' }]);
    expect((await edit({ description: 'It was a good one.' })).status).toBe(200);
    expect((await ask(`/v1/claims/${claims.expired.id}`, shopper.access_token)).body.status).toBe('expired');
  });
});
