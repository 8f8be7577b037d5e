import { createHmac, timingSafeEqual } from 'node:crypto';
import fastify from 'fastify';
import { createPool, type ResultSetHeader } from 'mysql2/promise';
import { packCode } from '../../../src/claim/ledger/rows/packing.js';

/**
 * F5: bare Fastify, a token that is verified, and one transaction a redemption: a conditional UPDATE by code and an insert, in copies of
 * the real tables. No event, no audit entry, nobody asks whose claim it is.
 */
const url = (process.env['DATABASE_URL'] ?? '').replace(/^mariadb:/, 'mysql:');
const secret = process.env['JWT_SECRET'] ?? '';
const pool = createPool({ uri: url, connectionLimit: 10 });
await pool.query('CREATE DATABASE IF NOT EXISTS baseline');
await pool.query('DROP TABLE IF EXISTS baseline.claims');
await pool.query('CREATE TABLE baseline.claims LIKE packed_claims');
await pool.query('INSERT INTO baseline.claims SELECT * FROM packed_claims');
await pool.query('DROP TABLE IF EXISTS baseline.redemptions');
await pool.query('CREATE TABLE baseline.redemptions LIKE redemptions');

/** @returns whose token it is; `undefined` where it is none of ours */
function userOf(authorization = ''): string | undefined {
  const [header = '', body = '', signature = ''] = authorization.slice('Bearer '.length).split('.');
  const right = createHmac('sha256', secret).update(`${header}.${body}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const { sub, exp } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string; exp: number };
  return exp * 1_000 > Date.now() ? sub : undefined;
}

let redemptions = 0;
async function redeem(code: string, user: string): Promise<string | undefined> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const now = Date.now();
    const [changed] = await connection.execute<ResultSetHeader>(
      "UPDATE baseline.claims SET status = 'redeemed', moved_at = ?, moved_by = ? WHERE code = ? AND status = 'issued'",
      [now, user, packCode(code)],
    );
    if (changed.affectedRows === 0) {
      await connection.rollback();
      return undefined;
    }
    const id = `rdm_${String(now).padStart(13, '0')}${String(redemptions++).padStart(9, '0')}`;
    await connection.execute(
      `INSERT INTO baseline.redemptions (id, claim_id, voucher_id, merchant_id, by_user, at)
       VALUES (?, ?, 'vch_0000000000000000', 'mer_0000000000000000', ?, ?)`,
      [id, code, user, now],
    );
    await connection.commit();
    return id;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}

const app = fastify({ logger: false });
app.post<{ Body: { code: string } }>('/v1/redemptions', async ({ headers, body }, reply) => {
  const user = userOf(headers.authorization);
  if (user === undefined) return reply.code(401).send({ code: 'unauthenticated' });
  const id = await redeem(body.code, user);
  if (id === undefined) return reply.code(409).send({ code: 'already_redeemed' });
  return reply.code(201).send({ object: 'redemption', id, code: body.code, status: 'redeemed' });
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
