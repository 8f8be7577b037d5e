import { eventsOf } from '../../../src/claim/domain/event-pack.js';
import type { PackRow } from '../../../src/database/outbox.js';
import { eventId } from '../../../src/common/ids.js';
import type { Voucher } from '../../../src/voucher/index.js';
import { isLive } from '../../../src/claim/domain/live-claims.js';
import { brokenMoves, brokenRedemptions, brokenStatusIndex } from './checks-after-issue.js';
import type { Counter } from './counter.js';
import type { SimulatedInstallation } from './simulated-installation.js';

/** A claim that somebody was answered `202` for. */
export interface Promised {
  readonly claimId: string;
  readonly voucherId: string;
  readonly userId: string;
  readonly key: string | undefined;
  readonly at: number;
}

interface ClaimRow {
  readonly id: string;
  readonly voucher_id: string;
  readonly user_id: string;
  readonly ordinal: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly status: string;
  readonly created_at: number;
  readonly issued_at: number | null;
  readonly confirm_until: number | null;
}

const repeated = (items: readonly string[]): string[] =>
  items.filter((item, at) => items.indexOf(item) !== at);

/** What clients asked for, and what they were told. */
export interface Told {
  readonly promised: readonly Promised[];
  /** Claims of which somebody heard after the 202 that they were rejected. */
  readonly rejected: ReadonlySet<string>;
  /** `voucher/user` of those who asked for a unit. */
  readonly asked: ReadonlySet<string>;
  /** Claims whose record was destroyed. */
  readonly excused: ReadonlySet<string>;
  /** Events of moves after the issue that the database forgot, and with them the moves. */
  readonly forgottenMoves: ReadonlySet<string>;
  /** Claims that somebody asked to cancel. */
  readonly givenUp: ReadonlySet<string>;
  /** Claims that somebody was told are confirmed. */
  readonly confirmed: ReadonlySet<string>;
  /** Claims that somebody was told it is too late to confirm. */
  readonly tooLate: ReadonlySet<string>;
  /** `voucher/user` of those who waited: when they were told so, and when they were last seen waiting. */
  readonly placed: ReadonlyMap<string, { readonly since: number; readonly seen: number }>;
  /** Claims that were answered 202 because of an offer. */
  readonly byOffer: ReadonlySet<string>;
  readonly counter: Counter;
}

/** Compares what was promised, the ledger, the outbox and the gate, once all is quiet. @returns what does not hold */
export async function brokenPromises(
  system: SimulatedInstallation,
  vouchers: readonly Voucher[],
  told: Told,
): Promise<string[]> {
  const { database, broker, ids } = system;
  const { promised, asked, excused, givenUp } = told;
  const broken: string[] = [];
  const claims = database.rows('claims') as unknown as ClaimRow[];
  const issued = new Map(claims.filter(({ status }) => status !== 'rejected').map((row) => [row.id, row]));
  const cancelled = claims.filter(({ status }) => status === 'cancelled');

  for (const claimId of told.rejected)
    if (!excused.has(claimId)) broken.push(`answered 202, and told of a rejection: ${claimId}`);
  for (const { claimId, userId, voucherId } of promised) {
    const row = issued.get(claimId);
    if (!row && !excused.has(claimId)) broken.push(`answered 202 and not issued: ${claimId} of ${userId}`);
    if (row && (row.user_id !== userId || row.voucher_id !== voucherId))
      broken.push(`answered 202 with somebody else's claim: ${claimId}`);
  }
  const byKey = new Map<string, string>();
  for (const { key, claimId, voucherId, userId } of promised) {
    if (key === undefined || excused.has(claimId)) continue;
    const name = `${voucherId}/${userId}/${key}`;
    const first = byKey.get(name) ?? claimId;
    if (first !== claimId) broken.push(`one key, two claims: ${name}`);
    byKey.set(name, first);
  }
  for (const row of claims) {
    if (!asked.has(`${row.voucher_id}/${row.user_id}`))
      broken.push(`issued to one who never asked: ${row.user_id}`);
    if (row.id !== ids.id(row.voucher_id, row.user_id, row.ordinal))
      broken.push(`an id that is not derived: ${row.id}`);
    if (row.status === 'rejected' && excused.size === 0)
      broken.push(`given by the gate and refused by the ledger: ${row.id}`);
  }
  if (database.rows('claim_dead_letters').length > 0) broken.push('dead letters');
  for (const twice of repeated(claims.map((row) => `${row.voucher_id}/${row.epoch}/${row.sequence}`)))
    broken.push(`a sequence number twice: ${twice}`);
  for (const twice of repeated(claims.map((row) => `${row.voucher_id}/${row.user_id}/${row.ordinal}`)))
    broken.push(`an ordinal twice: ${twice}`);

  const packs = database.rows('outbox') as unknown as PackRow[];
  const written = packs.flatMap((row) =>
    eventsOf(row).map((event) => ({ id: (JSON.parse(event) as { id: string }).id, type: row.type })),
  );
  const counted = packs.reduce((sum, { events }) => sum + events, 0);
  if (counted !== written.length) broken.push(`${counted} events counted, ${written.length} written`);
  const everIssued = claims.filter(({ issued_at: at }) => typeof at === 'number');
  const eventsOfIssue = written.filter(({ type }) => type === 'claim.issued');
  if (eventsOfIssue.length !== everIssued.length)
    broken.push(`${eventsOfIssue.length} events of ${everIssued.length} claims issued`);
  const known = new Set(written.map(({ id }) => id));
  for (const { id } of everIssued)
    if (!known.has(eventId('claim.issued', id))) broken.push(`issued without an event: ${id}`);
  broken.push(...brokenHolds(claims, database.rows('claim_holds').length, written, told));
  broken.push(...brokenRedemptions(database, vouchers, told.counter), ...brokenMoves(database, known));
  broken.push(...brokenStatusIndex(database));
  broken.push(...overtaken(claims, database.rows('waiting_entries'), told));
  const ended = written.filter(({ type }) => type === 'claim.cancelled');
  if (ended.length !== cancelled.length)
    broken.push(`${ended.length} events of ${cancelled.length} claims cancelled`);
  for (const { id } of cancelled)
    if (!givenUp.has(id)) broken.push(`cancelled and nobody asked for it: ${id}`);
  const sent = new Set(broker.events.map(({ id }) => id));
  for (const id of known) if (!sent.has(id)) broken.push(`an event that nobody received: ${id}`);
  const forgotten = new Set([...excused].map((id) => eventId('claim.issued', id)));
  for (const id of sent)
    if (!known.has(id) && !forgotten.has(id) && !told.forgottenMoves.has(id))
      broken.push(`an event of nothing: ${id}`);

  for (const { id, totalStock, perUserLimit } of vouchers) {
    const live = [...issued.values()].filter((row) => row.voucher_id === id && isLive(row.status));
    const stock = database.rows('voucher_stock').find((row) => row['voucher_id'] === id);
    if (Number(stock?.['issued']) !== live.length)
      broken.push(`issued ${String(stock?.['issued'])}, rows ${live.length}`);
    if (live.length > totalStock) broken.push(`oversold: ${live.length} of ${totalStock}`);
    for (const user of new Set(live.map((row) => row.user_id)))
      if (live.filter((row) => row.user_id === user).length > perUserLimit)
        broken.push(`above the limit: ${user}`);
    const returned = database.rows('unit_returns').filter((row) => row['voucher_id'] === id);
    const ends = claims.filter(
      ({ voucher_id: of, status }) => of === id && (status === 'cancelled' || status === 'released'),
    ).length;
    if (returned.reduce((sum, row) => sum + Number(row['units']), 0) !== ends)
      broken.push(`${ends} claims cancelled or released, and not as many units given back`);
    // What only a database had that forgot, the gate may still count as issued: nothing is given twice for it.
    for (const [user, held] of heldAtGate(system, id)) {
      const rows = live.filter((row) => row.user_id === user).length;
      if (excused.size === 0 ? held !== rows : held < rows)
        broken.push(`the gate counts ${held} claims of ${user}, who has another number`);
    }
    const held = system.gateOf(id);
    const gate = await held?.snapshot(numberOf(held), id);
    if (held && gate && system.isNamed(numberOf(held), id) === false)
      broken.push(`a voucher that no sweep looks at: ${id}`);
    const units = gate && gate.remaining + gate.pending.length + live.length;
    if (units !== undefined && (excused.size === 0 ? units !== totalStock : units > totalStock))
      broken.push(`the gate has ${gate?.remaining} left, ${live.length} of ${totalStock} are issued`);
  }
  return broken;
}

/** What was told of claims that had to be confirmed. */
function brokenHolds(
  claims: readonly ClaimRow[],
  listed: number,
  written: readonly { readonly type: string }[],
  { confirmed, tooLate }: Told,
): string[] {
  const broken: string[] = [];
  const count = (of: string): number => written.filter(({ type }) => type === of).length;
  const kept = claims.filter(({ confirm_until: until }) => typeof until === 'number');
  const released = claims.filter(({ status }) => status === 'released');
  if (listed > 0 || claims.some(({ status }) => status === 'held')) broken.push('held for ever');
  if (count('claim.held') !== kept.length)
    broken.push(`${count('claim.held')} events of ${kept.length} claims held`);
  if (count('claim.released') !== released.length)
    broken.push(`${count('claim.released')} events of ${released.length} claims released`);
  for (const { id, status, issued_at: at, confirm_until: until } of kept) {
    if (typeof at === 'number' && at >= Number(until)) broken.push(`confirmed after its time: ${id}`);
    if (confirmed.has(id) && status === 'released') broken.push(`told of a confirmation that is none: ${id}`);
    if (tooLate.has(id) && status !== 'released') broken.push(`told that it is too late, and issued: ${id}`);
  }
  return broken;
}

/** Units that went to somebody without an offer while others waited for them. */
function overtaken(
  claims: readonly ClaimRow[],
  entries: readonly Readonly<Record<string, unknown>>[],
  { placed, byOffer }: Told,
): string[] {
  return claims.flatMap(({ voucher_id: voucher, user_id: user, created_at: at, id }) => {
    const offered = entries.some(
      (entry) =>
        entry['voucher_id'] === voucher &&
        entry['user_id'] === user &&
        typeof entry['offered_at'] === 'number' &&
        entry['offered_at'] <= at,
    );
    const waited = [...placed].filter(
      ([who, { since, seen }]) => who.startsWith(`${voucher}/`) && since < at && at < seen,
    );
    return offered || byOffer.has(id) || waited.length === 0
      ? []
      : [`overtaken by ${id}: ${waited.map(([who]) => who).join(' ')}`];
  });
}

/** How many claims of each user count at the gate. */
function heldAtGate(system: SimulatedInstallation, voucherId: string): [string, number][] {
  const gate = system.gateOf(voucherId) as unknown as
    { epoch: { vouchers: Map<string, { users: Map<string, { live: number }> }> } } | undefined;
  return [...(gate?.epoch.vouchers.get(voucherId)?.users ?? [])].map(([user, { live }]) => [user, live]);
}

const numberOf = (gate: unknown): number => (gate as { epoch: { number: number } }).epoch.number;
