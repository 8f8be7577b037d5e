import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { GateEpochs } from '../../src/claim/ledger/gate-epochs.js';
import { Database } from '../../src/database/database.js';
import { OpsServer } from '../../src/observability/ops-server.js';
import { ROOT } from '../../src/common/root.js';
import type { Session } from '../support/api.js';
import { startApp, TEST_ENV, type TestApp } from '../support/app.js';
import { asking, deleteClaimsOf } from '../harness/claim-rows.js';

let server: TestApp;
let merchant: Session;
let opsPort: number;

beforeAll(async () => {
  server = await startApp();
  opsPort = await server.app.get(OpsServer).listen();
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

/** `npm run audit` beside the server, on its data folder. */
function command(...args: string[]): Promise<{ status: number; out: string }> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...TEST_ENV,
    DATA_DIR: server.dataDir,
    OPS_PORT: String(opsPort),
  };
  const file = join(ROOT, 'dist/src/cli/audit.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: server.dataDir, env }, (error, out, err) =>
      resolve({ status: error ? Number(error.code) : 0, out: out + err }),
    );
  });
}

async function soldVoucher(): Promise<{ id: string; claim: string }> {
  const { id } = await server.api.liveVoucher(merchant.access_token);
  const { access_token: token } = await server.api.register();
  const accepted = await server.api.claim(token, id);
  await server.api.waitIssued(token, accepted.body.id);
  return { id, claim: accepted.body.id as string };
}

describe('the audit of embedded mode', () => {
  it('is asked of the server that holds the data folder, and finds all to hold', async () => {
    const { id } = await soldVoucher();
    const { status, out } = await command('--voucher', id, '--json');
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      ok: true,
      gate: 'open',
      vouchers: [{ voucher: id, ok: true, found: [] }],
    });
    expect(report.vouchers[0].equations).toHaveLength(12);
    expect(status).toBe(0);
  });

  it('names an event that was removed, and writes it again only when told to', async () => {
    const { id, claim } = await soldVoucher();
    await server.app.get(Database).write((tx) => tx.query('DELETE FROM outbox WHERE aggregate_id = ?', [id]));
    const seen = await command('--voucher', id, '--full');
    expect(seen.status).toBe(1);
    expect(seen.out).toContain(`claim ${claim} has no event claim.issued`);
    expect((await server.api.audit(merchant.access_token, id)).ok).toBe(false);
    const mended = await command('--voucher', id, '--repair');
    expect(mended).toMatchObject({ status: 0, out: expect.stringContaining('wrote 1 missing event(s)') });
    expect((await server.api.audit(merchant.access_token, id)).ok).toBe(true);
  });

  it('says of a database that forgot that claims are missing in the ledger, and fences nothing', async () => {
    const { id, claim } = await soldVoucher();
    const db = server.app.get(Database);
    const { epoch } = await server.app.get(GateEpochs).current();
    await db.write(async (tx) => {
      await tx.query('DELETE FROM outbox WHERE aggregate_id = ?', [id]);
      await deleteClaimsOf(asking(tx), id);
      await tx.query('UPDATE voucher_stock SET issued = 0 WHERE voucher_id = ?', [id]);
    });
    for (const args of [[], ['--repair']]) {
      const { status, out } = await command('--voucher', id, ...args);
      expect(status).toBe(1);
      expect(out).toContain('1 claim(s) that were issued are missing in the ledger');
      expect(out).toContain(`claim ${claim} is issued at the gate, and no row`);
    }
    const { out } = await command('--voucher', id, '--repair');
    expect(out).toContain(`npm run replay -- --voucher ${id}`);
    expect(out).not.toContain('fenced the gate');
    expect((await server.app.get(GateEpochs).current()).epoch).toBe(epoch);
  });

  it('is a 404 for another tenant, and a 401 for nobody', async () => {
    const { id } = await soldVoucher();
    const other = await server.api.registerMerchant();
    const path = `/v1/vouchers/${id}/audit`;
    expect((await server.api.call('GET', path, { token: other.access_token })).status).toBe(404);
    expect((await server.api.call('GET', path)).status).toBe(401);
  });
});
