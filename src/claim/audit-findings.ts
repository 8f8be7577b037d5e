import { Injectable } from '@nestjs/common';
import { Database, inList } from '../platform/database/database.js';
import { ClaimIds } from '../shared/ids.js';
import { EQUATION, type Equation } from './auditor.js';

const CHUNK = 1_000;
/** So many are named; the rest is counted. */
const MOST_NAMED = 20;

/** Names what is behind an equation that does not hold: the claims, events or units themselves. */
@Injectable()
export class AuditFindings {
  constructor(
    private readonly db: Database,
    private readonly ids: ClaimIds,
  ) {}

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

  /** Live claims whose event was never written, or was removed. */
  async withoutEvent(voucherId: string): Promise<string[]> {
    const missing: string[] = [];
    for await (const claimIds of this.liveClaims(voucherId)) {
      const byEvent = new Map(claimIds.map((id) => [this.ids.eventId('claim.issued', id), id]));
      const rows: { id: string }[] = await this.db.read.query(
        `SELECT id FROM outbox WHERE id IN (${inList(byEvent.size)})`,
        [...byEvent.keys()],
      );
      for (const { id } of rows) byEvent.delete(id);
      missing.push(...byEvent.values());
    }
    return missing;
  }

  /** Claims that an event tells of, and that are no live rows. */
  private async withoutRow(voucherId: string): Promise<string[]> {
    const missing: string[] = [];
    for (let after = ''; ;) {
      const events: { id: string; payload: string }[] = await this.db.read.query(
        `SELECT id, payload FROM outbox WHERE aggregate_id = ? AND type = 'claim.issued' AND id > ? ORDER BY id LIMIT ${CHUNK}`,
        [voucherId, after],
      );
      if (events.length === 0) return missing;
      const told = new Set(
        events.map(({ payload }) => (JSON.parse(payload) as { data: { id: string } }).data.id),
      );
      const rows: { id: string }[] = await this.db.read.query(
        `SELECT id FROM claims WHERE status <> 'rejected' AND id IN (${inList(told.size)})`,
        [...told],
      );
      for (const { id } of rows) told.delete(id);
      missing.push(...told);
      after = events.at(-1)?.id ?? after;
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

function named(ids: readonly string[], sentence: (id: string) => string): string[] {
  const rest = ids.length - MOST_NAMED;
  return [...ids.slice(0, MOST_NAMED).map(sentence), ...(rest > 0 ? [`and ${rest} more of this kind`] : [])];
}
