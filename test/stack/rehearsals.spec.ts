import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { packVoucher } from '../../src/claim/ledger/rows/packing.js';
import { call, eventually, openDrop, type Drop } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem, query } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

const DAY_MS = 86_400_000;

let env: Record<string, string>;
let server: Instance;
let worker: Instance;
let redis: Redis;
let drop: Drop;

beforeAll(async () => {
  env = {
    ...(await freshSystem('rehearsals', 15)),
    REHEARSAL_P99_MS: '60000',
    REHEARSAL_LAG_MS: '60000',
  };
  redis = new Redis(env['REDIS_URL'] ?? '');
  [server, worker] = await Instance.startAll({ ...env, APP_ROLE: 'api' }, env);
  const tomorrow = Date.now() + DAY_MS;
  drop = await openDrop(server.url, 20, {
    opens_at: new Date(tomorrow).toISOString(),
    closes_at: new Date(tomorrow + DAY_MS).toISOString(),
  });
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all([server.kill('SIGTERM'), worker.kill('SIGTERM')]);
});

const path = (): string => `/v1/vouchers/${drop.id}/rehearsals`;
const begin = async (body: unknown): Promise<string> => {
  const answer = await call(server.url, 'POST', path(), { token: drop.merchantToken, body });
  expect(answer.status).toBe(202);
  return answer.body.id as string;
};
const find = async (id: string) =>
  (await call(server.url, 'GET', `${path()}/${id}`, { token: drop.merchantToken })).body;
const over = async (id: string) => {
  await eventually('the rehearsal is over', async () =>
    ['done', 'stopped'].includes((await find(id)).status),
  );
  return find(id);
};

/** Rows and keys that name the shadow of a rehearsal, the rehearsal's own left out. */
async function tracesOf(id: string): Promise<string[]> {
  const [row] = await query<{ shadow: string }>(
    env,
    'SELECT shadow_id AS shadow FROM rehearsals WHERE id = ?',
    [id],
  );
  const shadow = row?.shadow ?? '';
  const columns = await query<{ table: string; column: string }>(
    env,
    `SELECT table_name AS 'table', column_name AS 'column' FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name <> 'rehearsals'
        AND data_type IN ('varchar', 'text', 'mediumtext', 'longtext', 'binary', 'varbinary', 'blob', 'mediumblob')`,
  );
  const found: string[] = [];
  for (const { table, column } of columns) {
    const rows = await query(
      env,
      `SELECT 1 FROM \`${table}\`
        WHERE LOCATE(?, \`${column}\`) > 0 OR LOCATE(?, CAST(\`${column}\` AS BINARY)) > 0 LIMIT 1`,
      [shadow.slice('vch_'.length), packVoucher(shadow)],
    );
    if (rows.length > 0) found.push(table);
  }
  return [...found, ...(await redis.keys(`vc:{${shadow}}*`))];
}

it('a process that dies leaves its rehearsal to the next, which removes it; what the log hands out again is void', async () => {
  const lost = await begin({ crowd: 400, arrive_within_s: 10, step_s: 10 });
  await eventually('claims are issued', async () => (await tracesOf(lost)).includes('packed_claims'));
  await worker.kill('SIGKILL');
  worker = await worker.again();
  expect(await over(lost)).toMatchObject({ stopped_by: 'interrupted', result: { audit: { ok: true } } });
  expect(await tracesOf(lost)).toEqual([]);

  const { status, result } = await over(await begin({ crowd: 60, arrive_within_s: 2, step_s: 1 }));
  expect(status).toBe('done');
  let issued = 0;
  for (const step of result.steps) {
    const refused = Object.values<number>(step.refused).reduce((sum, n) => sum + n, 0);
    expect(step.accepted + step.shed + refused).toBe(step.offered);
    expect(step.issued).toBeGreaterThanOrEqual(step.accepted);
    issued += step.issued;
  }
  expect(result.audit).toMatchObject({ ok: true });
  expect(result.audit.equations).toContainEqual(
    expect.objectContaining({ name: 'issued = rows live', left: issued, right: issued }),
  );
  expect(result).toMatchObject({ instances: 2, units: 20, refused_sold_out: 40 });
  expect(await query(env, 'SELECT id FROM claim_dead_letters')).toEqual([]);
  expect(await claimRows(asksIn(env))).toEqual([]);
  expect(await query(env, 'SELECT voucher_id FROM voucher_stock')).toEqual([{ voucher_id: drop.id }]);
});
