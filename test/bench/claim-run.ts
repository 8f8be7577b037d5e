import { added, batchSizes, outcomes } from './app-metrics.js';
import { CpuMeter } from './processes.js';
import type { BenchInstallation } from './bench-installation.js';
import { closedLoop, type ClosedLoop, type ClosedLoopResult } from './wrk.js';

/** A users that claims for some seconds, the wait until all of it is issued, and the audit. */
export interface ClaimRun {
  readonly voucherId: string;
  readonly load: ClosedLoopResult;
  readonly accepted: number;
  readonly issued: number;
  /** Claims answered `202` a second. */
  readonly acceptedPerSecond: number;
  /** Claims issued a second, from the first request until the last of them is a row. */
  readonly issuedPerSecond: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly batches: ReadonlyMap<string, number>;
  /** Microseconds of CPU a claim, from the first request to the last row, by process. */
  readonly cpuUs: ReadonlyMap<string, number>;
  readonly voids: readonly string[];
}

export interface ClaimRunOptions {
  readonly tokens: string;
  readonly units: number;
  /** Where the users knocks; else at the one process. */
  readonly port?: number;
  /** Once all is issued: ends what runs beside, which the audit is not to wait for. */
  readonly beforeAudit?: () => Promise<void>;
}

/** @throws PlainError where the generator fails or the auditor cannot be asked */
export async function claimRun(
  system: BenchInstallation,
  load: ClosedLoop,
  { tokens, units, port = system.app.port, beforeAudit }: ClaimRunOptions,
): Promise<ClaimRun> {
  const voucherId = await system.openVoucher(units);
  const before = await system.samples();
  const cpu = new CpuMeter(system.pids);
  const began = performance.now();
  const path = `/v1/vouchers/${voucherId}/claims`;
  const result = await closedLoop({ port, method: 'POST', path, tokens }, load);
  const { accepted, issued } = await settled(system, voucherId, before);
  const tookS = (performance.now() - began) / 1_000;
  const used = cpu.used();
  await beforeAudit?.();
  const samples = added(before, await system.samples());
  const promised = result.answers - result.refused;
  return {
    voucherId,
    load: result,
    accepted,
    issued,
    acceptedPerSecond: promised / result.seconds,
    issuedPerSecond: issued / tookS,
    outcomes: outcomes(samples),
    batches: batchSizes(samples),
    cpuUs: new Map([...used, ['generator', result.cpuUs] as const].map(([name, us]) => [name, us / issued])),
    voids: [
      ...(result.wrapped > 0 ? ['the users was too small: users came twice'] : []),
      ...(await verdict(system, voucherId, promised)),
    ],
  };
}

/** Waits until what was accepted is issued; requests whose client has gone may still be on their way at first. */
async function settled(
  system: BenchInstallation,
  voucherId: string,
  before: ReadonlyMap<string, number>,
): Promise<{ accepted: number; issued: number }> {
  for (let last = -1; ;) {
    const accepted = outcomes(added(before, await system.samples())).get('accepted') ?? 0;
    const issued = await system.awaitIssued(voucherId, accepted);
    if (issued >= accepted && accepted === last) return { accepted, issued };
    if (issued < accepted) return { accepted, issued };
    last = accepted;
  }
}

/** @returns why the run counts for nothing; empty where every promise was kept */
export async function verdict(
  system: BenchInstallation,
  voucherId: string,
  promised: number,
): Promise<string[]> {
  const report = await system.audit(voucherId);
  const issued = await system.issued(voucherId);
  const broken = report.vouchers.flatMap(({ equations, found }) => [
    ...equations
      .filter(({ holds }) => !holds)
      .map(({ name, left, right }) => `the audit failed: ${name} (${left}, ${right})`),
    ...found,
  ]);
  return [
    ...broken,
    ...(report.gate === 'closed' ? ['the gate was closed when it was audited'] : []),
    ...(issued < promised ? [`${promised} claims were answered 202, ${issued} were issued`] : []),
    ...(system.deaths > 0 ? [`a process died ${system.deaths} times`] : []),
  ];
}
