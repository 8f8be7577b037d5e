import { parseArgs } from 'node:util';
import { CLAIM_FACTS, claimsById, learnClaimRows, walkClaims } from '../claim/index.js';
import { Connections } from '../common/connections.js';
import { loadSettings } from '../config/index.js';
import { connect } from '../database/connect.js';
import type { Database } from '../database/database.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = `usage: npm run claims -- --voucher ID | --claim ID
Rows of claims as the database has them, each a line of JSON, whatever form they are stored in. Changes nothing.
  --voucher  all claims on a voucher, in the order of the line
  --claim    the claim of that id
Exit status: 0 all were read, 1 there is no such claim, 2 they could not be read. In embedded mode the server must not be running.`;

const ROWS = 1_000;

interface Asked {
  readonly voucher?: string | undefined;
  readonly claim?: string | undefined;
}

/** @returns how many were found */
async function print(db: Database, { voucher, claim }: Asked): Promise<number> {
  let found = 0;
  const show = (rows: readonly object[]): void => {
    for (const row of rows) console.log(JSON.stringify(row));
    found += rows.length;
  };
  if (claim !== undefined) show(await claimsById(db.read, CLAIM_FACTS, [claim]));
  if (voucher !== undefined)
    for await (const rows of walkClaims(db, CLAIM_FACTS, { voucherId: voucher, limit: ROWS })) show(rows);
  return found;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      voucher: { type: 'string' },
      claim: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if ((values.voucher === undefined) === (values.claim === undefined))
    throw new UsageError('name a --voucher or a --claim');
  const connections = new Connections();
  const { database } = await connections.open('database', () => connect(loadSettings(), []));
  try {
    await learnClaimRows(database);
    const found = await print(database, values);
    return found === 0 && values.claim !== undefined ? 1 : 0;
  } finally {
    await database.close();
  }
}

await runCommand('claims', USAGE, main);
