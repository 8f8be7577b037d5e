import { createHash } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';

interface OutboxRow {
  readonly id: string;
  readonly type: string;
  readonly aggregate_id: string;
  readonly payload: string;
  readonly created_at: number | string;
}

const PAGE = 100;

/**
 * A line of a pack may be a short form of its event (docs/adr/0032). Those that are there stay as they are; going back writes short
 * ones out, for a program that knows them as events alone.
 */
export class ShortEvents1764001000000 implements MigrationInterface {
  readonly name = 'ShortEvents1764001000000';

  up(): Promise<void> {
    return Promise.resolve();
  }

  async down(runner: QueryRunner): Promise<void> {
    for (let after = ''; ;) {
      const rows = (await runner.query(
        `SELECT id, type, aggregate_id, payload, events, created_at FROM outbox WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
        [after],
      )) as OutboxRow[];
      if (rows.length === 0) return;
      after = rows.at(-1)?.id ?? after;
      for (const row of rows)
        await runner.query('UPDATE outbox SET payload = ? WHERE id = ?', [writtenOut(row), row.id]);
    }
  }
}

// What the program of that time made of a short line, kept here: a migration means the same whatever becomes of the program.

const STATUS_AFTER: Readonly<Record<string, string>> = {
  'claim.issued': 'issued',
  'claim.rejected': 'rejected',
  'claim.redeemed': 'redeemed',
  'claim.redemption_rolled_back': 'issued',
  'claim.expired': 'expired',
  'claim.reinstated': 'issued',
  'claim.cancelled': 'cancelled',
};

const writtenOut = (row: OutboxRow): string =>
  row.payload
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => eventOf(row, line))
    .join('\n');

function eventOf({ type, aggregate_id: voucherId, created_at: at }: OutboxRow, line: string): string {
  if (!line.startsWith('[')) return line;
  let parts: [string, string, number, number, number?, Readonly<Record<string, unknown>>?];
  try {
    parts = JSON.parse(line) as typeof parts;
  } catch {
    return line; // altered by hand
  }
  const [tail, user_id, ordinal, sequence, move, data] = parts;
  const id = String(tail).startsWith('clm_') ? tail : `clm_${voucherId.slice(4)}${tail}`;
  return JSON.stringify({
    id: eventId(type, id, move),
    type,
    created_at: new Date(Number(at)).toISOString(),
    data: {
      object: 'claim',
      id,
      voucher_id: voucherId,
      user_id,
      ordinal,
      sequence,
      status: STATUS_AFTER[type],
      ...data,
    },
  });
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function eventId(type: string, claimId: string, move = 1): string {
  const digest = createHash('sha256')
    .update(move > 1 ? `${type} ${move}` : type)
    .digest();
  const bits = digest.readUInt32BE(0);
  const mark = [27, 22, 17, 12, 7, 2].map((shift) => ALPHABET.charAt((bits >>> shift) & 31)).join('');
  return `evt_${claimId.slice(-20)}${mark}`;
}
