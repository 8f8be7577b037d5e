import type { RowDataPacket } from 'mysql2/promise';
import { verdict } from '../claim-run.js';
import { accepted, answersOf, openLoop, tally, type Users } from '../open-loop.js';
import { digits, ms, type Findings } from '../report.js';
import { latencyOf, merge } from '../statistics.js';
import type { BenchInstallation } from '../bench-installation.js';
import type { Bench, Section } from './section.js';

interface Scenario {
  readonly name: string;
  readonly users: Users;
  readonly units: number;
  /** Also through `direct`, for comparison. */
  readonly direct: boolean;
}

/** The scenarios that this field quotes; test/load has them as plans for other tools. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: '500 users, 24,000 requests, a unit for each',
    users: { users: 500, loops: 48, rampMs: 0, ownToken: false },
    units: 24_000,
    direct: true,
  },
  {
    name: '5,000 users x 10 loops after a ramp-up of 1 s, 2,500 units',
    users: { users: 5_000, loops: 10, rampMs: 1_000, ownToken: true },
    units: 2_500,
    direct: true,
  },
  {
    name: '2,000 users at once for one item',
    users: { users: 2_000, loops: 1, rampMs: 0, ownToken: true },
    units: 1,
    direct: true,
  },
];
const EVENTS_WAIT_MS = 60_000;

export const scenariosSection: Section = {
  name: 'scenarios',
  what: 'what this field quotes, through the path and through direct',
  quick: false,
  measure: measureScenarios,
};

async function measureScenarios({ system, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const direct = await system.baseline('direct');
  const tokens = await system.users.tokens(24_000);
  const rows: string[][] = [];
  const voids: string[] = [];
  const figures: Record<string, number> = {};
  for (const [index, { name, users, units }] of [WARM_UP, ...SCENARIOS].entries()) {
    for (const through of ['path', 'direct'] as const) {
      const voucher = await system.openVoucher(units);
      if (through === 'direct') await stockDirect(system, voucher, units);
      const { port } = through === 'path' ? system.app : direct;
      const path = `/v1/vouchers/${voucher}/claims`;
      const result = await openLoop({ port, method: 'POST', path, tokens }, users);
      const { count } = accepted(result);
      const problems = [
        ...(through === 'path'
          ? await auditPath(system, voucher, count)
          : await auditDirect(system, voucher, count)),
        ...(result.broken > 0 ? [`${result.broken} connections broke`] : []),
      ];
      await system.awaitEvents(EVENTS_WAIT_MS);
      if (index === 0) continue;
      const all = latencyOf(merge(Object.values(result.statuses).map(({ buckets }) => buckets)));
      const faults = result.broken + answersOf(result, (status) => status >= 500).count;
      const perSecond = result.answers / result.seconds;
      figures[`scenarios.${index}.${through}`] = perSecond;
      rows.push([
        name,
        through,
        digits(perSecond),
        ms(all?.p50),
        ms(all?.p99),
        tally(result),
        String(faults),
        problems.length === 0 ? 'holds' : 'BROKEN',
      ]);
      say(`${name}, ${through}: ${digits(perSecond)}/s, ${tally(result)}, ${faults} errors`);
      voids.push(...problems.map((problem) => `${name}, ${through}: ${problem}`));
    }
  }
  return {
    figures,
    tables: [
      {
        title:
          'Answers of any kind a second; errors are answers with 500 and above, and connections that broke',
        head: ['scenario', 'through', 'a second', 'p50', 'p99', 'answers', 'errors', 'audit'],
        rows,
      },
    ],
    notes: [
      'All users stay within their limits or are told so: 429 is the limit of 5 claims in 5 s of one user, 409 sold out or claimed before.',
      'Direct is one transaction a claim over 20 connections, without tokens being verified, limits or events: what a database alone gives.',
    ],
    voids,
  };
}

const WARM_UP: Scenario = {
  name: 'warm-up',
  users: { users: 500, loops: 40, rampMs: 0, ownToken: false },
  units: 10_000,
  direct: true,
};

async function auditPath(system: BenchInstallation, voucher: string, promised: number): Promise<string[]> {
  await system.awaitIssued(voucher, promised);
  const issued = await system.issued(voucher);
  const more = issued > promised ? [`${issued} were issued, ${promised} answered 202`] : [];
  return [...(await verdict(system, voucher, promised)), ...more];
}

const stockDirect = async (
  { database }: BenchInstallation,
  voucher: string,
  units: number,
): Promise<void> => {
  await database.query(
    'INSERT INTO floor_direct.voucher_stock (voucher_id, total, issued) VALUES (?, ?, 0)',
    [voucher, units],
  );
};

async function auditDirect(
  { database }: BenchInstallation,
  voucher: string,
  promised: number,
): Promise<string[]> {
  const [[found]] = await database.query<
    (RowDataPacket & { claims: number; users: number; issued: number; total: number })[]
  >(
    `SELECT (SELECT COUNT(*) FROM floor_direct.claims WHERE voucher_id = s.voucher_id) AS claims,
            (SELECT COUNT(DISTINCT user_id) FROM floor_direct.claims WHERE voucher_id = s.voucher_id) AS users, issued, total
       FROM floor_direct.voucher_stock s WHERE voucher_id = ?`,
    [voucher],
  );
  const { claims = 0, users = 0, issued = 0, total = 0 } = found ?? {};
  const holds = claims === issued && users === claims && issued <= total && promised === claims;
  return holds
    ? []
    : [`${promised} promised, ${claims} claims of ${users} users, ${issued} of ${total} issued`];
}
