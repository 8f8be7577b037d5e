import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { ClaimPacking, GateEpochs, PackingRefused, type PackingProgress } from '../claim/index.js';
import { SystemClock } from '../common/clock.js';
import { Connections } from '../common/connections.js';
import { loadSettings } from '../config/index.js';
import { connect } from '../database/connect.js';
import { requireCurrentSchema } from '../database/migrate.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = `usage: npm run pack-claims [-- --share PERCENT] [-- --again]
Packs the claims of vouchers that were made before packed rows were turned on, in MariaDB or MySQL, while instances run and claims go on.
It turns packed rows on where they are not, copies in batches, compares every copy, makes the copies the claims, waits five minutes,
and empties the old tables. It may be ended at any moment: started again, it goes on where it was. All processes must be of this version.
  --share  how much of the time batches take, 1 to 100; 50 without it
  --again  copies and compares from the begin, where it was refused
Exit status: 0 all claims are packed, 1 refused (nothing is lost, and claims are where they were), 2 it could not go on.`;

const SHARE = 50;
const SHOWN_EACH_MS = 5_000;

function shareOf(text: string | undefined): number {
  const percent = text === undefined ? SHARE : Number(text);
  if (!Number.isInteger(percent) || percent < 1 || percent > 100)
    throw new UsageError('--share is a whole number from 1 to 100');
  return percent / 100;
}

function said({ step, claims, until }: PackingProgress): string {
  switch (step) {
    case 'waiting':
      return `waiting until ${new Date(until ?? 0).toISOString()}, when all processes know`;
    case 'switched':
      return 'all claims are packed; the old rows are kept until all processes know';
    case 'emptied':
      return 'the old tables are empty';
    case 'done':
      return 'done: all claims are packed';
    case 'copying':
    case 'comparing':
    case 'checking':
      return `${step}: ${claims ?? 0} claims`;
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      share: { type: 'string' },
      again: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const share = shareOf(values.share);
  Logger.overrideLogger(false); // it says itself what it does
  const connections = new Connections();
  const { database, writer } = await connections.open('database', () => connect(loadSettings(), []));
  try {
    if (database.dialect === 'sqlite')
      throw new Error('embedded mode packs no claims: its rows stay as they are');
    await requireCurrentSchema(writer);
    const packing = new ClaimPacking(database, new GateEpochs(database, new SystemClock()), { share });
    if (values.again) await packing.again();
    let shown: { readonly step: string; readonly at: number } | undefined;
    for await (const progress of packing.run()) {
      const now = performance.now();
      if (shown?.step === progress.step && now < shown.at + SHOWN_EACH_MS) continue;
      console.log(said(progress));
      shown = { step: progress.step, at: now };
    }
    return 0;
  } catch (error) {
    if (!(error instanceof PackingRefused)) throw error;
    console.error(`pack-claims: ${error.message}`);
    return 1;
  } finally {
    await database.close();
  }
}

await runCommand('pack-claims', USAGE, main);
