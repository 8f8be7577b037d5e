import type { BenchInstallation } from './bench-installation.js';
import { accepted, openLoop } from './open-loop.js';
import { CpuMeter } from './processes.js';

/** Users who claim in turn; more claims than that are several of each. */
const USERS_MAX = 100_000;
const PER_USER = 20;
const EVENTS_WAIT_MS = 300_000;

export interface Filled {
  readonly voucherId: string;
  readonly issued: number;
  /** Microseconds of CPU a claim, from the first request until its event is sent, by process. */
  readonly cpuUs: ReadonlyMap<string, number>;
}

/**
 * A voucher all of whose units are claimed, issued, and told of.
 * @param units at least as many as there are connections
 * @throws PlainError where the generator fails; Error where claims are refused again and again
 */
export async function fill(system: BenchInstallation, units: number, connections: number): Promise<Filled> {
  const users = Math.min(units, USERS_MAX);
  const voucherId = await system.openVoucher(units, PER_USER);
  const tokens = await system.users.tokens(users);
  const cpu = new CpuMeter(system.pids);
  let issued = 0;
  for (let passes = 0; issued < units; passes++) {
    if (passes > (PER_USER * units) / users) throw new Error(`only ${issued} of ${units} units were claimed`);
    const { count } = accepted(
      await openLoop(
        { port: system.app.port, method: 'POST', path: `/v1/vouchers/${voucherId}/claims`, tokens },
        {
          users: connections,
          loops: Math.ceil(Math.min(users, units - issued) / connections),
          rampMs: 0,
          ownToken: false,
        },
      ),
    );
    issued = await system.awaitIssued(voucherId, issued + count);
  }
  await system.awaitEvents(EVENTS_WAIT_MS);
  const cpuUs = new Map([...cpu.used()].map(([name, us]) => [name, us / issued]));
  return { voucherId, issued, cpuUs };
}
