import { Logger } from '@nestjs/common';
import type { Config } from '../../config/index.js';
import { numberOrNull, type Database } from '../../database/database.js';
import { readLayout } from './rows/claim-layout.js';

/**
 * Every process looks at the epoch's row each second, and reads it in each transaction that writes claims: by then all of them know.
 * Vouchers that are made until then stay as they are.
 */
export const KNOWN_BY_ALL_MS = 300_000;

/** Nobody has claimed anything, and no gate was opened: there is no other process, and no older version, that writes claims. */
const IS_NEW = 'opened_epoch = 0 AND NOT EXISTS (SELECT 1 FROM vouchers)';

/**
 * Turns packed rows on, and learns whether they are. They are never turned off: what was written stays where it is. In a new database all claims
 * are packed, unless the setting says `text`; in any other those of vouchers to come, where it says `packed`. SQLite packs none.
 * @throws the driver's error
 */
export async function prepareClaimRows(
  db: Database,
  { CLAIM_ROWS: rows }: Pick<Config, 'CLAIM_ROWS'>,
): Promise<void> {
  if (rows !== 'text' && db.dialect !== 'sqlite')
    await db.write((tx) =>
      tx.query(
        `UPDATE gate_epoch SET claims_packed_from = CASE WHEN ${IS_NEW} THEN 0 ELSE ${db.now} + ${KNOWN_BY_ALL_MS} END
          WHERE id = 1 AND claims_packed_from IS NULL${rows === 'auto' ? ` AND ${IS_NEW}` : ''}`,
      ),
    );
  const from = await learnClaimRows(db);
  if (from !== undefined && from > 0)
    new Logger('Claims').log(
      { vouchers_from: new Date(from).toISOString() },
      'claims on vouchers from then on are packed',
    );
}

/** Learns which claims are packed, and turns nothing on. @returns ms since 1970; `undefined` where none are */
export async function learnClaimRows(db: Database): Promise<number | undefined> {
  const row = await readLayout(db);
  return numberOrNull(row?.claims_packed_from ?? null) ?? undefined;
}
