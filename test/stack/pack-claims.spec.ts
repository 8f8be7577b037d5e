import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import {
  audit,
  claim,
  equationsHold,
  eventually,
  openDrop,
  settle,
  users,
  type Drop,
} from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem, query } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

const UNITS = 1_600;
/** More than one batch of the copy. */
const BEFORE = 700;
const MEANWHILE = 300;

let env: Record<string, string>;
let instances: Instance[] = [];

/** `npm run pack-claims`, as an operator runs it beside the running program. */
function packClaims(settings: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/cli/pack-claims.js'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...settings },
  });
  const said = { out: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  const ended = once(child, 'exit').then(([status]) => ({ status: status as number | null, out: said.out }));
  return { child, said, ended };
}

const crowd = users(UNITS);

/** Claims of the next of the crowd, over both instances. */
async function sold(drop: Drop, from: number, to: number): Promise<string[]> {
  const won: { id: string; token: string }[] = [];
  for (let next = from; next < to; next += 50) {
    const some = crowd.slice(next, Math.min(next + 50, to));
    const answers = await Promise.all(
      some.map(({ token }, at) => claim(instances[at % 2]?.url ?? '', drop.id, token)),
    );
    for (const [at, answer] of answers.entries()) {
      expect(answer.status).toBe(202);
      won.push({ id: answer.body.id as string, token: some[at]?.token ?? '' });
    }
  }
  await settle(instances[0]?.url ?? '', won);
  return won.map(({ id }) => id);
}

beforeAll(async () => {
  env = { ...(await freshSystem('pack', 11)), CLAIM_ROWS: 'text' };
  instances = await Instance.startAll(env, env);
});
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.kill('SIGTERM')));
});

const counted = async (table: string): Promise<number> =>
  Number((await query<{ n: number }>(env, `SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

it('packs older claims while two instances take others, ended by force and started again', async () => {
  const drop = await openDrop(instances[0]?.url ?? '', UNITS);
  const before = await sold(drop, 0, BEFORE);
  expect([await counted('claims'), await counted('packed_claims')]).toEqual([BEFORE, 0]);
  // As if `CLAIM_ROWS=packed` had been said long ago, and this drop was made before.
  await query(env, 'UPDATE gate_epoch SET claims_packed_from = 1000 * UNIX_TIMESTAMP() + 1000 WHERE id = 1');

  const first = packClaims(env, '--share', '1');
  const meanwhile = sold(drop, BEFORE, BEFORE + MEANWHILE);
  await eventually('a batch is copied', async () => first.said.out.includes('copying: 500'));
  first.child.kill('SIGKILL');
  await first.ended;
  expect(await counted('claims')).toBeGreaterThanOrEqual(BEFORE);

  const second = packClaims(env);
  await eventually('the copies are the claims', async () => second.said.out.includes('waiting until'));
  second.child.kill('SIGKILL');
  const all = [...before, ...(await meanwhile), ...(await sold(drop, BEFORE + MEANWHILE, UNITS))];

  await query(env, 'UPDATE claim_packing SET changed_at = changed_at - 300000');
  const last = await packClaims(env).ended;
  expect(last).toEqual({
    status: 0,
    out: expect.stringMatching(
      /^(checking: \d+ claims\n)+the old tables are empty\ndone: all claims are packed\n$/,
    ),
  });
  expect([await counted('claims'), await counted('packed_claims')]).toEqual([0, UNITS]);
  const rows = await claimRows(asksIn(env), { voucherId: drop.id });
  expect(
    rows
      .filter(({ status }) => status === 'issued')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(all.sort());
  await equationsHold(() => audit(instances[1]?.url ?? '', drop));
  expect(await packClaims(env).ended).toEqual({ status: 0, out: 'done: all claims are packed\n' });
});

it('says what it does not do', async () => {
  const usage = await packClaims(env, '--share', '0').ended;
  expect([usage.status, usage.out]).toEqual([
    2,
    expect.stringContaining('--share is a whole number from 1 to 100'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-pack-'));
  try {
    const embedded = await packClaims({
      ...env,
      DATABASE_URL: '',
      REDIS_URL: '',
      KAFKA_BROKERS: '',
      DATA_DIR: folder,
    }).ended;
    expect([embedded.status, embedded.out]).toEqual([
      2,
      expect.stringContaining('embedded mode packs no claims'),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
