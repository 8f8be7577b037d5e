import { beforeEach, describe, expect, it } from '@jest/globals';
import { CLAIM_MOVES, type ClaimMove } from '../../../src/claim/domain/claim-move.js';
import { eventsOf } from '../../../src/claim/domain/event-pack.js';
import type { PackRow } from '../../../src/database/outbox.js';
import { ClaimMoves, MOVES_MAX, type MoveRequest } from '../../../src/claim/moves/claim-moves.js';
import { AuditLog, systemActor, type AuditActor } from '../../../src/database/audit-log.js';
import type { Database } from '../../../src/database/database.js';
import { newId } from '../../../src/common/ids.js';
import { asking, claimIdAt, claimRow, claimRows, insertClaims } from '../../harness/claim-rows.js';

interface Entry {
  readonly action: string;
  readonly actor: string | null;
  readonly object_id: string;
  readonly objects: number | string;
  readonly details: string;
}

const AT = 1_795_262_400_000;
const cashier = (id = 'usr_cashier'): AuditActor => ({
  kind: 'user',
  id,
  merchantId: 'mer_1',
  address: '10.0.0.1',
  requestId: 'req_1',
});

/** What the moves of claims promise on every database. The database is migrated and may hold anything. */
export function claimMovesContract(database: () => Database): void {
  let db: Database;
  let moves: ClaimMoves;
  let voucherId: string;
  let claims = 0;

  beforeEach(() => {
    db = database();
    moves = new ClaimMoves(db, new AuditLog());
    voucherId = newId('vch', Date.now());
  });

  async function claim(status = 'issued'): Promise<string> {
    claims += 1;
    const id = claimIdAt(voucherId, claims);
    await db.write((tx) =>
      insertClaims(tx, [
        {
          id,
          voucher_id: voucherId,
          user_id: `usr_${claims}`,
          ordinal: 1,
          epoch: 1,
          sequence: claims,
          created_at: AT - 10,
          status,
          code: `CODE-${claims}`,
          issued_at: AT - 5,
        },
      ]),
    );
    return id;
  }

  const run = (move: ClaimMove, requests: readonly MoveRequest[], at = AT) =>
    db.write((tx) => moves.move(tx, move, requests, at));
  const one = async (move: ClaimMove, claimId: string, more: Partial<MoveRequest> = {}, at = AT) => {
    const [outcome] = await run(move, [{ claimId, by: cashier(), ...more }], at);
    if (!outcome) throw new Error('no outcome');
    return outcome;
  };
  const statusOf = async (id: string): Promise<string> => (await claimRow(asking(db.read), id)).status;
  const events = async (): Promise<{ id: string; type: string; data: Record<string, unknown> }[]> => {
    const rows: PackRow[] = await db.read.query(
      'SELECT id, type, aggregate_id, payload, packed, events, created_at FROM outbox WHERE aggregate_id = ?',
      [voucherId],
    );
    return rows.flatMap((row) => {
      const lines = eventsOf(row);
      expect(lines).toHaveLength(Number(row.events));
      return lines.map((line) => JSON.parse(line) as { id: string; type: string; data: never });
    });
  };
  const entries = (objectId: string): Promise<Entry[]> =>
    db.read.query(
      'SELECT action, actor, object_id, objects, details FROM audit_log WHERE object_id = ? ORDER BY at, id',
      [objectId],
    );

  it('change the status, with an event and an entry in the audit log', async () => {
    const id = await claim();
    const outcome = await one('redeem', id, { data: { redemption_id: 'rdm_1' } });
    expect(outcome).toMatchObject({
      kind: 'moved',
      claim: { id, voucherId, status: 'redeemed', movedAt: AT, movedBy: 'usr_cashier', moves: 1 },
    });
    expect(await statusOf(id)).toBe('redeemed');
    expect(await events()).toMatchObject([
      {
        type: 'claim.redeemed',
        data: { id, voucher_id: voucherId, status: 'redeemed', redemption_id: 'rdm_1' },
      },
    ]);
    const [entry] = await entries(id);
    expect(entry).toMatchObject({ action: 'claim.redeem', actor: 'usr_cashier' });
    expect(JSON.parse(entry?.details ?? '')).toEqual({ voucher_id: voucherId, redemption_id: 'rdm_1' });
  });

  it('keep the reason of each cancellation with its claim', async () => {
    const ids = [await claim(), await claim(), await claim('held')];
    const by = cashier();
    const reasons = ['rain', 'a fault', undefined];
    await run(
      'cancel',
      ids.map((claimId, n) => ({ claimId, by, ...(reasons[n] ? { cancelReason: reasons[n] } : {}) })),
    );
    const rows = await claimRows(asking(db.read), { voucherId });
    expect(rows.map(({ status, cancel_reason }) => ({ status, cancel_reason }))).toEqual(
      reasons.map((reason) => ({ status: 'cancelled', cancel_reason: reason ?? null })),
    );
  });

  it('tell whoever comes second what the first one did', async () => {
    const id = await claim();
    await one('cancel', id, { by: cashier('usr_first') }, AT - 1);
    expect(await one('redeem', id)).toMatchObject({
      kind: 'refused',
      claim: { status: 'cancelled', movedAt: AT - 1, movedBy: 'usr_first' },
    });
    expect(await one('redeem', 'clm_none')).toEqual({ kind: 'missing' });
    expect((await events()).map(({ type }) => type)).toEqual(['claim.cancelled']);
    expect(await entries(id)).toHaveLength(1);
  });

  it('start from the states they name and from no other', async () => {
    for (const move of Object.keys(CLAIM_MOVES) as ClaimMove[]) {
      for (const status of [
        'held',
        'issued',
        'rejected',
        'redeemed',
        'expired',
        'cancelled',
        'released',
      ] as const) {
        const id = await claim(status);
        const allowed = (CLAIM_MOVES[move].from as readonly string[]).includes(status);
        expect((await one(move, id)).kind).toBe(allowed ? 'moved' : 'refused');
        expect(await statusOf(id)).toBe(allowed ? CLAIM_MOVES[move].to : status);
      }
    }
  });

  it('move nothing where the condition of the caller does not hold', async () => {
    const id = await claim();
    const outcome = await one('redeem', id, { only: ({ userId }) => userId === 'usr_other' });
    expect(outcome).toMatchObject({ kind: 'refused', claim: { status: 'issued', moves: 0 } });
    expect(await events()).toEqual([]);
  });

  it('give events of their own to a claim that is redeemed twice', async () => {
    const id = await claim();
    await one('redeem', id);
    await one('roll_back', id);
    await one('redeem', id);
    const written = await events();
    expect(new Set(written.map((event) => event.id)).size).toBe(3);
    expect(written.map(({ data }) => data['status']).sort()).toEqual(['issued', 'redeemed', 'redeemed']);
  });

  it('move a claim once that a batch names twice, and keep the order of the requests', async () => {
    const [first, second] = [await claim(), await claim()];
    const by = [cashier('usr_a'), cashier('usr_b'), cashier('usr_c'), cashier('usr_d')] as const;
    const outcomes = await run('redeem', [
      { claimId: second, by: by[0] },
      { claimId: first, by: by[1] },
      { claimId: second, by: by[2] },
      { claimId: 'clm_none', by: by[3] },
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'moved', claim: { id: second, movedBy: 'usr_a' } },
      { kind: 'moved', claim: { id: first, movedBy: 'usr_b' } },
      { kind: 'refused', claim: { id: second, movedBy: 'usr_a' } },
      { kind: 'missing' },
    ]);
    const rows = await claimRows(asking(db.read), { voucherId });
    expect(rows).toMatchObject([
      { id: first, moved_by: 'usr_b' },
      { id: second, moved_by: 'usr_a' },
    ]);
  });

  it('share events and entries where one actor moves many', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await claim());
    const by = systemActor('mer_1');
    await run(
      'expire',
      ids.map((claimId) => ({ claimId, by })),
    );
    expect((await events()).map(({ data }) => data['id']).sort()).toEqual([...ids].sort());
    const [entry, ...more] = await entries(voucherId);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ action: 'claim.expire', actor: null });
    expect(Number(entry?.objects)).toBe(5);
    expect((JSON.parse(entry?.details ?? '') as { claim_ids: string[] }).claim_ids.sort()).toEqual(
      ids.sort(),
    );
  });

  it('are undone with the transaction', async () => {
    const id = await claim();
    const failing = db.write(async (tx) => {
      await moves.move(tx, 'redeem', [{ claimId: id, by: cashier() }], AT);
      throw new Error('later');
    });
    await expect(failing).rejects.toThrow('later');
    expect(await statusOf(id)).toBe('issued');
    expect(await events()).toEqual([]);
    expect(await entries(id)).toEqual([]);
  });

  it('refuse more claims than one transaction should hold', async () => {
    const requests = Array.from({ length: MOVES_MAX + 1 }, () => ({ claimId: 'clm_none', by: cashier() }));
    await expect(run('expire', requests)).rejects.toThrow(RangeError);
  });

  describe('in a race', () => {
    it('let one of many win, and tell the others who it was', async () => {
      const id = await claim();
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          one(n % 2 ? 'redeem' : 'cancel', id, { by: cashier(`usr_${n}`) }),
        ),
      );
      const winners = outcomes.filter(({ kind }) => kind === 'moved');
      expect(winners).toHaveLength(1);
      const [winner] = winners;
      if (winner?.kind !== 'moved') throw new Error('nobody won');
      for (const outcome of outcomes) {
        if (outcome !== winner) expect(outcome).toMatchObject({ kind: 'refused', claim: winner.claim });
      }
      expect(await events()).toHaveLength(1);
      expect(await entries(id)).toHaveLength(1);
    });

    it('of batches with the same claims in other orders move each claim once', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 10; n++) ids.push(await claim());
      const batches = await Promise.all(
        Array.from({ length: 12 }, (_, n) => {
          const order = [...ids.slice(n % ids.length), ...ids.slice(0, n % ids.length)];
          return run(
            'redeem',
            (n % 2 ? order : order.reverse()).map((claimId) => ({ claimId, by: cashier(`usr_${n}`) })),
          );
        }),
      );
      const moved = batches.flat().flatMap((outcome) => (outcome.kind === 'moved' ? [outcome.claim.id] : []));
      expect(moved.sort()).toEqual([...ids].sort());
      expect(await events()).toHaveLength(ids.length);
    });
  });
}
