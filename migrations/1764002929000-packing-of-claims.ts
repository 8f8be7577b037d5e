import { Table, TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

const BATCH = 500;

interface Packing {
  readonly claims_packed_from: number | string | null;
  readonly claims_packing: string | null;
}

const isFile = ({ connection }: QueryRunner): boolean => connection.options.type === 'better-sqlite3';

/** How far the packing of older claims has come (docs/adr/0114). */
export class PackingOfClaims1764002929000 implements MigrationInterface {
  readonly name = 'PackingOfClaims1764002929000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn(
      'gate_epoch',
      new TableColumn({ name: 'claims_packing', type: 'varchar', length: '16', isNullable: true }),
    );
    await runner.createTable(
      new Table({
        name: 'claim_packing',
        columns: [
          { name: 'step', type: 'varchar', length: '32', isPrimary: true },
          { name: 'position', type: 'varchar', length: '64' },
          { name: 'claims', type: 'bigint' },
          { name: 'changed_at', type: 'bigint' },
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    if (!isFile(runner)) await leaveOneOfEach(runner);
    await runner.dropTable('claim_packing', true);
    await runner.dropColumn('gate_epoch', 'claims_packing');
  }
}

/** Where claims are in two tables, one of them is what they are: the other's rows go, so that nobody takes them for the truth. */
async function leaveOneOfEach(runner: QueryRunner): Promise<void> {
  const [row] = (await runner.query(
    'SELECT claims_packed_from, claims_packing FROM gate_epoch WHERE id = 1',
  )) as Packing[];
  if (row?.claims_packing === 'packed')
    for (const table of ['claims', 'claims_archive']) await runner.query(`TRUNCATE TABLE ${table}`);
  if (row?.claims_packing !== 'copying') return;
  const from = Number(row.claims_packed_from);
  for (let after = 0; ;) {
    const rows = (await runner.query(
      `SELECT n, voucher_id FROM packed_claims WHERE n > ? ORDER BY n LIMIT ${BATCH}`,
      [after],
    )) as { n: number | string; voucher_id: Buffer }[];
    if (rows.length === 0) return;
    after = Number(rows.at(-1)?.n);
    const copies = rows.filter(({ voucher_id: id }) => madeAt(id) < from).map(({ n }) => n);
    if (copies.length > 0)
      await runner.query(`DELETE FROM packed_claims WHERE n IN (${copies.map(() => '?').join(',')})`, copies);
  }
}

/** Of 50 bits, of which the first five say live or test, and are none of the time. */
const TIME_BITS = 0x1f_ff_ff_ff_ff_ffn;

/** ms since 1970, of a voucher's packed id. */
const madeAt = (id: Buffer): number => Number((id.readBigUInt64BE(0) >> 14n) & TIME_BITS);
