import { Injectable } from '@nestjs/common';
import { Database, inList } from '../platform/database/database.js';
import { EQUATION, type Equation } from './auditor.js';
import { claimIdsOf, type PackRow } from './domain/event-pack.js';

const CHUNK = 1_000;
/** Of the outbox, read at once: up to a hundred events each. */
const PACKS = 50;
/** So many are named; the rest is counted. */
const MOST_NAMED = 20;

/** Names what is behind an equation that does not hold: the claims, events or units themselves. */
@Injectable()
export class AuditFindings {
  constructor(private readonly db: Database) {}

  /** @returns a sentence for each thing found; empty where all hold */
  async of(voucherId: string, equations: readonly Equation[]): Promise<string[]> {
    const broken = new Map(equations.filter(({ holds }) => !holds).map((each) => [each.name, each]));
    const found: string[] = [];
    const gate = broken.get(EQUATION.gate);
    if (gate) {
      const units = Math.abs(gate.left - gate.right);
      found.push(
        gate.left < gate.right
          ? `${units} unit(s) are missing at the gate: neither remaining, nor pending, nor issued`
          : `${units} unit(s) too many at the gate: it would give away more than there is`,
      );
    }
    if (broken.has(EQUATION.events) || broken.has(EQUATION.rows)) {
      found.push(
        ...named(await this.withoutEvent(voucherId), (id) => `claim ${id} has no event claim.issued`),
      );
      found.push(...named(await this.withoutRow(voucherId), (id) => `claim ${id} has an event, but no row`));
    }
    return found;
  }

  /**
   * Live claims whose event was never written, or was removed. The claims are read first: an event is committed with its claim, so
   * a claim that is issued meanwhile is not taken for one without. Holds the ids of all live claims of the voucher at once.
   */
  async withoutEvent(voucherId: string): Promise<string[]> {
    const missing = new Set<string>();
    for await (const claimIds of this.liveClaims(voucherId)) for (const id of claimIds) missing.add(id);
    for await (const told of this.toldClaims(voucherId)) for (const id of told) missing.delete(id);
    return [...missing];
  }

  /** Claims that an event tells of, and that are no live rows. */
  private async withoutRow(voucherId: string): Promise<string[]> {
    const missing = new Set<string>();
    for await (const page of this.toldClaims(voucherId)) {
      const told = new Set(page);
      for (const ids of inChunks([...told])) {
        const rows: { id: string }[] = await this.db.read.query(
          `SELECT id FROM claims WHERE status <> 'rejected' AND id IN (${inList(ids.length)})`,
          ids,
        );
        for (const { id } of rows) told.delete(id);
      }
      for (const id of told) missing.add(id);
    }
    return [...missing];
  }

  /** The claims that events tell of, the packs of a page at a time. */
  private async *toldClaims(voucherId: string): AsyncIterable<string[]> {
    for (let after = ''; ;) {
      const packs: PackRow[] = await this.db.read.query(
        `SELECT id, type, aggregate_id, payload, created_at FROM outbox WHERE aggregate_id = ? AND type = 'claim.issued' AND id > ? ORDER BY id LIMIT ${PACKS}`,
        [voucherId, after],
      );
      if (packs.length === 0) return;
      after = packs.at(-1)?.id ?? after;
      yield packs.flatMap(claimIdsOf);
    }
  }

  private async *liveClaims(voucherId: string): AsyncIterable<string[]> {
    for (let after = ''; ;) {
      const rows: { id: string }[] = await this.db.read.query(
        `SELECT id FROM claims WHERE voucher_id = ? AND status <> 'rejected' AND id > ? ORDER BY id LIMIT ${CHUNK}`,
        [voucherId, after],
      );
      if (rows.length === 0) return;
      after = rows.at(-1)?.id ?? after;
      yield rows.map(({ id }) => id);
    }
  }
}

function* inChunks(ids: readonly string[]): Iterable<string[]> {
  for (let from = 0; from < ids.length; from += CHUNK) yield ids.slice(from, from + CHUNK);
}

function named(ids: readonly string[], sentence: (id: string) => string): string[] {
  const rest = ids.length - MOST_NAMED;
  return [...ids.slice(0, MOST_NAMED).map(sentence), ...(rest > 0 ? [`and ${rest} more of this kind`] : [])];
}
