import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { PackRow } from '../database/outbox.js';
import { Keyset } from '../database/keyset.js';
import { rfc3339 } from '../common/clock.js';
import { ClaimIds } from '../common/ids.js';
import { EQUATION, type Equation } from './auditor.js';
import {
  ClaimColumns,
  claimIdsOf,
  claimsById,
  countOfUsers,
  GateKeeper,
  type IssuedAtGate,
  ordinalsOf,
  StockGate,
  walkClaims,
} from '../claim/index.js';

const CHUNK = 1_000;
const ISSUE = new ClaimColumns('id', 'issuedAt');
const ISSUE_IN_LINE = new ClaimColumns('id', 'issuedAt', 'sequence', 'tie');
/** Of the outbox, read at once: up to a hundred events each. */
const PACKS = 50;
/** So many are named; the rest is counted. */
const MOST_NAMED = 20;

/** Claims that the gate was told are rows, and that are none: a database that forgot. */
export interface MissingRows {
  readonly count: number;
  /** Of those whose record the gate still has. */
  readonly claimIds: readonly string[];
}

const PACKS_OF_VOUCHER = new Keyset({
  table: 'outbox',
  index: 'outbox_of_aggregate',
  within: ['aggregate_id', 'type'],
  by: ['id'],
});

/** Names what is behind an equation that does not hold: the claims, events or units themselves. */
@Injectable()
export class AuditFindings {
  constructor(
    private readonly db: Database,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly ids: ClaimIds,
  ) {}

  /** @returns a sentence for each thing found; empty where all hold */
  async of(voucherId: string, equations: readonly Equation[]): Promise<string[]> {
    const broken = new Map(equations.filter(({ holds }) => !holds).map((each) => [each.name, each]));
    const found: string[] = [];
    const gate = broken.get(EQUATION.gate);
    if (gate) found.push(...(await this.units(voucherId, gate)));
    if (broken.has(EQUATION.events) || broken.has(EQUATION.rows)) {
      const upTo = await this.removedUpTo(voucherId);
      if (upTo !== undefined)
        found.push(
          `events of up to ${rfc3339(upTo)} were removed because of their age: claims of until then are counted, not named`,
        );
      found.push(
        ...named(await this.withoutEvent(voucherId), (id) => `claim ${id} has no event claim.issued`),
      );
      found.push(...named(await this.withoutRow(voucherId), (id) => `claim ${id} has an event, but no row`));
    }
    return found;
  }

  /**
   * Issued claims of the gate that are no rows. The gate is read first, and it is told of a claim after its row was committed: a row
   * that is not there afterwards was there once, so the database has forgotten it. Nothing while the gate is closed.
   */
  async missingRows(voucherId: string): Promise<MissingRows> {
    let count = 0;
    const claimIds: string[] = [];
    if (!this.keeper.isOpen) return { count, claimIds };
    for await (const users of this.gate.issued(this.keeper.epochOf(voucherId), voucherId)) {
      for (let from = 0; from < users.length; from += CHUNK) {
        const short = await this.withFewerRows(voucherId, users.slice(from, from + CHUNK));
        for (const { user, missing } of short) {
          count += missing;
          claimIds.push(...(await this.withoutLiveRow(voucherId, user)));
        }
      }
    }
    return { count, claimIds };
  }

  private async units(voucherId: string, { left, right }: Equation): Promise<string[]> {
    if (left > right)
      return [`${left - right} unit(s) too many at the gate: it would give away more than there is`];
    const { count, claimIds } = await this.missingRows(voucherId);
    if (count === 0)
      return [`${right - left} unit(s) are missing at the gate: neither remaining, nor pending, nor issued`];
    return [
      `${count} claim(s) that were issued are missing in the ledger: the database has forgotten them`,
      ...named(claimIds, (id) => `claim ${id} is issued at the gate, and no row`),
    ];
  }

  private async withFewerRows(
    voucherId: string,
    users: readonly IssuedAtGate[],
  ): Promise<{ readonly user: IssuedAtGate; readonly missing: number }[]> {
    if (users.length === 0) return [];
    const live = await countOfUsers(
      this.db.read,
      voucherId,
      users.map(({ userId }) => userId),
    );
    return users
      .map((user) => ({ user, missing: user.count - (live.get(user.userId) ?? 0) }))
      .filter(({ missing }) => missing > 0);
  }

  private async withoutLiveRow(voucherId: string, { userId, ordinals }: IssuedAtGate): Promise<string[]> {
    const present = await ordinalsOf(this.db.read, voucherId, userId);
    return ordinals
      .filter((ordinal) => !present.has(ordinal))
      .map((ordinal) => this.ids.id(voucherId, userId, ordinal));
  }

  /**
   * Claims that were issued and whose event was never written, or was removed by hand. Claims of a time of which events were
   * removed because of their age are left out: which of them had one is not known any more. The claims are read first: an event is committed with
   * its claim, so a claim that is issued meanwhile is not taken for one without. Holds the ids of all of them at once.
   */
  async withoutEvent(voucherId: string): Promise<string[]> {
    const missing = new Map<string, number>();
    for await (const claims of walkClaims(this.db, ISSUE_IN_LINE, { voucherId, limit: CHUNK }))
      for (const { id, issuedAt } of claims) if (issuedAt !== null) missing.set(id, issuedAt);
    for await (const told of this.toldClaims(voucherId)) for (const id of told) missing.delete(id);
    // Read last, because it also covers what was removed meanwhile.
    const upTo = (await this.removedUpTo(voucherId)) ?? -1;
    return [...missing].filter(([, issuedAt]) => issuedAt > upTo).map(([id]) => id);
  }

  /** Claims that an event tells of, and that are no rows that were issued. */
  private async withoutRow(voucherId: string): Promise<string[]> {
    const missing = new Set<string>();
    for await (const page of this.toldClaims(voucherId)) {
      const told = new Set(page);
      for (const ids of inChunks([...told])) {
        const rows = await claimsById(this.db.read, ISSUE, ids);
        for (const { id, issuedAt } of rows) if (issuedAt !== null) told.delete(id);
      }
      for (const id of told) missing.add(id);
    }
    return [...missing];
  }

  /** The claims that events tell of, the packs of a page at a time. */
  private async *toldClaims(voucherId: string): AsyncIterable<string[]> {
    const place = { dialect: this.db.dialect };
    for (let after = ''; ;) {
      const packs: PackRow[] = await this.db.read.query(
        `SELECT id, type, aggregate_id, payload, packed, created_at FROM ${PACKS_OF_VOUCHER.from(place)}
          WHERE ${PACKS_OF_VOUCHER.list(place)} AND ${PACKS_OF_VOUCHER.behind(place)}
          ORDER BY ${PACKS_OF_VOUCHER.order(place)} LIMIT ${PACKS}`,
        [voucherId, 'claim.issued', after],
      );
      if (packs.length === 0) return;
      after = packs.at(-1)?.id ?? after;
      yield packs.flatMap(claimIdsOf);
    }
  }

  /** Until when events of the voucher were removed because of their age, ms since 1970. */
  private async removedUpTo(voucherId: string): Promise<number | undefined> {
    const [row]: { up_to: number | string }[] = await this.db.read.query(
      `SELECT up_to FROM outbox_removed WHERE aggregate_id = ? AND type = 'claim.issued'`,
      [voucherId],
    );
    return row && Number(row.up_to);
  }
}

function* inChunks(ids: readonly string[]): Iterable<string[]> {
  for (let from = 0; from < ids.length; from += CHUNK) yield ids.slice(from, from + CHUNK);
}

function named(ids: readonly string[], sentence: (id: string) => string): string[] {
  const rest = ids.length - MOST_NAMED;
  return [...ids.slice(0, MOST_NAMED).map(sentence), ...(rest > 0 ? [`and ${rest} more of this kind`] : [])];
}
