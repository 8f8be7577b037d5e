import { setTimeout as delay } from 'node:timers/promises';
import type { Schemas } from '../../clients/typescript/src/index.js';
import type { Client } from '../../src/cli/demo/client.js';
import { ClaimIds } from '../../src/common/ids.js';
import { readEvents, readLedger } from './ledger-books.js';
import { compare, type Violation } from './compare.js';
import { Workload } from './workload.js';
import { acceptedAt } from './faults.js';
import { accepted } from './history.js';
import { until, type Fault, type FaultContext } from './fault-context.js';
import type { RehearsalInstallation } from './rehearsal-installation.js';

const RATE = 60;
const RUSH_RATE = 240;
const PER_USER_LIMIT = 2;
const UNITS = 1_000;
const QUICK_UNITS = 500;
const LEAD_MS = 1_500;
const RECOVERY_TIMEOUT_MS = 90_000;
const RUSH_MS = 6_000;
const DRAIN_TIMEOUT_MS = 90_000;
/** A claim that is asked for after a fault counts as recovery once so many were taken. */
const RECOVERED_CLAIMS = 20;

export interface Result {
  readonly fault: string;
  /** How often each answer was heard. */
  readonly answers: ReadonlyMap<string, number>;
  readonly accepted: number;
  readonly issued: number;
  readonly events: number;
  /** Longest time without a `202` from the fault's begin on, ms. */
  readonly closedMs: number;
  /** From the fault's end to the first `202`, ms; `undefined` where none came. */
  readonly recoveredMs: number | undefined;
  /** From the workload's end until every accepted claim was issued and told, ms; `undefined` where that never came. */
  readonly drainedMs: number | undefined;
  readonly deaths: number;
  readonly violations: readonly Violation[];
  /** Why the scenario could not be played; it counts as failed. */
  readonly broken: string | undefined;
}

export const holds = (result: Result): boolean =>
  result.broken === undefined &&
  result.violations.length === 0 &&
  result.recoveredMs !== undefined &&
  result.drainedMs !== undefined;

/** Plays one fault: a fresh voucher, a workload, the fault in its midst, and the comparison. */
export async function play(
  system: RehearsalInstallation,
  fault: Fault,
  number: number,
  random: () => number,
  quick: boolean,
): Promise<Result> {
  const units = quick ? QUICK_UNITS : (fault.units ?? UNITS);
  let broken = await reasonOf(async () => fault.prepare?.(system));
  await dress(system, fault);
  if ((!quick && !fault.settings) || fault.needsConsumers) broken ??= await allConsume(system);
  const voucherId = await system.openVoucher(fault.name, units, PER_USER_LIMIT);
  const workload = new Workload(system.clients, {
    voucherId,
    total: units,
    perUserLimit: PER_USER_LIMIT,
    rate: RATE,
    jwtSecret: system.secrets.jwt,
    number,
    random,
  });
  const died = system.apps.reduce((sum, app) => sum + app.deaths, 0);
  const deaths = (): number => system.apps.reduce((sum, app) => sum + app.deaths, 0) - died;
  const { stack, cluster, apps, redisLine, databaseLine, kafka, claimTopic, groupId } = system;
  const { databaseUrl, merchant } = system;
  const servers = { databaseUrl, stack, cluster, apps, redisLine, databaseLine, kafka, claimTopic, groupId };
  const asking = {
    openVoucher: (title: string, amount: number, terms?: Partial<Schemas['CreateVoucherRequest']>) =>
      system.openVoucher(title, amount, 1, terms),
    newShopper: () => workload.newShopper(),
    merchant,
    send: (over: number, ...request: Parameters<Client['send']>) =>
      (system.clients[over % system.clients.length] as Client).send(...request),
    ask: (id: string) => workload.ask(id),
  };
  const context: FaultContext = { ...servers, ...asking, workload, quick, deaths };

  workload.start();
  await delay(LEAD_MS);
  const beganAt = performance.now();
  const found: Violation[] = [];
  broken ??= await reasonOf(async () => void found.push(...((await fault.strike(context)) ?? [])));
  const endedAt = performance.now();
  workload.faultIsOver();
  const recovered = await recoveredAfter(context, endedAt);
  await workload.rush(RUSH_RATE, RUSH_MS);
  await workload.stop();
  broken ??= await reasonOf(() => undress(system));
  const crowdEndedAt = performance.now();
  const ids = new ClaimIds(system.secrets.claim);
  const drained = await drain(system, workload, ids);
  const ledger = await readLedger(system.databaseUrl, voucherId);
  const events = fault.losesEvents
    ? ledger.written
    : await readEvents(kafka, system.eventTopic, voucherId, ledger.written.length);
  const comparison = compare(workload.history, { ...ledger, events }, ids);
  const restored = await reasonOf(async () => fault.restore?.(system));
  broken ??= restored;
  return {
    fault: fault.name,
    answers: countAnswers(workload),
    accepted: comparison.accepted,
    issued: comparison.issued,
    events: comparison.events,
    closedMs: longestGap(acceptedAt(context), beganAt),
    recoveredMs: recovered,
    drainedMs: drained === undefined ? undefined : drained - crowdEndedAt,
    deaths: deaths(),
    violations: [...comparison.violations, ...found],
    broken,
  };
}

/** @returns why it failed, `undefined` where it did not */
async function reasonOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Gives the processes the settings of the scenario. */
async function dress({ apps }: RehearsalInstallation, { settings }: Fault): Promise<void> {
  await Promise.all(
    apps.map(async (app, index) => {
      const extra = settings?.[index];
      if (!extra) return;
      await app.stop('SIGTERM');
      app.start(extra);
      await app.waitReady();
    }),
  );
}

/**
 * Until Kafka has noticed the deaths of the scenario before and both processes consume: else its recovery would be measured
 * as well. What they do not come to is a fault in itself. Deaths in a row need not wait for each other, and a quick run does
 * not wait where it need not: its times are not for quoting.
 */
async function allConsume({ kafka, groupId, apps }: RehearsalInstallation): Promise<string | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  const stable = async (): Promise<boolean> => {
    const [group] = (await admin.describeGroups([groupId])).groups;
    return group?.state === 'Stable' && group.members.length === apps.length;
  };
  try {
    return await reasonOf(() => until('both processes consume', stable));
  } finally {
    await admin.disconnect();
  }
}

/** Takes them back: a process that did not die of what it was armed with must not die in the next scenario. */
async function undress({ apps }: RehearsalInstallation): Promise<void> {
  await Promise.all(
    apps.map(async (app) => {
      if (app.special) {
        await app.stop('SIGTERM');
        app.start();
      }
      await app.waitReady();
    }),
  );
}

/** @returns ms to the first `202` of a claim that was asked for after `endedAt` */
async function recoveredAfter({ workload }: FaultContext, endedAt: number): Promise<number | undefined> {
  const deadline = endedAt + RECOVERY_TIMEOUT_MS;
  for (;;) {
    const after = workload.history.intents
      .flatMap(({ sends }) => sends)
      .filter((send) => accepted(send) && send.sentAt > endedAt)
      .map((send) => send.answeredAt);
    if (after.length >= RECOVERED_CLAIMS) return Math.min(...after) - endedAt;
    // Also fewer will do where the stock ended first.
    if (performance.now() > deadline || (workload.isSoldOut && after.length > 0))
      return after.length > 0 ? Math.min(...after) - endedAt : undefined;
    await delay(50);
  }
}

/** Waits until nothing is on its way: the books agree with the history, all events are sent, the auditor is content. */
async function drain(
  system: RehearsalInstallation,
  workload: Workload,
  ids: ClaimIds,
): Promise<number | undefined> {
  const { voucherId } = workload.history;
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const ledger = await readLedger(system.databaseUrl, voucherId).catch(() => undefined);
    const settled =
      ledger?.unsent === 0 &&
      compare(workload.history, { ...ledger, events: ledger.written }, ids).violations.length === 0;
    if (settled && (await audited(system, voucherId))) return performance.now();
    await delay(200);
  }
  return undefined;
}

async function audited(system: RehearsalInstallation, voucherId: string): Promise<boolean> {
  try {
    const params = { id: voucherId };
    const audit = await system.api.call('get', '/v1/vouchers/{id}/audit', { params });
    const summary = await system.api.call('get', '/v1/vouchers/{id}/summary', { params });
    return audit.ok && summary.pending === 0;
  } catch {
    return false;
  }
}

function countAnswers(workload: Workload): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { sends } of workload.history.intents) {
    for (const { status, code } of sends) {
      const answer = status === 0 ? 'no answer' : `${status}${code ? ` ${code}` : ''}`;
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
  }
  return counts;
}

/** The longest time between two neighbours of the sorted `times`, from `since` on. */
function longestGap(times: readonly number[], since: number): number {
  let longest = 0;
  let last = since;
  for (const time of times) {
    if (time < since) continue;
    longest = Math.max(longest, time - last);
    last = time;
  }
  return longest;
}
