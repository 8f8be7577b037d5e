import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Auditor } from '../../src/audit/auditor.js';
import { GateKeeper, StockGate } from '../../src/claim/index.js';
import { GateEpochs } from '../../src/claim/ledger/gate-epochs.js';
import { Database } from '../../src/database/database.js';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { asking, changeClaim } from '../harness/claim-rows.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  // Only what the test asks for looks at the books.
  server = await startApp({ RECONCILE_INTERVAL_MS: '600000' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const epoch = async (): Promise<number> => (await server.app.get(GateEpochs).current()).epoch;

/** A voucher with one claim that was cancelled, which the database then forgets, as a restored one does. */
async function forgottenCancellation(): Promise<string> {
  const { id } = await server.api.liveVoucher(merchant.access_token, {
    total_stock: 3,
    cancellable_until: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const { access_token: token } = await server.api.register();
  const accepted = await server.api.claim(token, id);
  const claim = accepted.body.id as string;
  await server.api.waitIssued(token, claim);
  await server.api.expect(200, 'POST', `/v1/claims/${claim}/cancel`, { token, json: {} });
  await server.app.get(Database).write(async (tx) => {
    await changeClaim(asking(tx), claim, { status: 'issued', moves: null });
    await tx.query('DELETE FROM claim_status_index WHERE claim_id = ?', [claim]);
    await tx.query('UPDATE voucher_stock SET issued = 1, returns = 0 WHERE voucher_id = ?', [id]);
    await tx.query('DELETE FROM unit_returns WHERE voucher_id = ?', [id]);
    await tx.query(`DELETE FROM outbox WHERE aggregate_id = ? AND type = 'claim.cancelled'`, [id]);
  });
  return id;
}

describe('a database that forgot units that were given back', () => {
  it.each([
    ['an audit', (id: string) => server.app.get(Auditor).audit(id)],
    ['a look whether anything moves', (id: string) => server.app.get(Auditor).fingerprint(id)],
  ])('is noticed by %s, and the gate is rebuilt from it', async (_what, look) => {
    const id = await forgottenCancellation();
    const before = await epoch();
    const gate = server.app.get(StockGate);
    expect(await gate.remaining(before, id)).toBe(3);
    await look(id);
    await until(async () => ((await epoch()) > before && server.app.get(GateKeeper).isOpen) || undefined);
    expect(await gate.remaining(await epoch(), id)).toBe(2);
    const { equations } = await server.api.audit(merchant.access_token, id);
    expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
    // The next give-back has the number that was given before, and the gate takes it.
    const { access_token: token } = await server.api.register();
    const next = await server.api.claim(token, id);
    await server.api.waitIssued(token, next.body.id);
    await server.api.expect(200, 'POST', `/v1/claims/${next.body.id}/cancel`, { token, json: {} });
    expect(await gate.remaining(await epoch(), id)).toBe(2);
  });

  it('is not suspected while the gate has not taken them yet', async () => {
    const id = await forgottenCancellation();
    await server.app.get(Database).write(async (tx) => {
      await tx.query('UPDATE voucher_stock SET returns = 5 WHERE voucher_id = ?', [id]);
    });
    const before = await epoch();
    await server.app.get(Auditor).audit(id);
    expect(server.app.get(GateKeeper).isOpen).toBe(true);
    expect(await epoch()).toBe(before);
  });
});
