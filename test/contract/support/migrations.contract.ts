import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { OutboxPacks1764000900000 } from '../../../migrations/1764000900000-outbox-packs.js';
import { ShortEvents1764001000000 } from '../../../migrations/1764001000000-short-events.js';
import { PackedClaims1764002928000 } from '../../../migrations/1764002928000-packed-claims.js';
import { learnLayout } from '../../../src/claim/ledger/rows/claim-layout.js';
import { asking, claimRows, insertClaims, type NewClaim } from '../../harness/claim-rows.js';
import { PackedEvents1764002927000 } from '../../../migrations/1764002927000-packed-events.js';
import { SlotEpochs1764002913000 } from '../../../migrations/1764002913000-slot-epochs.js';
import { migrations } from '../../../migrations/index.js';
import { eventsOf, linesOf, packEvents } from '../../../src/claim/domain/event-pack.js';
import { base32Number, ClaimIds } from '../../../src/common/ids.js';
import type { Connection } from '../../../src/database/connect.js';
import { migrate, migrateBack, requireCurrentSchema } from '../../../src/database/migrate.js';
import { insertPacks, type PackRow } from '../../../src/database/outbox.js';

/** Index of the newest migration of the first version. */
const EARLIER = 7;

/** What every database's migrations must do. `open` gives a connection to an empty database. */
export function describeMigrations(open: () => Promise<Connection>): void {
  let connection: Connection;
  const run = () => migrate(connection.writer, connection.database.dialect);

  beforeEach(async () => {
    connection = await open();
  });
  afterEach(() => connection.database.close());

  it('bring an empty database to the newest version, once', async () => {
    await expect(requireCurrentSchema(connection.writer)).rejects.toThrow('npm run migrate');
    expect(await run()).toEqual(migrations.map((migration) => migration.name));
    expect(await run()).toEqual([]);
    await expect(requireCurrentSchema(connection.writer)).resolves.toBeUndefined();
  });

  it('refuse a schema version that this program does not know', async () => {
    await run();
    await connection.database.write((tx) =>
      tx.query(`INSERT INTO migrations (timestamp, name) VALUES (?, ?)`, [
        9_999_999_999_999,
        'FromTheFuture',
      ]),
    );
    await expect(run()).rejects.toThrow('FromTheFuture');
    await expect(requireCurrentSchema(connection.writer)).rejects.toThrow('FromTheFuture');
  });

  it('make rows of one event each out of packs when they are taken back, and keep older rows as they are', async () => {
    await run();
    const runner = connection.writer.createQueryRunner();
    const line = (id: string): string => JSON.stringify({ id, type: 'claim.issued' });
    const insert = (id: string, payload: string, events: number, status: number): Promise<unknown> =>
      runner.query(
        `INSERT INTO outbox (id, type, aggregate_id, payload, events, status, created_at) VALUES (?, 'claim.issued', 'vch_1', ?, ?, ?, 5)`,
        [id, payload, events, status],
      );
    await insert('evt_1', ['evt_1', 'evt_2', 'evt_3'].map(line).join('\n'), 3, 0);
    await insert('evt_4', line('evt_4'), 1, 1);
    const rows = () => runner.query('SELECT id, payload, status FROM outbox ORDER BY id');
    const packs = new OutboxPacks1764000900000();
    await packs.down(runner);
    const single = [1, 2, 3, 4].map((n) => ({
      id: `evt_${n}`,
      payload: line(`evt_${n}`),
      status: n === 4 ? 1 : 0,
    }));
    expect(await rows()).toEqual(single);
    await packs.up(runner);
    const [sum] = (await runner.query('SELECT SUM(events) AS n FROM outbox')) as { n: number | string }[];
    expect(Number(sum?.n)).toBe(4);
    expect(await rows()).toEqual(single);
    await runner.release();
  });

  it('keep claims of a kept epoch from being void when slots are taken back', async () => {
    await run();
    const runner = connection.writer.createQueryRunner();
    const groups = [3, 5].map((epoch) => ({ slots: '0-9', epoch, kept: true }));
    await runner.query(
      `UPDATE gate_epoch SET epoch = 9, opened_epoch = 9, barrier = '>{"0":"7"}', slot_groups = ?`,
      [JSON.stringify(groups)],
    );
    await new SlotEpochs1764002913000().down(runner);
    expect(await runner.query('SELECT epoch, opened_epoch, barrier FROM gate_epoch')).toMatchObject([
      { epoch: 9, opened_epoch: 3, barrier: null },
    ]);
    await new SlotEpochs1764002913000().up(runner);
    await runner.release();
  });

  it('write out short events when they are taken back', async () => {
    await run();
    const runner = connection.writer.createQueryRunner();
    const whole = JSON.stringify({ id: 'evt_1', type: 'claim.issued' });
    const short = JSON.stringify(['0001abcdefghjkmnpqrstvwx', 'usr_1', 1, 7]);
    await runner.query(
      `INSERT INTO outbox (id, type, aggregate_id, payload, events, status, created_at) VALUES ('evt_1', 'claim.issued', 'vch_0123456789abcdef', ?, 2, 0, 1795262400000)`,
      [`${whole}\n${short}`],
    );
    await new ShortEvents1764001000000().down(runner);
    const [{ payload } = { payload: '' }] = (await runner.query('SELECT payload FROM outbox')) as {
      payload: string;
    }[];
    const [first, second = '{}'] = payload.split('\n');
    expect(first).toBe(whole);
    expect(JSON.parse(second)).toMatchObject({
      type: 'claim.issued',
      created_at: '2026-11-21T12:00:00.000Z',
      data: {
        object: 'claim',
        id: 'clm_0123456789abcdef0001abcdefghjkmnpqrstvwx',
        voucher_id: 'vch_0123456789abcdef',
        user_id: 'usr_1',
        ordinal: 1,
        sequence: 7,
        status: 'issued',
      },
    });
    await runner.release();
  });

  it('write lines again of events that are packed when they are taken back', async () => {
    await run();
    const runner = connection.writer.createQueryRunner();
    const voucher_id = 'vch_0123456789abcdef';
    const ids = new ClaimIds('a secret of the tests, 32 characters or more');
    const claims = Array.from({ length: 250 }, (_none, n) => {
      const user_id = n % 50 === 7 ? `someone-${n}@example.org` : `usr_${base32Number(n * 7_919, 16)}`;
      const ordinal = n % 9 === 0 ? 2 : 1;
      const id = ids.id(voucher_id, user_id, ordinal);
      // Not in the order of their sequence.
      return { id, voucher_id, user_id, ordinal, sequence: 1_000 + ((n * 7) % 250) };
    });
    const moved = claims.slice(0, 20).map((claim, n) => ({ ...claim, move: n + 1 }));
    await insertPacks(connection.writer.manager, [
      ...packEvents('claim.issued', claims, 1_795_262_400_000),
      ...packEvents('claim.expired', moved, 1_795_262_400_001),
    ]);
    const whole = JSON.stringify({ id: 'evt_0', type: 'claim.issued' });
    await runner.query(
      `INSERT INTO outbox (id, type, aggregate_id, payload, events, status, created_at) VALUES ('evt_0', 'claim.issued', ?, ?, 1, 0, 5)`,
      [voucher_id, whole],
    );
    const read = (): Promise<PackRow[]> => runner.query('SELECT * FROM outbox ORDER BY id');
    const before = await read();
    expect(before.map(({ payload }) => payload)).toEqual([whole, ...Array<null>(4).fill(null)]);
    const packed = new PackedEvents1764002927000();
    await packed.down(runner);
    const after = await read();
    expect(after.every((row) => !('packed' in row))).toBe(true);
    expect(after.map((row) => eventsOf({ ...row, packed: null }))).toEqual(before.map(eventsOf));
    expect(after.map(({ id, events }) => [id, events])).toEqual(before.map(({ id, events }) => [id, events]));
    // As the version before wrote them: a claim, its user, its numbers.
    expect(linesOf(after.find(({ type }) => type === 'claim.expired')?.payload ?? '')).toEqual(
      moved.map(({ id, user_id, ordinal, sequence, move }) =>
        JSON.stringify([id.slice(20), user_id, ordinal, sequence, move]),
      ),
    );
    await expect(
      runner.query(
        `INSERT INTO outbox (id, type, aggregate_id, payload, events, status, created_at) VALUES ('evt_x', 'claim.issued', ?, NULL, 1, 0, 5)`,
        [voucher_id],
      ),
    ).rejects.toThrow();
    await packed.up(runner);
    expect((await read()).map(eventsOf)).toEqual(before.map(eventsOf));
    await runner.release();
  });

  it('write claims as text again that are packed when they are taken back, each once', async () => {
    if (connection.database.dialect === 'sqlite') return; // it packs none
    await run();
    const ids = new ClaimIds('secret-of-the-test');
    const voucher = `vch_${base32Number(1_764_000_000_000, 10)}abcdef`;
    learnLayout(connection.database.connections, { claims_packed_from: 0, claims_packing: null });
    const claims = Array.from({ length: 1_100 }, (_none, n): NewClaim => {
      const user =
        n % 3 === 0 ? `customer ${n}` : `usr_${base32Number(1_764_000_000_000 + n, 10)}${base32Number(n, 6)}`;
      const id = ids.id(voucher, user, 1);
      return {
        id,
        voucher_id: voucher,
        user_id: user,
        ordinal: 1,
        epoch: 2,
        sequence: n + 1,
        status: n % 5 === 0 ? 'cancelled' : 'issued',
        created_at: 1_764_000_000_000 + n,
        code: n % 2 === 0 ? ids.code(id) : `SPRING-${n}`,
        issued_at: 1_764_000_000_005 + n,
        moved_at: n % 5 === 0 ? 1_764_000_000_009 : null,
        moved_by: n % 5 === 0 ? 'usr_1' : null,
        moves: n % 5 === 0 ? 1 : null,
        cancel_reason: n % 5 === 0 ? 'rain' : null,
      };
    });
    await connection.database.write((tx) => insertClaims(tx, claims));
    const before = await claimRows(asking(connection.database.read));
    expect(before).toHaveLength(claims.length);
    const runner = connection.writer.createQueryRunner();
    // One of them was taken back before, by a run that ended half-way.
    learnLayout(connection.database.connections, undefined);
    await connection.database.write((tx) => insertClaims(tx, [before[700] as NewClaim]));
    await new PackedClaims1764002928000().down(runner);
    await runner.release();
    const text = Object.assign(asking(connection.database.read), { isFile: true });
    expect(await claimRows(text)).toEqual(before);
  });

  it('can be taken back and run again', async () => {
    await run();
    await connection.writer.undoLastMigration();
    await expect(requireCurrentSchema(connection.writer)).rejects.toThrow('npm run migrate');
    expect(await run()).toHaveLength(1);
  });

  it('go back to those that an earlier version knows, newest first, and forward again', async () => {
    await run();
    const { dialect } = connection.database;
    const names = migrations.map(({ name }) => name);
    const back = (to: string) => migrateBack(connection.writer, dialect, to);
    await expect(back('FromTheFuture')).rejects.toThrow('has not run the migration FromTheFuture');
    await expect(requireCurrentSchema(connection.writer)).resolves.toBeUndefined();
    await connection.database.write((tx) =>
      tx.query(
        `UPDATE gate_epoch SET epoch = 7, state = 'open', scripts_version = 9, opened_epoch = 7 WHERE id = 1`,
      ),
    );
    const [first = '', last = ''] = [names[EARLIER], names.at(-1)];
    expect(await back(first)).toEqual(names.slice(EARLIER + 1).toReversed());
    // Open to it, whatever version has begun the epoch; the number is never given again.
    const gate = () =>
      connection.database.read.query('SELECT epoch, state, scripts_version AS version FROM gate_epoch');
    expect(await gate()).toEqual([{ epoch: 7, state: 'open', version: 0 }]);
    await expect(requireCurrentSchema(connection.writer)).rejects.toThrow('npm run migrate');
    expect(await run()).toEqual(names.slice(EARLIER + 1));
    expect(await gate()).toMatchObject([{ epoch: 7 }]);
    expect(await back(last)).toEqual([]);
  });
}
