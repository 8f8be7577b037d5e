import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';

interface PackedRow {
  readonly id: string;
  readonly packed: Buffer | ArrayBuffer;
}

const PAGE = 100;

/**
 * Events of claims as bytes in place of lines (docs/adr/0111). Rows that are there stay as they are. `payload` may be missing, so that an
 * older program stops at a row that it cannot read, and does not take it for one without events. Going back writes lines again.
 */
export class PackedEvents1764002927000 implements MigrationInterface {
  readonly name = 'PackedEvents1764002927000';

  async up(runner: QueryRunner): Promise<void> {
    await lines(runner, { mayBeMissing: true });
    await runner.query('ALTER TABLE outbox ADD COLUMN packed BLOB NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (let after = ''; ;) {
      const rows = (await runner.query(
        `SELECT id, packed FROM outbox WHERE id > ? AND packed IS NOT NULL ORDER BY id LIMIT ${PAGE}`,
        [after],
      )) as PackedRow[];
      if (rows.length === 0) break;
      after = rows.at(-1)?.id ?? after;
      for (const { id, packed } of rows)
        await runner.query('UPDATE outbox SET payload = ? WHERE id = ?', [
          linesOf(Buffer.isBuffer(packed) ? packed : Buffer.from(packed)).join('\n'),
          id,
        ]);
    }
    await lines(runner, { mayBeMissing: false });
    await runner.query('ALTER TABLE outbox DROP COLUMN packed');
  }
}

/** Servers copy the table for this, and take writes meanwhile. */
async function lines(
  runner: QueryRunner,
  { mayBeMissing }: { readonly mayBeMissing: boolean },
): Promise<void> {
  if (runner.connection.options.type !== 'better-sqlite3') {
    await runner.query(`ALTER TABLE outbox MODIFY payload TEXT ${mayBeMissing ? 'NULL' : 'NOT NULL'}`);
    return;
  }
  const table = await runner.getTable('outbox'); // as it is now, not as the runner saw it before
  if (!table) throw new Error('there is no table outbox');
  await runner.changeColumn(
    table,
    'payload',
    new TableColumn({ name: 'payload', type: 'text', isNullable: mayBeMissing }),
  );
}

// How the program of that time read the bytes, kept here: a migration means the same whatever becomes of the program.

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Big-endian base 32. */
const base32 = (value: number, letters: number): string =>
  Array.from({ length: letters }, (_, n) =>
    ALPHABET.charAt(Math.floor(value / 32 ** (letters - 1 - n)) % 32),
  ).join('');

function linesOf(packed: Buffer): string[] {
  if (packed[0] !== 1) throw new Error(`a pack of events in form ${packed[0]}: it is of a later version`);
  let at = 1;
  const number = (): number => {
    for (let value = 0, unit = 1; ; unit *= 128) {
      const byte = packed[at++] ?? 0;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  const letters = (): string => {
    at += 10;
    if (at > packed.length) return '';
    return base32(packed.readUIntBE(at - 10, 5), 8) + base32(packed.readUIntBE(at - 5, 5), 8);
  };
  const lines: string[] = [];
  for (let sequence = 0; at < packed.length;) {
    const mac = letters();
    at += 3;
    const rest = at > packed.length ? 0 : packed.readUIntBE(at - 3, 3);
    const step = number();
    sequence += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    const ordinal = (rest & 2) === 0 ? 1 : number();
    const move = (rest & 4) === 0 ? [] : [number()];
    let user: string;
    if ((rest & 1) === 0) user = `usr_${letters()}`;
    else {
      const length = number();
      user = packed.toString('utf8', at, at + length);
      at += length;
    }
    if (at > packed.length) break; // cut off by hand
    const tail = `${base32(ordinal, 4)}${mac}${base32(rest >>> 4, 4)}`;
    lines.push(JSON.stringify([tail, user, ordinal, sequence, ...move]));
  }
  return lines;
}
