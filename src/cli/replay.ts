import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { KafkaLogReplay, type ReplayReport, type ReplayScope } from '../claim/recovery/log-replay.kafka.js';
import { ClaimIssuer, GATE_OVERSOLD } from '../claim/issue/claim-issuer.js';
import { GateEpochs } from '../claim/ledger/gate-epochs.js';
import { Ledger } from '../claim/ledger/ledger.js';
import { loadSettings, type Config } from '../config/index.js';
import { Database } from '../database/database.js';
import { createConsumerKafka } from '../kafka/kafka.js';
import { Broadcast } from '../broadcast/broadcast.js';
import { runCommand, UsageError } from './run-command.js';

const USAGE = `usage: npm run replay -- (--voucher ID | --since TIME | --all) [--ended-epochs] [--json]
Reads the claims in the log again and writes those that the database lacks. Safe while claims are taken; may be run again.
  --voucher       claims of one voucher
  --since         claims that the log took at this time or later, as 2026-11-28T12:00:00Z
  --all           all claims that the log still has
  --ended-epochs  with --voucher: also claims of epochs that are over, whose gate was rebuilt without them; the voucher must be
                  paused or ended, and the gate is rebuilt afterwards
  --json          the report as JSON
Exit status: 0 nothing was left, 1 some claims could not be brought back, 2 it could not be done.`;

async function replay(config: Config, scope: ReplayScope): Promise<ReplayReport> {
  if (!config.stack)
    throw new Error('embedded mode has no log beside the database: nothing can be read again');
  const app = await NestFactory.createApplicationContext(AppModule.forConfig(config), {
    logger: false,
    abortOnError: false,
  });
  try {
    if (scope.endedEpochs) await requireClosed(app, scope.voucherId ?? '');
    const options = {
      topic: config.KAFKA_CLAIM_TOPIC,
      groupId: config.KAFKA_GROUP_ID,
      batchMax: config.CONSUMER_BATCH_MAX,
    };
    const ledger = app.get(Ledger);
    const report = await new KafkaLogReplay(
      createConsumerKafka(config),
      options,
      ledger,
      app.get(ClaimIssuer),
    ).run(scope);
    if (scope.endedEpochs && report.restored > 0) {
      // The gate does not know of these claims: it is rebuilt from the ledger, which has them now.
      const { epoch } = await app.get(GateEpochs).current();
      await app.get(Broadcast).publish(GATE_OVERSOLD, String(epoch));
    }
    return report;
  } finally {
    await app.close();
  }
}

/** Until the gate is rebuilt it would give the units of restored claims to others. */
async function requireClosed(app: INestApplicationContext, voucherId: string): Promise<void> {
  const rows: { status: string }[] = await app
    .get(Database)
    .read.query('SELECT status FROM vouchers WHERE id = ?', [voucherId]);
  if (!rows[0]) throw new Error(`there is no voucher ${voucherId}`);
  if (!['paused', 'ended', 'archived'].includes(rows[0].status))
    throw new Error(
      `voucher ${voucherId} is ${rows[0].status}: pause it first, else its units go to others meanwhile`,
    );
}

function table(report: ReplayReport): string {
  const lines: [number, string][] = [
    [report.read, 'claims read from the log'],
    [report.restored, 'restored: the database lacked them'],
    [report.known, 'rows already'],
    [
      report.ofEndedEpochs,
      'of epochs that are over: void, or the gate was rebuilt without them (--ended-epochs)',
    ],
    [report.withoutUnit, 'left: the stock has no unit for them any more'],
    [report.withoutVoucher, 'left: the database has no such voucher'],
    [report.rehearsed, 'of rehearsals that are over: void'],
    [report.unreadable, 'unreadable'],
  ];
  return lines.map(([count, what]) => `${String(count).padStart(10)}  ${what}`).join('\n');
}

function scopeOf(values: {
  readonly voucher?: string | undefined;
  readonly since?: string | undefined;
  readonly all: boolean;
  readonly 'ended-epochs': boolean;
}): ReplayScope {
  const named = [values.voucher !== undefined, values.since !== undefined, values.all].filter(Boolean).length;
  if (named !== 1) throw new UsageError('name one of --voucher, --since and --all');
  if (values['ended-epochs'] && values.voucher === undefined)
    throw new UsageError('--ended-epochs is for one --voucher');
  const since = values.since === undefined ? undefined : Date.parse(values.since);
  if (Number.isNaN(since)) throw new UsageError(`--since ${values.since} is no time`);
  return { voucherId: values.voucher, since, endedEpochs: values['ended-epochs'] };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      voucher: { type: 'string' },
      since: { type: 'string' },
      all: { type: 'boolean', default: false },
      'ended-epochs': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const scope = scopeOf(values);
  const config: Config = { ...loadSettings(), LOG_LEVEL: 'silent', APP_ROLE: 'api' };
  const report = await replay(config, scope);
  console.log(values.json ? JSON.stringify(report) : table(report));
  return report.withoutUnit + report.withoutVoucher > 0 ? 1 : 0;
}

await runCommand('replay', USAGE, main);
process.exit();
