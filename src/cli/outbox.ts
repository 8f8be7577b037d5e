import { parseArgs } from 'node:util';
import { eventsOf } from '../claim/domain/event-pack.js';
import { Connections } from '../common/connections.js';
import { loadSettings } from '../config/index.js';
import { connect } from '../database/connect.js';
import type { Database } from '../database/database.js';
import { Keyset } from '../database/keyset.js';
import type { PackRow } from '../database/outbox.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = `usage: npm run outbox -- --voucher ID [--unsent]
The events of a voucher that are in the database, each as its subscribers read it, a line of JSON. Changes nothing.
  --voucher  of which voucher
  --unsent   those alone that were not sent yet
Exit status: 0 all were read, 2 they could not be read. In embedded mode the server must not be running.`;

const ROWS = 100;

const PACKS = new Keyset({
  table: 'outbox',
  index: 'outbox_of_aggregate',
  within: ['aggregate_id'],
  by: ['type', 'id'],
});

async function* eventsIn(db: Database, voucherId: string, unsent: boolean): AsyncIterable<string> {
  const place = { dialect: db.dialect };
  let after = ['', ''];
  for (;;) {
    const rows: PackRow[] = await db.read.query(
      `SELECT id, type, aggregate_id, payload, packed, created_at FROM ${PACKS.from(place)}
        WHERE ${PACKS.list(place)} AND ${PACKS.behind(place)}${unsent ? ' AND status = 0' : ''}
        ORDER BY ${PACKS.order(place)} LIMIT ${ROWS}`,
      [voucherId, ...PACKS.behindValues(after)],
    );
    const last = rows.at(-1);
    if (!last) return;
    for (const row of rows) yield* eventsOf(row);
    after = [last.type, last.id];
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      voucher: { type: 'string' },
      unsent: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.voucher === undefined) throw new UsageError('name a --voucher');
  const connections = new Connections();
  const { database } = await connections.open('database', () => connect(loadSettings(), []));
  try {
    for await (const event of eventsIn(database, values.voucher, values.unsent)) console.log(event);
    return 0;
  } finally {
    await database.close();
  }
}

await runCommand('outbox', USAGE, main);
