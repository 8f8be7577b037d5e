import { createConnection } from 'mysql2/promise';

const ROWS_A_STATEMENT = 5_000;

/** Gives a voucher claims in the ledger's shape, each of another user. What a gate holds of it is behind the ledger from then on. */
export async function addClaims(databaseUrl: string, voucherId: string, count: number): Promise<void> {
  const connection = await createConnection(databaseUrl.replace(/^mariadb:/, 'mysql:'));
  const at = Date.now();
  try {
    for (let from = 0; from < count; from += ROWS_A_STATEMENT) {
      const rows = Array.from({ length: Math.min(ROWS_A_STATEMENT, count - from) }, (_none, n) => {
        const number = String(from + n).padStart(12, '0');
        return [
          `l${voucherId.slice(4)}${number}`,
          voucherId,
          `usr_l${number}`,
          1,
          1,
          from + n + 1,
          'issued',
          at,
          at,
        ];
      });
      await connection.query(
        'INSERT INTO claims (id, voucher_id, user_id, ordinal, epoch, sequence, status, created_at, issued_at) VALUES ?',
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
