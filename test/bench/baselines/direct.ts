import fastify from 'fastify';
import { createPool, type ResultSetHeader } from 'mysql2/promise';

/** Direct: one database transaction a claim over 20 connections, as one builds it who has only a database. */
const pool = createPool({
  uri: (process.env['DATABASE_URL'] ?? '').replace(/^mariadb:/, 'mysql:'),
  connectionLimit: 20,
});

await pool.query('CREATE DATABASE IF NOT EXISTS floor_direct');
for (const table of ['claims', 'voucher_stock'])
  await pool.query(`CREATE TABLE IF NOT EXISTS floor_direct.${table} LIKE ${table}`);
const { VOUCHER, UNITS } = process.env;
if (VOUCHER) {
  await pool.query('REPLACE INTO floor_direct.voucher_stock (voucher_id, total, issued) VALUES (?, ?, 0)', [
    VOUCHER,
    UNITS,
  ]);
}

type Outcome = 'pending' | 'claimed' | 'sold_out';

async function claim(voucher: string, user: string): Promise<Outcome> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const now = Date.now();
    await connection.query(
      `INSERT INTO floor_direct.claims (id, voucher_id, user_id, ordinal, epoch, sequence, status, created_at, issued_at)
       VALUES (?, ?, ?, 1, 1, 0, 'issued', ?, ?)`,
      [`${voucher}/${user}`, voucher, user, now, now],
    );
    // Last: this row is hot, and is held until the commit.
    const [taken] = await connection.query<ResultSetHeader>(
      'UPDATE floor_direct.voucher_stock SET issued = issued + 1 WHERE voucher_id = ? AND issued < total',
      [voucher],
    );
    if (taken.affectedRows === 1) await connection.commit();
    else await connection.rollback();
    return taken.affectedRows === 1 ? 'pending' : 'sold_out';
  } catch (error) {
    await connection.rollback();
    if ((error as { code?: string }).code === 'ER_DUP_ENTRY') return 'claimed';
    throw error;
  } finally {
    connection.release();
  }
}

/** Whoever the token names; it is not verified here. */
const userOf = (authorization = ''): string => {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString('utf8');
  return (JSON.parse(payload) as { sub: string }).sub;
};

const app = fastify({ logger: false });
app.post<{ Params: { id: string } }>('/v1/vouchers/:id/claims', async (request, reply) => {
  const outcome = await claim(request.params.id, userOf(request.headers.authorization));
  return reply.code(outcome === 'pending' ? 202 : 409).send({ object: 'claim', status: outcome });
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
