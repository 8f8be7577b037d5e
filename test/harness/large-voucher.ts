import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { packTail, packUser, packVoucher } from '../../src/claim/ledger/rows/packing.js';
import { claimIdAt } from './claim-rows.js';

const ROWS_A_STATEMENT = 5_000;

/** Gives a voucher claims in the ledger's shape, each of another user. What a gate holds of it is behind the ledger from then on. */
export async function addClaims(databaseUrl: string, voucherId: string, count: number): Promise<void> {
  const connection = await createConnection(databaseUrl.replace(/^mariadb:/, 'mysql:'));
  const at = Date.now();
  try {
    const [[epoch]] = await connection.query<RowDataPacket[]>('SELECT claims_packed_from FROM gate_epoch');
    // Of a voucher that is made in the same minute as the installation: all are packed, or none.
    const isPacked = Number(epoch?.['claims_packed_from'] ?? 1) === 0;
    for (let from = 0; from < count; from += ROWS_A_STATEMENT) {
      const rows = Array.from({ length: Math.min(ROWS_A_STATEMENT, count - from) }, (_none, n) => {
        const number = String(from + n).padStart(12, '0');
        return [
          isPacked ? packTail(claimIdAt(voucherId, from + n)) : claimIdAt(voucherId, from + n),
          isPacked ? packVoucher(voucherId) : voucherId,
          isPacked ? packUser(`usr_l${number}`) : `usr_l${number}`,
          1,
          1,
          from + n + 1,
          'issued',
          at,
          at,
        ];
      });
      const [table, key] = isPacked ? ['packed_claims', 'tail'] : ['claims', 'id'];
      await connection.query(
        `INSERT INTO ${table} (${key}, voucher_id, user_id, ordinal, epoch, sequence, status, created_at, issued_at) VALUES ?`,
        [rows],
      );
    }
    await connection.query('UPDATE voucher_stock SET issued = issued + ? WHERE voucher_id = ?', [
      count,
      voucherId,
    ]);
  } finally {
    await connection.end();
  }
}
