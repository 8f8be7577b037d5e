import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimStatus } from '../../../src/claim/domain/claim-move.js';
import { effectiveClaimStatus } from '../../../src/claim/domain/claim-status.js';
import { ClaimColumns } from '../../../src/claim/ledger/rows/claim-columns.js';
import { packedShare, segmentsOf } from '../../../src/claim/ledger/rows/claim-layout.js';
import { allPlaces } from '../../../src/claim/ledger/rows/claim-places.js';
import { behindNumber, claimsInLine } from '../../../src/claim/ledger/rows/claims-in-line.js';
import { insertInStatusIndex, rebuildStatusIndex } from '../../../src/claim/ledger/status-index.js';
import { claimBody } from '../../../src/claim/read/claim.presenter.js';
import { ClaimLists } from '../../../src/claim/read/claim-lists.js';
import { ClaimMoves } from '../../../src/claim/moves/claim-moves.js';
import { SystemClock } from '../../../src/common/clock.js';
import { newId } from '../../../src/common/ids.js';
import { AuditLog, systemActor } from '../../../src/database/audit-log.js';
import { placeholders, type Database } from '../../../src/database/database.js';
import { RedemptionStore } from '../../../src/redemption/redemption.store.js';
import { ClaimSearch } from '../../../src/reporting/claim-search.js';
import { statementsOf } from '../../support/statements.js';
import { asking, changeClaim, claimIdAt, insertClaims as insertRows } from '../../harness/claim-rows.js';

const CLAIMS = 6_000;
/** Of one user. */
const WALLET = 10_000;
const LIMIT = 20;
/** Each row of a page is looked at as an entry of the index and as a row, and once more where its condition is judged in the engine. */
const PAGE_MOST = 3 * LIMIT + 20;
const CHUNK = 500;
const HOUR = 3_600_000;
/** Held claims whose time is over, of all vouchers: each is looked at as an entry, as a row, and where the entries end. */
const OVERDUE = CLAIMS / 1_000;
const STATUSES = ['held', 'issued', 'rejected', 'released', 'cancelled', 'expired', 'redeemed'] as const;

interface Row {
  readonly id: string;
  readonly voucherId: string;
  readonly userId: string;
  readonly sequence: number;
  readonly createdAt: number;
  readonly status: ClaimStatus;
  readonly confirmUntil: number | null;
}

export interface ListsSubject {
  readonly database: Database;
  /** Rows and index entries that `work` looked at; nothing where the server does not tell. */
  readonly looked: (work: () => Promise<unknown>) => Promise<number | undefined>;
}

/** Few claims of a long list are what a filter asks for. The database is migrated and may hold anything. */
export function claimListsContract(subject: () => ListsSubject): void {
  const now = Date.now();
  const voucherId = newId('vch', now);
  const overId = newId('vch', now + 1);
  const heavyUser = newId('usr', now);
  const idOf = (voucher: string, n: number): string => claimIdAt(voucher, n);
  const statusOf = (n: number): ClaimStatus => {
    if (n % 1_000 === 7) return 'cancelled';
    if (n % 500 === 9) return 'held';
    if (n % 900 === 11) return 'released';
    return n % 50 === 13 ? 'redeemed' : 'issued';
  };
  const rows: readonly Row[] = Array.from({ length: CLAIMS }, (_none, n) => {
    const status = statusOf(n);
    return {
      id: idOf(voucherId, n),
      voucherId,
      // Of every third claim: a wallet of thousands.
      userId: n % 3 === 0 ? heavyUser : `usr_${String(n).padStart(16, '0')}`,
      sequence: n + 1,
      createdAt: now - HOUR + n,
      status,
      confirmUntil: status === 'held' ? now + (n % 1_000 === 9 ? HOUR : -HOUR) : null,
    };
  });
  /** Claims of as many users. */
  const lineOf = (
    of: string,
    length: number,
    state: (n: number) => Pick<Row, 'status' | 'confirmUntil'>,
  ): readonly Row[] =>
    Array.from({ length }, (_none, n) => ({
      id: idOf(of, n),
      voucherId: of,
      userId: `usr_${String(n).padStart(16, '0')}`,
      sequence: n + 1,
      createdAt: now - HOUR + n,
      ...state(n),
    }));
  const moved = lineOf(overId, 30, (n) => ({
    status: n % 10 === 0 ? 'redeemed' : 'issued',
    confirmUntil: null,
  }));
  let db: Database;
  let lists: ClaimLists;

  beforeAll(async () => {
    db = subject().database;
    await insertVoucher(db, voucherId, now + HOUR);
    await insertVoucher(db, overId, now - HOUR);
    for (const some of [rows, moved])
      for (let from = 0; from < some.length; from += CHUNK)
        await insertClaims(db, some.slice(from, from + CHUNK));
  });
  beforeEach(() => {
    lists = new ClaimLists(db, new SystemClock());
  });

  /** Newest first, as a reader of all rows would find them. */
  const expected = (among: readonly Row[], status: string, redeemUntil: number): string[] =>
    among
      .filter(
        (row) =>
          effectiveClaimStatus(row.status, { redeemUntil, confirmUntil: row.confirmUntil }, Date.now()) ===
          status,
      )
      .map(({ id }) => id)
      .reverse();

  /** All pages of a list, each of which must not have looked at more than ten rows for each that it returned. */
  async function pages(
    status: string,
    read: (page: {
      limit: number;
      status: string;
      starting_after?: string;
    }) => ReturnType<ClaimLists['ofVoucher']>,
  ): Promise<string[]> {
    const ids: string[] = [];
    for (let after: string | undefined; ;) {
      let page: Awaited<ReturnType<typeof read>> | undefined;
      const looked = await subject().looked(async () => {
        page = await read({
          limit: LIMIT,
          status,
          ...(after === undefined ? {} : { starting_after: after }),
        });
      });
      const found = page?.data.map(({ id }) => id) ?? [];
      const allowed = 10 * (found.length + 1) + (status === 'released' ? 3 * OVERDUE : 0);
      if ((looked ?? 0) > allowed) throw new Error(`${status}: ${looked} rows were read for ${found.length}`);
      ids.push(...found);
      after = found.at(-1);
      if (page?.has_more !== true) return ids;
    }
  }

  describe('a list of claims', () => {
    it.each(STATUSES)('on a voucher that are %s reads what it returns', async (status) => {
      const found = await pages(status, (page) => lists.ofVoucher(voucherId, page));
      expect(found).toEqual(expected(rows, status, now + HOUR));
      const over = await pages(status, (page) => lists.ofVoucher(overId, page));
      expect(over).toEqual(expected(moved, status, now - HOUR));
    });

    it.each(['held', 'issued', 'rejected', 'released', 'cancelled', 'redeemed'])(
      'of a user that are %s reads what it returns',
      async (status) => {
        const own = rows.filter(({ userId }) => userId === heavyUser);
        const found = await pages(status, (page) => lists.ofUser(heavyUser, page, []));
        expect(found).toEqual(expected(own, status, now + HOUR));
      },
    );

    it('of which thousands are overdue, as none can be released, is read in pages', async () => {
      const heldId = newId('vch', now + 4);
      const held = lineOf(heldId, 2_400, (n) => ({
        status: n % 1_000 === 5 ? 'released' : 'held',
        confirmUntil: now - HOUR,
      }));
      await insertVoucher(db, heldId, now + HOUR);
      for (let from = 0; from < held.length; from += CHUNK)
        await insertClaims(db, held.slice(from, from + CHUNK));
      const all = expected(held, 'released', now + HOUR);
      expect(all).toHaveLength(held.length);
      for (const at of [0, 1_200, 2_390]) {
        const after = at === 0 ? {} : { starting_after: all[at - 1] ?? '' };
        let page: Awaited<ReturnType<ClaimLists['ofVoucher']>> | undefined;
        const looked = await subject().looked(async () => {
          page = await lists.ofVoucher(heldId, { limit: LIMIT, status: 'released', ...after });
        });
        expect(page?.data.map(({ id }) => id)).toEqual(all.slice(at, at + LIMIT));
        expect(page?.has_more).toBe(at < 2_390);
        // The first thousand of the overdue, by which it is seen that there are many, and the page.
        expect(looked ?? 0).toBeLessThan(1_500);
      }
    });

    it('is read towards newer ones as well', async () => {
      const all = expected(rows, 'redeemed', now + HOUR);
      const page = await lists.ofVoucher(voucherId, {
        limit: 5,
        status: 'redeemed',
        ending_before: all[20] ?? '',
      });
      expect(page.data.map(({ id }) => id)).toEqual(all.slice(15, 20));
      expect(page.has_more).toBe(true);
    });
  });

  describe('a wallet of 10,000 claims', () => {
    const walletVoucherId = newId('vch', now + 2);
    const walletUser = newId('usr', now + 1);
    /** Of those that were taken in the same millisecond, as they come. */
    const ids = Array.from({ length: Math.ceil(WALLET / 3) }, (_none, group) =>
      [0, 1, 2].map((n) => idOf(walletVoucherId, 3 * group + n)).sort(),
    ).flat();
    const owned: readonly Row[] = Array.from({ length: WALLET }, (_none, n) => ({
      id: ids[n] ?? '',
      voucherId: walletVoucherId,
      userId: walletUser,
      sequence: n + 1,
      // Some were taken in the same millisecond.
      createdAt: now - HOUR + Math.floor(n / 3),
      status: statusOf(n),
      confirmUntil: statusOf(n) === 'held' ? now + HOUR : null,
    }));
    const newest = [...owned]
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);
    /** The gate has them as pending: two that are no rows yet, and one that has just become one. */
    const pending = [
      ...[1, 2].map((n) => ({ id: idOf(walletVoucherId, 2 * WALLET + n), createdAt: now + n })),
      { id: newest[0] ?? '', createdAt: owned.at(-1)?.createdAt ?? 0 },
    ].map(({ id, createdAt }, n) =>
      claimBody({
        id,
        voucherId: walletVoucherId,
        userId: walletUser,
        ordinal: WALLET + 1 + n,
        status: 'pending',
        sequence: WALLET + n,
        createdAt,
      }),
    );

    beforeAll(async () => {
      await insertVoucher(db, walletVoucherId, now + HOUR);
      for (let from = 0; from < WALLET; from += CHUNK)
        await insertClaims(db, owned.slice(from, from + CHUNK));
    });

    const places = (): number => allPlaces(db.read).length;
    /** Packed claims of a user are read in each segment. */
    const most = (): number => PAGE_MOST * (packedShare(db.read) === 'all' ? segmentsOf(db.read).length : 1);

    /** A page, the statements that it took, and what those looked at. */
    async function cost(
      page: { starting_after?: string; ending_before?: string },
      atGate: typeof pending = [],
    ): Promise<{ ids: string[]; statements: number; looked: number }> {
      const read = () => lists.ofUser(walletUser, { limit: LIMIT, ...page }, atGate);
      const statements = await statementsOf(db, read);
      const looked = (await subject().looked(read)) ?? 0;
      return { ids: (await read()).data.map(({ id }) => id), statements: statements.length, looked };
    }

    it.each([
      ['first', 0],
      ['middle', WALLET / 2],
      ['last', WALLET - LIMIT],
    ])('the %s page costs what it returns, whatever lies before and behind it', async (_name, place) => {
      const after = newest[place - 1];
      const page = await cost(after === undefined ? {} : { starting_after: after });
      expect(page.ids).toEqual(newest.slice(place, place + LIMIT));
      // The cursor's row, and the page: what `claims` has of it, and what the archive has, or `packed_claims` alone.
      expect(page.statements).toBe((after === undefined ? 0 : 1) + places());
      expect(page.looked).toBeLessThanOrEqual(most());

      const before = newest[place + LIMIT];
      const back = await cost(before === undefined ? {} : { ending_before: before });
      if (before !== undefined) expect(back.ids).toEqual(page.ids);
      expect(back.looked).toBeLessThanOrEqual(most());
    });

    it('what it has on one voucher is read alone, in the order of their numbers', async () => {
      const otherId = newId('vch', now + 3);
      await insertVoucher(db, otherId, now + HOUR);
      await insertClaims(db, [{ ...(owned[0] as Row), id: idOf(otherId, 0), voucherId: otherId }]);
      const ofOne = (page: { starting_after?: string; ending_before?: string; status?: string }) => {
        let found: string[] = [];
        const looked = subject().looked(async () => {
          const list = await lists.ofUser(
            walletUser,
            { limit: LIMIT, voucher: walletVoucherId, ...page },
            pending,
          );
          found = list.data.map(({ id }) => id);
        });
        return looked.then((rows) => {
          expect(rows ?? 0).toBeLessThanOrEqual(PAGE_MOST);
          return found;
        });
      };
      const numbered = [pending[1]?.id, pending[0]?.id, ...owned.map(({ id }) => id).reverse()];
      expect(await ofOne({})).toEqual(numbered.slice(0, LIMIT));
      const after = { starting_after: numbered[WALLET / 2] ?? '' };
      expect(await ofOne(after)).toEqual(numbered.slice(WALLET / 2 + 1, WALLET / 2 + 1 + LIMIT));
      const before = { ending_before: numbered[LIMIT] ?? '' };
      expect(await ofOne(before)).toEqual(numbered.slice(0, LIMIT));
      const other = await lists.ofUser(walletUser, { limit: LIMIT, voucher: otherId }, []);
      expect(other.data.map(({ id }) => id)).toEqual([idOf(otherId, 0)]);
      expect((await lists.ofUser(walletUser, { limit: LIMIT, voucher: voucherId }, [])).data).toEqual([]);
    });

    it('what the gate still holds is merged into it for no more', async () => {
      const page = await cost({}, pending);
      expect(page.ids).toEqual([pending[1]?.id, pending[0]?.id, ...newest].slice(0, LIMIT));
      expect(page.statements).toBe(places());
      expect(page.looked).toBeLessThanOrEqual(most());
      const middle = await cost({ starting_after: newest[WALLET / 2] ?? '' }, pending);
      expect(middle.ids).toEqual(newest.slice(WALLET / 2 + 1, WALLET / 2 + 1 + LIMIT));
      expect(middle.statements).toBe(1 + places());
    });
  });

  it('redemptions of one cashier are read without those of the others', async () => {
    const merchantId = newId('mer', now);
    const store = new RedemptionStore(db);
    await db.write((tx) =>
      store.insert(
        tx,
        rows.slice(0, CHUNK).map(({ id: claimId }, n) => ({
          id: newId('rdm', now + n),
          claimId,
          voucherId,
          merchantId,
          byUser: n % 250 === 0 ? 'usr_rare' : 'usr_busy',
          location: null,
          at: now + n,
          rolledBackAt: null,
          rolledBackBy: null,
          reason: null,
        })),
      ),
    );
    let found = 0;
    const looked = await subject().looked(async () => {
      found = (await store.page({ merchantId, byUser: 'usr_rare', limit: LIMIT })).length;
    });
    expect(found).toBe(2);
    expect(looked ?? 0).toBeLessThanOrEqual(10 * found);
  });

  it('redemptions whose claims are no rows are passed over, and a page is full all the same', async () => {
    const merchantId = newId('mer', now + 1);
    const store = new RedemptionStore(db);
    const gone = (n: number): boolean => n % 5 !== 0;
    const redeemed = rows.slice(0, 20).map(({ id }, n) => ({
      id: newId('rdm', now + n),
      claimId: gone(n) ? `${id.slice(0, -1)}x` : id,
      voucherId,
      merchantId,
      byUser: 'usr_1',
      location: null,
      at: now + n,
      rolledBackAt: null,
      rolledBackBy: null,
      reason: null,
    }));
    await db.write((tx) => store.insert(tx, redeemed));
    const kept = redeemed
      .filter((_one, n) => !gone(n))
      .map(({ id }) => id)
      .reverse();
    const page = async (at: { after?: string | undefined; before?: string | undefined }): Promise<string[]> =>
      (await store.page({ merchantId, limit: 2, ...at })).map(({ id }) => id);
    expect(await page({})).toEqual(kept.slice(0, 3));
    expect(await page({ after: kept[1] })).toEqual(kept.slice(2));
    expect(await page({ before: kept[3] })).toEqual(kept.slice(0, 3).reverse());
    expect(await store.own(merchantId, redeemed[1]?.id ?? '')).toBeUndefined();
    expect(await store.own(merchantId, kept[0] ?? '')).toMatchObject({ userId: rows[15]?.userId });
  });

  it('entries whose claims are no rows are passed over, and a page is full all the same', async () => {
    const redeemed = expected(moved, 'redeemed', now - HOUR);
    const orphans = moved.map((row, n) => ({
      ...row,
      id: `${row.id.slice(0, -1)}x`,
      sequence: row.sequence + (n % 2 === 0 ? 100 : 0),
      status: 'redeemed' as const,
    }));
    await db.write((tx) => insertInStatusIndex(tx, orphans));
    const page = async (at: { starting_after?: string; ending_before?: string }) => {
      const { data, has_more: more } = await lists.ofVoucher(overId, { limit: 1, status: 'redeemed', ...at });
      return [...data.map(({ id }) => id), more];
    };
    expect(await page({})).toEqual([redeemed[0], true]);
    expect(await page({ starting_after: redeemed[0] ?? '' })).toEqual([redeemed[1], true]);
    expect(await page({ starting_after: redeemed[1] ?? '' })).toEqual([redeemed[2], false]);
    expect(await page({ ending_before: redeemed[2] ?? '' })).toEqual([redeemed[1], true]);
    await rebuildStatusIndex(db, overId);
    const [{ n } = { n: 0 }] = await db.read.query<{ n: number | string }[]>(
      'SELECT COUNT(*) AS n FROM claim_status_index WHERE voucher_id = ?',
      [overId],
    );
    expect(Number(n)).toBe(redeemed.length);
  });

  it('a search by how the id of a claim begins looks at claims on that voucher alone', async () => {
    const search = new ClaimSearch(db, undefined as never);
    let found: readonly string[] = [];
    const looked = await subject()
      .looked(async () => {
        found = await search.find(overId, 'clm_');
      })
      .catch(() => 0);
    expect(found).toHaveLength(0); // "clm_" alone is no beginning of an id
    const more = await subject().looked(async () => {
      found = await search.find(overId, overId.replace('vch_', 'clm_').slice(0, 8));
    });
    expect([...found].sort()).toEqual(moved.map(({ id }) => id).sort());
    expect((looked ?? 0) + (more ?? 0)).toBeLessThanOrEqual(10 * found.length);
    expect(await search.find(overId, idOf(voucherId, 5))).toEqual([]);
  });

  it('behind a sequence, whatever its id, the next one comes first', async () => {
    const columns = new ClaimColumns('id', 'sequence', 'tie');
    const rows = await claimsInLine(db, columns, { voucherId: overId, after: behindNumber(5), limit: 2 });
    expect(rows.map(({ sequence }) => sequence)).toEqual([6, 7]);
  });

  it('the status index is written anew from the rows where something changed them behind its back', async () => {
    const [first, second] = moved.filter(({ status }) => status === 'issued');
    const listed = async (): Promise<string[]> => {
      const entries: { claim_id: string; status: string }[] = await db.read.query(
        'SELECT claim_id, status FROM claim_status_index WHERE voucher_id = ? ORDER BY claim_id',
        [overId],
      );
      return entries.map(({ claim_id: id, status }) => `${id} ${status}`);
    };
    const before = await listed();
    await db.write((tx) => changeClaim(asking(tx), first?.id ?? '', { status: 'cancelled' }));
    await db.write((tx) => tx.query('DELETE FROM claim_status_index WHERE claim_id = ?', [moved[0]?.id]));
    await db.write((tx) =>
      insertInStatusIndex(tx, [{ ...(second as Row), id: `${second?.id.slice(0, -1)}x`, status: 'held' }]),
    );
    await rebuildStatusIndex(db, overId);
    expect(await listed()).toEqual([...before, `${first?.id} cancelled`].sort());
    // And a move takes out what should not be there.
    await db.write((tx) => changeClaim(asking(tx), first?.id ?? '', { status: 'redeemed' }));
    const moves = new ClaimMoves(db, new AuditLog());
    const by = systemActor('mer_1');
    await db.write((tx) => moves.move(tx, 'roll_back', [{ claimId: first?.id ?? '', by }], now));
    expect(await listed()).toEqual(before);
  });
}

async function insertVoucher(db: Database, id: string, redeemUntil: number): Promise<void> {
  await db.write((tx) =>
    tx.query(
      `INSERT INTO vouchers (id, merchant_id, title, status, total_stock, per_user_limit, opens_at, closes_at, redeem_until,
         time_zone, protection, version, created_at, updated_at)
       VALUES (?, 'mer_1', 'Tea', 'ended', 9999, 1, 1, 2, ?, 'UTC', '{}', 1, 1, 1)`,
      [id, redeemUntil],
    ),
  );
}

async function insertClaims(db: Database, claims: readonly Row[]): Promise<void> {
  await db.write(async (tx) => {
    await insertRows(
      tx,
      claims.map((one) => ({
        id: one.id,
        voucher_id: one.voucherId,
        user_id: one.userId,
        ordinal: one.sequence,
        epoch: 1,
        sequence: one.sequence,
        created_at: one.createdAt,
        status: one.status,
        issued_at: one.createdAt,
        confirm_until: one.confirmUntil,
      })),
    );
    await insertInStatusIndex(tx, claims);
    const held = claims.filter(({ status }) => status === 'held');
    if (held.length > 0)
      await tx.query(
        `INSERT INTO claim_holds (claim_id, voucher_id, confirm_until) VALUES ${placeholders(held.length, 3)}`,
        held.flatMap(({ id, voucherId, confirmUntil }) => [id, voucherId, confirmUntil]),
      );
  });
}
