import { readFileSync } from 'node:fs';
import type { RowDataPacket } from 'mysql2/promise';
import type { BenchInstallation } from '../bench-installation.js';
import { claimRun } from '../claim-run.js';
import { generateClaims } from '../generated-claims.js';
import { loseGate } from '../lost-gate.js';
import { CpuMeter } from '../processes.js';
import { digits, type Findings } from '../report.js';
import { databaseBytes, gateBytes, topicBytes } from '../weights.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';
import { MAX_STOCK } from '../../../src/voucher/domain/terms.js';
import { claimRows } from '../../harness/claim-rows.js';

const SIZES = [100_000, 1_000_000];
const QUICK_SIZES = [20_000];
const PAGE = 20;
/** One is too short for the clock of a process. */
const PAGES = 100;
const CLAIMS_S = 2;
const PROBES = 2_000;
const EVENTS_WAIT_MS = 120_000;
const DATABASE = 'all in the database';
const REDIS = 'Redis, claimed just now';
const KAFKA = 'all in Kafka';

/** What each thing costs when a voucher has ten times the claims. */
export const growthSection: Section = {
  name: 'growth',
  what: 'what a claim, a rebuild, an audit, an export and a page cost as claims grow',
  quick: true,
  measure: measureGrowth,
};

interface Cost {
  readonly seconds: number;
  /** Of the database, all of it: `Handler_read%`. */
  readonly rowsRead: number;
  /** Seconds of application, database and Redis together. */
  readonly cpuS: number;
}

async function measureGrowth({ system, args, say }: Bench): Promise<Findings> {
  // Nothing but what is measured reads claims meanwhile.
  await system.run({ RECONCILE_INTERVAL_MS: '3600000' });
  const tokens = await system.users.tokens(MOST_PER_SECOND * CLAIMS_S);
  const probes = readFileSync(tokens, 'utf8').split('\n', PROBES);
  const sizes = sizesOf(args);
  const costs = new Map<string, Cost[]>();
  const voids: string[] = [];
  const perClaim = new Map<string, number[]>();
  const note = (what: string, cost: Cost): void => {
    costs.set(what, [...(costs.get(what) ?? []), cost]);
    say(
      `${what.padEnd(26)} ${digits(cost.seconds)} s, ${digits(cost.rowsRead)} rows read, ${digits(cost.cpuS)} s CPU`,
    );
  };
  for (const size of sizes) {
    const voucher = await system.openVoucher(size + PROBES);
    const empty = await databaseBytes(system);
    await generateClaims(system, voucher, size);
    say(`${digits(size)} claims`);
    const weigh = (what: string, bytes: number, claims: number): void => {
      perClaim.set(what, [...(perClaim.get(what) ?? []), bytes / claims]);
    };
    let rowBytes = 0;
    for (const [what, bytes] of await databaseBytes(system)) {
      weigh(what, bytes - (empty.get(what) ?? 0), size);
      rowBytes += bytes - (empty.get(what) ?? 0);
    }
    weigh(DATABASE, rowBytes, size);
    note('rebuild of the gate, closed', await cost(system, () => loseGate(system, voucher, probes)));
    weigh('Redis, after a rebuild', await gateBytes(system, voucher), size);
    // The voucher opens before the others: without the whole gate an audit leaves its equation out.
    await system.app.waitReady();
    for (const [what, full] of [
      ['audit of all claims', true],
      ['audit, the next one', false],
    ] as const)
      note(
        what,
        await cost(system, async () => {
          const { ok, gate, vouchers } = await system.audit(voucher, full);
          if (!ok || gate === 'closed') voids.push(`${what}: ${JSON.stringify({ gate, vouchers })}`);
        }),
      );
    const middle = await claimAt(system, voucher, size / 2);
    for (const [what, after] of [
      [`${PAGES} times the first page`, {}],
      [`${PAGES} times the middle page`, { starting_after: middle }],
    ] as const)
      note(
        what,
        await cost(system, async () => {
          const query = { limit: PAGE, ...after };
          for (let n = 0; n < PAGES; n++) {
            const { data } = await system.api.call('get', '/v1/vouchers/{id}/claims', {
              params: { id: voucher },
              query,
            });
            if (data.length !== PAGE) voids.push(`${what}: ${data.length} claims`);
          }
        }),
      );
    note(
      'export as CSV',
      await cost(system, async () => {
        const lines = await exported(system, voucher);
        if (lines < size) voids.push(`the export of ${size} claims had ${lines} lines`);
      }),
    );
    const logged = topicBytes(system);
    const run = await claimRun(
      system,
      { ...args, seconds: CLAIMS_S },
      { tokens, units: MOST_PER_SECOND * CLAIMS_S },
    );
    voids.push(...run.voids);
    weigh(REDIS, await gateBytes(system, run.voucherId), run.issued);
    await system.awaitEvents(EVENTS_WAIT_MS);
    let logBytes = 0;
    for (const [topic, bytes] of topicBytes(system)) {
      weigh(`Kafka, ${topic}`, bytes - (logged.get(topic) ?? 0), run.issued);
      logBytes += bytes - (logged.get(topic) ?? 0);
    }
    weigh(KAFKA, logBytes, run.issued);
    const cpuUs = [...run.cpuUs].reduce((sum, [name, us]) => sum + (name === 'generator' ? 0 : us), 0);
    note('1,000 claims', {
      seconds: 1_000 / run.issuedPerSecond,
      rowsRead: NaN,
      cpuS: cpuUs / 1_000,
    });
  }
  const cells = ({ seconds, rowsRead, cpuS }: Cost): string[] => [
    digits(seconds),
    digits(rowsRead),
    digits(cpuS),
  ];
  return {
    figures: {
      ...Object.fromEntries(
        [...costs].flatMap(([what, found]) =>
          found.map(({ cpuS }, index) => [`growth.${what.replaceAll(/\W+/g, '-')}.${sizes[index]}`, cpuS]),
        ),
      ),
      'growth.bytes.database': perClaim.get(DATABASE)?.at(-1) ?? NaN,
      'growth.bytes.redis': perClaim.get(REDIS)?.at(-1) ?? NaN,
      'growth.bytes.kafka': perClaim.get(KAFKA)?.at(-1) ?? NaN,
    },
    tables: [
      {
        title:
          'By claims on the voucher: seconds, rows read in the database, CPU seconds of application and servers',
        head: ['', ...sizes.flatMap((size) => [`${digits(size)}: s`, 'rows', 'CPU s'])],
        rows: [...costs].map(([what, found]) => [what, ...found.flatMap(cells)]),
      },
      {
        title: 'Bytes a claim takes, in the database by index',
        head: ['', ...sizes.map(digits)],
        rows: [...perClaim].map(([what, found]) => [what, ...found.map(digits)]),
      },
    ],
    growth: [...costs].map(([name, found]) => ({
      name,
      points: found.map(({ cpuS }, index) => [sizes[index] ?? NaN, cpuS] as const),
    })),
    notes: [
      'Rows of claims, indexes and packs of events are generated in the shape that the program writes; ids, users and codes are in no order. The claims of 1,000 are made through the program on another voucher, with those rows in the table.',
      'Bytes in the database are pages of each index, those in Redis what MEMORY USAGE says of the keys of the voucher, those in Kafka what the topics grew by: these and Redis after claims are of the claims made through the program.',
      'Each was measured once. The next audit reads the ranges that no audit has proved, and a twentieth of the others.',
      'The rebuild begins when the gate has lost its keys, and ends with the first claim on the voucher that is accepted; the lease of the leader, 3 s, is part of it.',
    ],
    voids,
  };
}

/** Of 10,000,000 rows: 100,000, 1,000,000 and as many as a voucher may have with the claims that probe it. */
function sizesOf({ quick, rows }: Bench['args']): readonly number[] {
  if (rows === undefined) return quick ? QUICK_SIZES : SIZES;
  // Rows are written a thousand and more at a time, and packs hold a hundred events.
  const whole = Math.min(Math.ceil(rows / 100) * 100, MAX_STOCK - PROBES);
  return [...SIZES.filter((size) => size < whole), whole];
}

async function cost(system: BenchInstallation, work: () => Promise<unknown>): Promise<Cost> {
  const cpu = new CpuMeter(system.pids);
  const before = await rowsRead(system);
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1_000;
  const cpuUs = [...cpu.used()].reduce((sum, [name, us]) => sum + (name === 'kafka' ? 0 : us), 0);
  return { seconds, rowsRead: (await rowsRead(system)) - before, cpuS: cpuUs / 1_000_000 };
}

async function rowsRead({ database }: BenchInstallation): Promise<number> {
  const [rows] = await database.query<(RowDataPacket & { Value: string })[]>(
    `SHOW GLOBAL STATUS LIKE 'Handler_read%'`,
  );
  return rows.reduce((sum, { Value: value }) => sum + Number(value), 0);
}

async function claimAt(
  { database }: BenchInstallation,
  voucherId: string,
  sequence: number,
): Promise<string> {
  const rows = await claimRows(async (sql, values) => (await database.query(sql, values))[0], {
    voucherId,
    sequences: [sequence],
  });
  return rows[0]?.id ?? '';
}

/** @returns how many lines it had, without the first */
async function exported(system: BenchInstallation, voucherId: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${system.app.port}/v1/vouchers/${voucherId}/claims.csv`, {
    headers: { authorization: `Bearer ${system.merchantToken}` },
  });
  let lines = -1;
  for await (const chunk of answer.body ?? [])
    for (const byte of chunk as Uint8Array) if (byte === 0x0a) lines += 1;
  return lines;
}
