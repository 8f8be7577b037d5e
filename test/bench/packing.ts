import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RowDataPacket } from 'mysql2/promise';
import { ROOT } from '../../src/common/root.js';
import { PlainError } from '../harness/programs.js';
import { Stack } from '../harness/stack.js';
import { BenchInstallation } from './bench-installation.js';
import { claimRun, type ClaimRun } from './claim-run.js';
import { runMeasurement, whole } from './command.js';
import { CpuMeter } from './processes.js';
import { digits, spread } from './report.js';
import { measure as summary, ratio } from './statistics.js';
import { MOST_PER_SECOND } from './sections/section.js';

const USAGE = `usage: npm run bench:packing [-- --rows N] [-- --seconds N] [-- --rounds N] [-- --share PERCENT]
npm run pack-claims on generated claims of an older voucher, while a crowd claims another older one: what it costs, and what the crowd notices.
  --rows N         claims of the older voucher (1000000)
  --seconds N      length of one measurement of the crowd (5)
  --rounds N       measurements before, and while it runs (3)
  --share PERCENT  passed on (50)
Exit status: 0, 1 where an audit failed, 2 where nothing could be measured.`;

/** Rows of one statement. */
const ROWS = 50_000;
const AGE_MS = 3_600_000;

/** Claims as they were written before packed rows: text of the lengths and letters of real ids, users and codes. */
async function generateText(
  { database }: BenchInstallation,
  voucherId: string,
  claims: number,
): Promise<void> {
  const at = Date.now() - AGE_MS;
  for (let from = 0; from < claims; from += ROWS)
    await database.query(
      `INSERT INTO claims (id, voucher_id, user_id, ordinal, epoch, sequence, status, code, created_at, issued_at)
       SELECT CONCAT('clm_', SUBSTR(v, 5), '0001', SUBSTR(MD5(CONCAT(v, seq)), 1, 20)), v,
              CONCAT('usr_0', SUBSTR(MD5(CONCAT('user', seq)), 1, 15)), 1, 1, seq, 'issued',
              UPPER(INSERT(INSERT(INSERT(SUBSTR(MD5(CONCAT('code', v, seq)), 1, 16), 13, 0, '-'), 9, 0, '-'), 5, 0, '-')),
              ? + seq DIV 1000, ? + seq DIV 1000
         FROM (SELECT ? AS v) voucher, seq_${from + 1}_to_${Math.min(from + ROWS, claims)}`,
      [at, at, voucherId],
    );
  await database.query('UPDATE voucher_stock SET issued = ? WHERE voucher_id = ?', [claims, voucherId]);
}

async function bytesOf({ database }: BenchInstallation): Promise<number> {
  await database.query('ANALYZE TABLE claims, packed_claims');
  const [[row]] = await database.query<(RowDataPacket & { bytes: string })[]>(
    `SELECT SUM(stat_value) * @@innodb_page_size AS bytes FROM mysql.innodb_index_stats
      WHERE database_name = DATABASE() AND stat_name = 'size' AND table_name IN ('claims', 'packed_claims')`,
  );
  return Number(row?.bytes ?? 0);
}

/** `npm run pack-claims`, and what it has said. */
class Packer {
  private said = '';
  private readonly child: ChildProcess;
  private readonly began = performance.now();
  private readonly cpu: CpuMeter;
  /** What it took until the copies were the claims. */
  took: { readonly seconds: number; readonly cpuUs: ReadonlyMap<string, number> } | undefined;

  constructor(system: BenchInstallation, share: string) {
    const env = { ...process.env, ...system.stack.env(), NODE_ENV: 'test' };
    this.child = spawn(
      process.execPath,
      [join(ROOT, 'dist', 'src', 'cli', 'pack-claims.js'), '--share', share],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const { pid } = this.child;
    this.cpu = new CpuMeter(new Map([...system.pids, ['pack-claims', pid === undefined ? [] : [pid]]]));
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.said += chunk.toString();
        process.stdout.write(chunk);
        if (this.isSwitched)
          this.took ??= { seconds: (performance.now() - this.began) / 1_000, cpuUs: this.cpu.used() };
      });
  }

  /** Those of the older voucher, and what the crowd claimed meanwhile. */
  get packed(): number {
    return Number(/[\s\S]*comparing: (\d+) claims/.exec(this.said)?.[1] ?? NaN);
  }

  get isSwitched(): boolean {
    return this.said.includes('all claims are packed');
  }

  async switched(): Promise<void> {
    while (!this.isSwitched) {
      if (this.child.exitCode !== null) throw new PlainError(`pack-claims ended: ${this.said}`);
      await delay(100);
    }
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

interface Asked {
  readonly rows: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly share: string;
}

async function measure(system: BenchInstallation, { rows, seconds, rounds, share }: Asked): Promise<number> {
  await system.run({ CLAIM_DURABILITY: 'log', CLAIM_ROWS: 'text', RECONCILE_INTERVAL_MS: '3600000' });
  const units = MOST_PER_SECOND * seconds;
  const tokens = await system.users.tokens(units);
  await generateText(system, await system.openVoucher(rows), rows);
  const before = await bytesOf(system);
  const claims = async (): Promise<ClaimRun> => {
    const run = await claimRun(system, { seconds, connections: 500, threads: 1 }, { tokens, units });
    await system.awaitEvents(60_000);
    return run;
  };
  await claims(); // warms up
  const alone: ClaimRun[] = [];
  for (let round = 0; round < rounds; round++) alone.push(await claims());

  // Its first step, with a moment behind the vouchers of this run: what the crowd claims is written in both forms.
  await system.database.query(
    `UPDATE gate_epoch SET claims_packed_from = ?, claims_packing = 'copying' WHERE id = 1`,
    [Date.now() + AGE_MS],
  );
  const packer = new Packer(system, share);
  const beside: ClaimRun[] = [];
  try {
    while (beside.length < rounds && !packer.isSwitched) beside.push(await claims());
    await packer.switched();
  } finally {
    await packer.end();
  }
  const cost = (name: string): string => digits((packer.took?.cpuUs.get(name) ?? 0) / packer.packed);
  const packed = await claims();
  const accepted = (runs: readonly ClaimRun[]) => summary(runs.map((run) => run.acceptedPerSecond));
  const issued = (runs: readonly ClaimRun[]) => summary(runs.map((run) => run.issuedPerSecond));
  console.log(`${digits(rows)} older claims, ${digits(before / rows)} bytes each before
some ${digits(packer.packed)} with those of the crowd copied, compared and switched in ${digits(packer.took?.seconds ?? NaN)} s; pack-claims used ${cost('pack-claims')} µs of CPU a claim
accepted a second: before ${spread(accepted(alone))}, while it ran ${spread(accepted(beside))}: ${ratio(accepted(beside), accepted(alone)).toFixed(2)}
issued a second:   before ${spread(issued(alone))}, while it ran ${spread(issued(beside))}: ${ratio(issued(beside), issued(alone)).toFixed(2)}
accepted a second once all were packed: ${digits(packed.acceptedPerSecond)}`);
  const voids = new Set([...alone, ...beside, packed].flatMap((run) => run.voids));
  for (const found of voids) console.log(`VOID: ${found}`);
  return voids.size === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      share: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const asked = {
    rows: whole(values.rows, 'rows'),
    seconds: whole(values.seconds, 'seconds'),
    rounds: whole(values.rounds, 'rounds'),
    share: values.share,
  };
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-packing-'));
  try {
    const system = await BenchInstallation.start(folder);
    const status = await measure(system, asked);
    await system.endApps();
    await system.stop();
    return status;
  } finally {
    await new Stack(join(folder, 'stack')).down('SIGKILL'); // its data goes with it
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

await runMeasurement(USAGE, main);
