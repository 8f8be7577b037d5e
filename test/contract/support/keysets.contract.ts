import { beforeAll, describe, expect, it } from '@jest/globals';
import { placeholders, type Database } from '../../../src/database/database.js';
import { declaredKeysets, type Direction, type Keyset } from '../../../src/database/keyset.js';
import '../../../src/app.module.js';

const ROWS = 20_000;
const LIMIT = 50;
/** Each row is counted as an entry of the index, as a row, and where its condition is judged in the engine: when asked, and when it holds. */
const MOST = 4 * LIMIT + 20;
/** Three of five rows belong to one list, so it is far longer than an average one. */
const LONG = 3;
export const T0 = 1_764_000_000_000;

export type Row = Readonly<Record<string, string | number | Buffer | null>>;

/** Ids in no order of anything else, as those of claims are. */
const scattered = (n: number): string => String((n * 7_919) % ROWS).padStart(6, '0');
/** A number, as what is packed has it. */
function bytes(length: number, n: number): Buffer {
  const packed = Buffer.alloc(length);
  packed.writeUInt32BE(n, 2);
  return packed;
}
const inLongList = (n: number): boolean => n % 5 < LONG;

const claim = (n: number, status: string): Row => ({
  id: `clm_${scattered(n)}`,
  voucher_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
  user_id: n % 5 === 0 ? 'usr_long' : `usr_${scattered(n)}`,
  ordinal: n,
  epoch: 1,
  sequence: Math.floor(n / 2),
  status,
  code: scattered(n),
  created_at: T0 + Math.floor(n / 3),
  issued_at: T0 + n,
});

/** A row of each table that some keyset reads. A table that is missing here fails the test of its keyset. */
const SEEDS: Readonly<Record<string, (n: number) => Row>> = {
  claims: (n) => claim(n, 'issued'),
  claims_archive: (n) => claim(n, 'expired'),
  packed_claims: (n) => ({
    segment: n % 2,
    voucher_id: bytes(10, inLongList(n) ? ROWS : n % 77),
    tail: bytes(15, (n * 7_919) % ROWS),
    user_id: bytes(10, n % 5 === 0 ? ROWS : (n * 7_919) % ROWS),
    ordinal: n,
    epoch: 1,
    sequence: Math.floor(n / 2),
    status: 'issued',
    code: bytes(10, (n * 7_919) % ROWS),
    created_at: T0 + Math.floor(n / 3),
    issued_at: T0 + n,
  }),
  vouchers: (n) => ({
    id: `vch_${scattered(n)}`,
    merchant_id: inLongList(n) ? 'mer_long' : `mer_${n % 77}`,
    title: 'A voucher',
    description: '',
    status: inLongList(n) ? 'ended' : 'live',
    total_stock: 10,
    per_user_limit: 1,
    time_zone: 'UTC',
    protection: '{}',
    opens_at: T0,
    closes_at: T0 + Math.floor(n / 3),
    version: 1,
    created_at: T0,
    updated_at: T0,
  }),
  claim_dead_letters: (n) => ({
    id: `dlt_${scattered(n)}`,
    source: `log/0/${n}`,
    payload: '{}',
    reason: 'test',
    status: inLongList(n) ? 'open' : n % 2 === 0 ? 'retried' : 'discarded',
    retries: 0,
    created_at: T0 + Math.floor(n / 3),
  }),
  redemptions: (n) => ({
    id: `rdm_${scattered(n)}`,
    claim_id: `clm_${n}`,
    voucher_id: `vch_${n % 77}`,
    merchant_id: inLongList(n) ? 'mer_long' : `mer_${n % 77}`,
    by_user: `usr_${n % 7}`,
    at: T0 + n,
  }),
  waiting_entries: (n) => ({
    voucher_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    number: n,
    user_id: `usr_${scattered(n)}`,
    state: n % 7 === 0 ? 'accepted' : 'waiting',
    joined_at: T0 + n,
  }),
  claim_status_index: (n) => ({
    claim_id: `clm_${scattered(n)}`,
    voucher_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    user_id: n % 5 === 0 ? 'usr_long' : `usr_${scattered(n)}`,
    status: n % 50 === 1 ? 'rejected' : 'redeemed',
    sequence: Math.floor(n / 2),
    created_at: T0 + Math.floor(n / 3),
  }),
  claim_expiry: (n) => ({ voucher_id: `vch_${scattered(n)}`, due_at: T0 + Math.floor(n / 3) }),
  webhook_endpoints: (n) => ({
    id: `whk_${scattered(n)}`,
    merchant_id: inLongList(n) ? 'mer_long' : `mer_${n % 77}`,
    url: 'https://example.com/',
    events: '*',
    status: 'enabled',
    secret: '',
    created_at: T0 + n,
    created_by: 'usr_1',
  }),
  webhook_deliveries: (n) => ({
    id: `dlv_${scattered(n)}`,
    endpoint_id: inLongList(n) ? 'whk_long' : `whk_${n % 77}`,
    event_id: `evt_${n}`,
    event_type: 'claim.issued',
    subject: `clm_${n}`,
    payload: '{}',
    status: n % 50 === 0 ? 'failed' : 'delivered',
    due_at: T0 + n,
    created_at: T0 + n,
  }),
  api_keys: (n) => ({
    id: `key_${scattered(n)}`,
    merchant_id: inLongList(n) ? 'mer_long' : `mer_${n % 77}`,
    name: 'A key',
    scopes: 'claims:read',
    addresses: '[]',
    created_at: T0 + n,
    created_by: 'usr_1',
  }),
  staff_invitations: (n) => ({
    id: `inv_${scattered(n)}`,
    merchant_id: inLongList(n) ? 'mer_long' : `mer_${n % 77}`,
    role: 'cashier',
    email: `${n}@example.com`,
    token_hash: String(n),
    created_at: T0 + n,
    created_by: 'usr_1',
    expires_at: T0 + n,
  }),
  users: (n) => ({
    id: `usr_${scattered(n)}`,
    name: 'A person',
    role: 'merchant',
    merchant_id: inLongList(n) ? 'mer_long' : `mer_${n % 77}`,
    merchant_role: 'cashier',
    created_at: T0 + n,
  }),
  audit_log: (n) => ({
    id: `aud_${scattered(n)}`,
    at: T0 + n,
    actor_kind: 'user',
    actor: inLongList(n) ? 'usr_long' : `usr_${n % 77}`,
    merchant_id: inLongList(n) ? 'mer_long' : `mer_${n % 77}`,
    action: inLongList(n) ? 'voucher.edited' : `voucher.${n % 77}`,
    object_type: 'voucher',
    object_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    objects: 1,
  }),
  voucher_messages: (n) => ({
    id: `msg_${scattered(n)}`,
    voucher_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    merchant_id: 'mer_1',
    by_user: 'usr_1',
    subject: 'A subject',
    body: 'A text',
    statuses: 'issued',
    state: 'done',
    created_at: T0 + n,
  }),
  outbox: (n) => ({
    id: `evt_${scattered(n)}`,
    type: 'claim.issued',
    aggregate_id: inLongList(n) ? 'vch_long' : `vch_${n % 77}`,
    payload: '[]',
    events: 1,
    status: 1,
    created_at: T0 + n,
  }),
};

/** What a server says of reading one page. */
export interface Reading {
  /** Whether it is read as a range of the keyset's index that begins at the cursor, and comes in order without a sort. */
  readonly isRange: boolean;
  /** Rows and index entries that were looked at; nothing where the server does not tell. */
  readonly looked?: number;
  /** For the message of a test that fails. */
  readonly plan: unknown;
}

export interface Subject {
  readonly database: Database;
  /** Rows of a table that are there only after the server has counted them. */
  readonly analyze: (table: string) => Promise<void>;
  readonly read: (keyset: Keyset, sql: string, values: readonly unknown[]) => Promise<Reading>;
}

/** Every page of every keyset of the program costs what it returns, wherever in the list it lies. */
export function keysetContract(subject: () => Subject): void {
  const query = (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
    subject().database.read.query(sql, [...values]);

  /** SQLite packs no claims. */
  const isThere = (table: string): boolean =>
    table !== 'packed_claims' || subject().database.dialect !== 'sqlite';

  beforeAll(async () => {
    for (const [table, row] of Object.entries(SEEDS)) if (isThere(table)) await seed(subject(), table, row);
  });

  it.each(declaredKeysets().map((keyset) => [keyset.terms.index, keyset.terms.table, keyset] as const))(
    '%s of %s reads each page from its cursor',
    async (_index, _table, keyset) => {
      const { table, by, within = [] } = keyset.terms;
      expect(Object.keys(SEEDS)).toContain(table);
      if (!isThere(table)) return;
      const list = await longestList(keyset);
      for (const direction of ['ASC', 'DESC'] as const) {
        for (const part of [0, 0.25, 0.5, 0.75, 0.99]) {
          const cursor = part === 0 ? undefined : await rowAt(keyset, list, direction, part);
          for (const [sql, values] of [
            written(keyset, list, cursor, direction),
            built(keyset, list, cursor, direction),
          ]) {
            const reading = await subject().read(keyset, sql, values);
            const what = JSON.stringify({ sql, direction, part, within, by, ...reading }, null, 1);
            if (cursor && !reading.isRange) throw new Error(`not a range: ${what}`);
            if ((reading.looked ?? 0) > MOST) throw new Error(`looks at too much: ${what}`);
          }
        }
      }
    },
  );

  describe('pages, one after the other', () => {
    it('hold every row once, in order', async () => {
      const [keyset] = declaredKeysets().filter(({ terms }) => terms.index === 'claims_by_sequence');
      if (!keyset) throw new Error('the claims of a voucher have no keyset');
      const all = await query('SELECT COUNT(*) AS n FROM claims WHERE voucher_id = ?', ['vch_7']);
      for (const direction of ['ASC', 'DESC'] as const) {
        const ids: unknown[] = [];
        for (let cursor: unknown[] | undefined; ;) {
          const rows = await query(...written(keyset, ['vch_7'], cursor, direction));
          ids.push(...rows.map((row) => row['id']));
          const last = rows.at(-1);
          if (!last || rows.length < LIMIT) break;
          cursor = [last['sequence'], last['id']];
        }
        expect(new Set(ids).size).toBe(Number(all[0]?.['n']));
        expect(ids).toHaveLength(new Set(ids).size);
      }
    });
  });

  async function longestList(keyset: Keyset): Promise<unknown[]> {
    const { table, within } = keyset.terms;
    if (!within) return [];
    const [row] = await query(
      `SELECT ${within.join(', ')} FROM ${table} GROUP BY ${within.join(', ')} ORDER BY COUNT(*) DESC LIMIT 1`,
    );
    return within.map((column) => row?.[column]);
  }

  async function rowAt(
    keyset: Keyset,
    list: unknown[],
    direction: Direction,
    part: number,
  ): Promise<unknown[]> {
    const { table, by, within = ['1'] } = keyset.terms;
    const where = `WHERE ${within.map((column) => `${column} = ?`).join(' AND ')}`;
    const values = list.length === 0 ? [1] : list;
    const [{ n } = { n: 0 }] = await query(`SELECT COUNT(*) AS n FROM ${table} ${where}`, values);
    const order = by.map((column) => `${column} ${direction}`).join(', ');
    const offset = Math.floor(Number(n) * part);
    const [row] = await query(
      `SELECT ${by.join(', ')} FROM ${table} ${where} ORDER BY ${order} LIMIT 1 OFFSET ${offset}`,
      values,
    );
    return by.map((column) => row?.[column]);
  }

  /** As a query is written by hand. */
  function written(
    keyset: Keyset,
    list: unknown[],
    cursor: unknown[] | undefined,
    direction: Direction,
  ): [string, unknown[]] {
    const place = { dialect: subject().database.dialect, direction };
    const behind = cursor ? ` AND ${keyset.behind(place)}` : '';
    return [
      `SELECT * FROM ${keyset.from(place)} WHERE ${keyset.list(place)}${behind} ORDER BY ${keyset.order(place)} LIMIT ${LIMIT}`,
      [...list, ...(cursor ? keyset.behindValues(cursor) : [])],
    ];
  }

  /** As it is built. */
  function built(
    keyset: Keyset,
    list: unknown[],
    cursor: unknown[] | undefined,
    direction: Direction,
  ): [string, unknown[]] {
    const { dialect, read } = subject().database;
    const base = read.createQueryBuilder().select('*').from(keyset.terms.table, 't');
    const all = keyset.terms.within ? { list } : {};
    const [sql, values] = keyset
      .apply(base, { dialect, direction, cursor, ...all })
      .limit(LIMIT)
      .getQueryAndParameters();
    return [sql, values as unknown[]];
  }
}

/** Writes rows of a table. */
export async function seed(
  { database, analyze }: Pick<Subject, 'database' | 'analyze'>,
  table: string,
  row: (n: number) => Row,
  count = ROWS,
): Promise<void> {
  const CHUNK = 500;
  const columns = Object.keys(row(0));
  await database.write(async (tx) => {
    for (let from = 0; from < count; from += CHUNK) {
      const rows = Array.from({ length: CHUNK }, (_none, n) => Object.values(row(from + n)));
      await tx.query(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${placeholders(CHUNK, columns.length)}`,
        rows.flat(),
      );
    }
  });
  await analyze(table);
}
