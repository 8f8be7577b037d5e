import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
import { asksIn, freshSystem, query, required } from '../support/stack-env.js';
import { claimRows, deleteClaim } from '../harness/claim-rows.js';

const run = promisify(execFile);
let instance: Instance | undefined;
let env: Record<string, string>;

/** Arguments for MariaDB's own clients. */
function login(): string[] {
  const { hostname, port, username, password } = new URL(required('DATABASE_URL'));
  return [
    '--protocol=tcp',
    `--host=${hostname}`,
    `--port=${port}`,
    `--user=${username}`,
    `--password=${password}`,
  ];
}
const schema = (): string => new URL(env['DATABASE_URL'] ?? '').pathname.slice(1);

/** The database as it is now, as a backup has it. What is packed is bytes, and no text, in a dump. */
async function backup(): Promise<Buffer> {
  const { stdout } = await run('mariadb-dump', [...login(), '--single-transaction', schema()], {
    maxBuffer: 100_000_000,
    encoding: 'buffer',
  });
  return stdout;
}

/**
 * A dump is restored table by table. What runs meanwhile would write between two of them, and leave tables of different moments: it
 * stands still, so that it finds the database of an earlier moment at once, as after a promotion or a restored snapshot.
 */
async function restoreAtOnce(dump: Buffer): Promise<void> {
  instance?.signal('SIGSTOP');
  try {
    await restore(dump);
  } finally {
    instance?.signal('SIGCONT');
  }
}

async function restore(dump: Buffer): Promise<void> {
  const client = spawn('mariadb', [...login(), schema()], { stdio: ['pipe', 'ignore', 'inherit'] });
  client.stdin.end(dump);
  const [status] = await once(client, 'exit');
  expect(status).toBe(0);
}

/** `npm run replay` or `npm run audit`, as an operator runs it beside the running program. */
function command(tool: 'replay' | 'audit', ...args: string[]): Promise<{ status: unknown; out: string }> {
  return new Promise((resolve) => {
    const file = join(ROOT, 'dist/src/cli', `${tool}.js`);
    execFile(process.execPath, [file, ...args], { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ status: error ? error.code : 0, out: out + err }),
    );
  });
}

interface Won {
  readonly id: string;
  readonly token: string;
}

async function sold(drop: Drop, count: number): Promise<Won[]> {
  const url = instance?.url ?? '';
  const crowd = users(count);
  const answers = await Promise.all(crowd.map(({ token }) => claim(url, drop.id, token)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  const won = answers.map((answer, i) => ({ id: answer.body.id as string, token: crowd[i]?.token ?? '' }));
  await settle(url, won);
  return won;
}

const issued = async (drop: Drop): Promise<string[]> =>
  (await claimRows(asksIn(env), { voucherId: drop.id }))
    .filter(({ status }) => status === 'issued')
    .map(({ id }) => id)
    .sort();
const allHold = (drop: Drop): Promise<void> => equationsHold(() => audit(instance?.url ?? '', drop));
const epoch = async (): Promise<number> =>
  Number((await query<{ epoch: number }>(env, 'SELECT epoch FROM gate_epoch'))[0]?.epoch);

beforeAll(async () => {
  env = await freshSystem('forgot', 13);
});
afterEach(async () => {
  await instance?.kill('SIGKILL');
  instance = undefined;
});
afterAll(async () => {
  await instance?.kill('SIGKILL');
});

describe('a database that was restored', () => {
  it('while claims are taken has all rows again by itself, in the same epoch, and nobody is rejected', async () => {
    instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 200);
    const before = await sold(drop, 40);
    const dump = await backup();
    const after = await sold(drop, 40);
    const held = await epoch();
    await restoreAtOnce(dump);
    const meanwhile = await sold(drop, 20);
    const all = [...before, ...after, ...meanwhile].map(({ id }) => id).sort();
    await eventually('every claim is a row', async () => (await issued(drop)).length >= all.length);
    expect(await issued(drop)).toEqual(all);
    await allHold(drop);
    expect(await instance.metric('claim_log_rewinds_total')).toBeGreaterThan(0);
    expect(await instance.metric('claims_rejected_total')).toBe(0);
    expect(await epoch()).toBe(held);
  });

  it('while the program was down, with a gate that is lost as well, has all rows before an epoch opens', async () => {
    instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 100);
    const before = await sold(drop, 20);
    const dump = await backup();
    const after = await sold(drop, 30);
    await instance.kill('SIGKILL');
    await restore(dump);
    await query(env, `UPDATE gate_epoch SET state = 'lost'`);
    instance = await Instance.start(env);
    await eventually('the gate is open', async () => (await instance?.metric('gate_open')) === 1);
    // What is issued now, every rebuild has counted: no unit of it can be given again.
    expect(await issued(drop)).toEqual([...before, ...after].map(({ id }) => id).sort());
    const rest = await sold(drop, 50);
    expect(rest).toHaveLength(50);
    await allHold(drop);
    expect(await instance.metric('claims_rejected_total')).toBe(0);
  });

  it('is named by the audit, fenced by no repair, and made whole by a replay, once and for all', async () => {
    instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 100);
    const won = await sold(drop, 30);
    const held = await epoch();
    // Rows, events and stock of ten claims are gone, and the account says that they were consumed: only the log can tell.
    const gone = won.slice(0, 10).map(({ id }) => id);
    for (const id of gone) await deleteClaim(asksIn(env), id);
    await query(env, 'UPDATE voucher_stock SET issued = issued - 10 WHERE voucher_id = ?', [drop.id]);
    await query(env, 'DELETE FROM outbox WHERE aggregate_id = ?', [drop.id]);
    const found = await command('audit', '--voucher', drop.id, '--repair');
    expect(found.status).toBe(1);
    expect(found.out).toContain('10 claim(s) that were issued are missing in the ledger');
    expect(found.out).toContain(`npm run replay -- --voucher ${drop.id}`);
    expect(await epoch()).toBe(held);

    const [first, second] = await Promise.all([
      command('replay', '--voucher', drop.id, '--json'),
      command('replay', '--voucher', drop.id, '--json'),
    ]);
    for (const { status } of [first, second]) expect(status).toBe(0);
    const restored = [first, second].map(({ out }) => (JSON.parse(out) as { restored: number }).restored);
    expect((restored[0] ?? 0) + (restored[1] ?? 0)).toBe(10);
    expect(await issued(drop)).toEqual(won.map(({ id }) => id).sort());
    const again = await command('replay', '--all');
    expect(again).toMatchObject({ status: 0, out: expect.stringMatching(/^\s+0 {2}restored/m) });
    const mended = await command('audit', '--voucher', drop.id, '--repair'); // events of the claims that had stayed
    expect(mended).toMatchObject({ status: 0, out: expect.stringContaining('all equations hold') });
    expect(await epoch()).toBe(held);
  });

  it('that a rebuilt gate has followed is made whole from ended epochs, once the voucher is paused', async () => {
    instance = await Instance.start(env);
    const drop = await openDrop(instance.url, 30);
    const won = await sold(drop, 10);
    const gone = won.slice(0, 4).map(({ id }) => id);
    for (const id of gone) await deleteClaim(asksIn(env), id);
    await query(env, 'UPDATE voucher_stock SET issued = issued - 4 WHERE voucher_id = ?', [drop.id]);
    await query(env, 'DELETE FROM outbox WHERE aggregate_id = ?', [drop.id]);
    const held = await epoch();
    await query(env, `UPDATE gate_epoch SET state = 'lost'`);
    await eventually('the gate is rebuilt', async () => {
      return (await epoch()) > held && (await instance?.metric('gate_open')) === 1;
    });
    const plain = await command('replay', '--voucher', drop.id, '--json');
    expect(JSON.parse(plain.out)).toMatchObject({ restored: 0, ofEndedEpochs: 4 });
    const refused = await command('replay', '--voucher', drop.id, '--ended-epochs');
    expect(refused).toMatchObject({ status: 2, out: expect.stringContaining('pause it first') });
    await query(env, `UPDATE vouchers SET status = 'paused', version = version + 1 WHERE id = ?`, [drop.id]);
    const ended = await command('replay', '--voucher', drop.id, '--ended-epochs', '--json');
    expect(JSON.parse(ended.out)).toMatchObject({ restored: 4, ofEndedEpochs: 0 });
    expect(await issued(drop)).toEqual(won.map(({ id }) => id).sort());
    await command('audit', '--voucher', drop.id, '--repair');
    await allHold(drop);
  });
});

describe('npm run replay', () => {
  it.each([
    [['--nonsense'], 'usage: npm run replay'],
    [[], 'name one of --voucher, --since and --all'],
    [['--all', '--since', 'now'], 'name one of --voucher, --since and --all'],
    [['--since', 'yesterday-ish'], 'is no time'],
    [['--all', '--ended-epochs'], 'is for one --voucher'],
    [['--voucher', 'vch_0000000000000000', '--ended-epochs'], 'there is no voucher'],
  ])('refuses %j', async (args, why) => {
    expect(await command('replay', ...args)).toMatchObject({ status: 2, out: expect.stringContaining(why) });
  });
});
