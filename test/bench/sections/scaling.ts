import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayServer, localServers } from '../../harness/gateway.js';
import { claimRun, type ClaimRun } from '../claim-run.js';
import { CpuMeter } from '../processes.js';
import { digits, ms, spread, type Findings } from '../report.js';
import { measure, median } from '../statistics.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

const PROCESSES = [1, 2, 4];
const WARM_UP_S = 4;
const EVENTS_WAIT_MS = 60_000;
/** All of the users is one address, so the limits of addresses are counted, but far away. */
const GATEWAY = {
  GATEWAY_RATE: '1000000r/s',
  GATEWAY_BURST: '1000000',
  GATEWAY_CONNECTIONS: '20000',
  GATEWAY_STREAMS: '20000',
};

/** Several processes of the application behind nginx, on the same cores. */
export const scalingSection: Section = {
  name: 'scaling',
  what: 'one process, and 1, 2, 4 behind nginx, on this machine',
  quick: false,
  measure: measureScaling,
};

async function measureScaling(bench: Bench): Promise<Findings> {
  const { system, args, say } = bench;
  const tokens = await system.users.tokens(MOST_PER_SECOND * Math.max(args.seconds, WARM_UP_S));
  const columns: { name: string; runs: ClaimRun[]; nginxUs: number[] }[] = [];
  const voids: string[] = [];
  for (const processes of [0, ...PROCESSES]) {
    const apps = await system.run(
      ...Array.from({ length: Math.max(1, processes) }, () => ({
        CLAIM_DURABILITY: 'log',
        TRUSTED_PROXIES: '127.0.0.1',
      })),
    );
    const gateway =
      processes === 0
        ? undefined
        : new GatewayServer(join(system.folder, `gateway-${processes}`), {
            ...GATEWAY,
            GATEWAY_SERVERS: localServers(apps.map(({ port }) => port)),
            GATEWAY_ACCESS_LOG: '/dev/null',
          });
    const column = {
      name: processes === 0 ? 'one, without nginx' : String(processes),
      runs: [] as ClaimRun[],
      nginxUs: [] as number[],
    };
    try {
      await gateway?.choosePort();
      await gateway?.start();
      await gateway?.waitReady();
      const options = {
        tokens,
        units: MOST_PER_SECOND * Math.max(args.seconds, WARM_UP_S),
        ...(gateway ? { port: gateway.port } : {}),
      };
      await claimRun(system, { ...args, seconds: WARM_UP_S }, options);
      for (let round = 0; round < args.rounds; round++) {
        await system.awaitEvents(EVENTS_WAIT_MS);
        const cpu = new CpuMeter(new Map([['nginx', gateway?.pid === undefined ? [] : family(gateway.pid)]]));
        const found = await claimRun(system, args, options);
        column.runs.push(found);
        column.nginxUs.push((cpu.used().get('nginx') ?? 0) / found.issued);
        voids.push(...found.voids);
        say(`${column.name.padEnd(18)} ${digits(found.acceptedPerSecond)}/s`);
      }
      await system.awaitEvents(EVENTS_WAIT_MS);
    } finally {
      await gateway?.stop();
    }
    columns.push(column);
  }
  const cpu = (column: (typeof columns)[number], name: string): number =>
    median(column.runs.map(({ cpuUs }) => cpuUs.get(name) ?? 0));
  const [alone] = columns;
  if (!alone) throw new Error('nothing was measured');
  const names = [...(alone.runs[0]?.cpuUs.keys() ?? [])];
  return {
    figures: Object.fromEntries(
      columns.map(({ name, runs }) => [
        `scaling.${name.replaceAll(/[ ,]+/g, '_')}`,
        median(runs.map((run) => run.acceptedPerSecond)),
      ]),
    ),
    tables: [
      {
        title: 'Application processes on this machine: median (range)',
        head: ['', ...columns.map(({ name }) => name)],
        rows: [
          [
            'accepted a second',
            ...columns.map(({ runs }) => spread(measure(runs.map((run) => run.acceptedPerSecond)))),
          ],
          [
            'accepted and issued a second',
            ...columns.map(({ runs }) => spread(measure(runs.map((run) => run.issuedPerSecond)))),
          ],
          ['p99', ...columns.map(({ runs }) => ms(median(runs.map(({ load }) => load.p99))))],
          ...names.map((name) => [
            `CPU of ${name}, µs a claim`,
            ...columns.map((column) => digits(cpu(column, name))),
          ]),
          ['CPU of nginx, µs a claim', ...columns.map(({ nginxUs }) => digits(median(nginxUs)))],
        ],
      },
      {
        title: 'By reasoning: what one core that does nothing else can carry, claims/s',
        head: ['of', 'claims/s a core'],
        rows: names
          .filter((name) => name !== 'generator')
          .map((name) => [name, digits(1e6 / cpu(alone, name))]),
      },
    ],
    notes: [
      'All processes share these cores, so more of them cannot give more here; what they show is the price of nginx and of smaller batches.',
      'On machines of their own: the application scales with its processes, as they share nothing but the servers. One voucher lives in one Redis thread, so a single drop ends at what one core of Redis carries; several drops spread over a cluster. The rows of all drops end at what MariaDB carries, and may come later than the answers: the log holds them.',
    ],
    voids,
  };
}

/** A process and its children. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [
    pid,
    ...children
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  ];
}
