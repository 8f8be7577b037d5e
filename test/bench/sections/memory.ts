import { setTimeout as delay } from 'node:timers/promises';
import { verdict } from '../claim-run.js';
import { accepted, openLoop } from '../open-loop.js';
import { usageOf } from '../processes.js';
import { digits, type Findings } from '../report.js';
import { median } from '../statistics.js';
import type { BenchInstallation } from '../bench-installation.js';
import type { Bench, Section } from './section.js';

const STEP = 100_000;
const STEPS = 10;
const QUICK_STEPS = 2;
/** Attempts of users are forgotten after three windows of the limit on claims, 15 s by default. */
const FORGOTTEN_MS = 17_000;
const STILL_MS = 3_000;
const EVENTS_WAIT_MS = 120_000;

/** What is left of claims that are over. */
export const memorySection: Section = {
  name: 'memory',
  what: 'resident memory after 100,000 and after 1,000,000 claims; bytes in Redis per issued claim',
  quick: false,
  measure: measureMemory,
};

async function measureMemory({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const tokens = await system.users.tokens(STEP);
  const steps = args.quick ? QUICK_STEPS : STEPS;
  const voids: string[] = [];
  const resident: number[] = [];
  const emptyBytes = await usedBytes(system);
  let bytesPerClaim = NaN;
  for (let step = 1; step <= steps; step++) {
    const voucher = await system.openVoucher(STEP);
    const result = await openLoop(
      { port: system.app.port, method: 'POST', path: `/v1/vouchers/${voucher}/claims`, tokens },
      { users: args.connections, loops: STEP / args.connections, rampMs: 0, ownToken: false },
    );
    const { count } = accepted(result);
    await system.awaitIssued(voucher, count);
    voids.push(...(await verdict(system, voucher, count)));
    await system.awaitEvents(EVENTS_WAIT_MS);
    // The two that are compared have rested alike.
    if (step === 1 || step === steps) await delay(FORGOTTEN_MS);
    if (step === 1) {
      bytesPerClaim = ((await usedBytes(system)) - emptyBytes) / (await system.issued(voucher));
    }
    resident.push(await residentBytes(system));
    say(`${step * STEP} claims: ${mib(resident.at(-1))} MiB`);
  }
  return {
    figures: {
      'memory.ratio': (resident.at(-1) ?? NaN) / (resident[0] ?? NaN),
      'memory.redis.bytes': bytesPerClaim,
    },
    tables: [
      {
        title: `Resident memory of the application, all claims issued and their events sent; the first and the last after ${FORGOTTEN_MS / 1_000} s of rest`,
        head: ['claims so far', 'MiB'],
        rows: resident.map((bytes, index) => [digits((index + 1) * STEP), mib(bytes)]),
      },
      {
        title: 'Redis',
        head: ['', 'bytes'],
        rows: [['per issued claim, of 100,000 of one voucher', digits(bytesPerClaim)]],
      },
    ],
    notes: [
      `Redis: used_memory_dataset before the voucher and ${FORGOTTEN_MS / 1_000} s after its last claim. The users's sessions are in both.`,
    ],
    voids,
  };
}

/** The middle of some looks at a process that rests. */
async function residentBytes(system: BenchInstallation): Promise<number> {
  await delay(STILL_MS);
  const looks: number[] = [];
  for (let look = 0; look < 5; look++) {
    looks.push(usageOf(system.app.pid ?? 0).residentBytes);
    await delay(200);
  }
  return median(looks);
}

async function usedBytes(system: BenchInstallation): Promise<number> {
  const info = await system.redis.info('memory');
  return Number(/^used_memory_dataset:(\d+)/m.exec(info)?.[1] ?? NaN);
}

const mib = (bytes = NaN): string => digits(bytes / 2 ** 20);
