import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { AuditService, type AuditReport } from '../audit/index.js';
import { loadSettings, type Config } from '../config/index.js';
import { ConnectionError } from '../common/connections.js';
import { Health } from '../observability/health.js';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from './run-command.js';

const USAGE = `usage: npm run audit [-- --voucher ID] [-- --full] [-- --repair] [-- --json]
The equations of every published voucher, over the servers or the data folder that the environment names.
  --voucher  one voucher
  --full     reads every claim; without it, those that an audit has proved before are read again a few at a time
  --repair   mends what can be mended without a guess, and says what it did; reads every claim
  --json     the report as JSON
Exit status: 0 all hold, 1 some do not, 2 it could not be audited.`;

const GATE_TIMEOUT_MS = 15_000;

interface AuditOptions {
  readonly voucher: string | undefined;
  readonly repair: boolean;
  readonly full: boolean;
}

/** The application without its ports: it reads and repairs as the application itself does. */
async function auditHere(config: Config, { voucher, repair, full }: AuditOptions): Promise<AuditReport> {
  const app = await NestFactory.createApplicationContext(AppModule.forConfig(config), {
    logger: false,
    abortOnError: false,
  });
  try {
    await openGate(app.get(Health));
    return await app.get(AuditService).report(voucher, { repair, whole: repair || full });
  } finally {
    await app.close();
  }
}

/** Waits a while for the gate; without it its equation is left out, and the report says so. */
async function openGate(health: Health): Promise<void> {
  const deadline = Date.now() + GATE_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if ((await health.report()).parts['gate']?.ready) return;
    await delay(100);
  }
}

/** A server that holds the data folder audits for us. */
async function auditThere(config: Config, { voucher, repair, full }: AuditOptions): Promise<AuditReport> {
  const url = new URL(`http://${config.OPS_HOST}:${config.OPS_PORT}/audit`);
  if (voucher !== undefined) url.searchParams.set('voucher', voucher);
  if (full) url.searchParams.set('full', 'true');
  const answer = await fetch(url, { method: repair ? 'POST' : 'GET' });
  const body = (await answer.json()) as AuditReport & { error?: string };
  if (!answer.ok) throw new Error(body.error ?? `the server answered ${answer.status}`);
  return body;
}

async function audit(config: Config, options: AuditOptions): Promise<AuditReport> {
  try {
    return await auditHere(config, options);
  } catch (error) {
    const held = error instanceof ConnectionError && error.message.includes('in use by another process');
    if (!held || config.stack) throw error;
    return auditThere(config, options);
  }
}

function table({ ok, gate, vouchers }: AuditReport): string {
  const lines: string[] = [];
  for (const { voucher, equations, found, repaired } of vouchers) {
    lines.push(voucher);
    const width = Math.max(0, ...equations.map(({ name }) => name.length)) + 2;
    for (const { name, left, right, holds } of equations) {
      const numbers = `${String(left).padStart(10)} ${String(right).padStart(10)}`;
      lines.push(`  ${name.padEnd(width)}${numbers}  ${holds ? 'holds' : 'DOES NOT HOLD'}`);
    }
    lines.push(...found.map((sentence) => `  found: ${sentence}`));
    lines.push(...repaired.map((sentence) => `  repair: ${sentence}`));
  }
  if (gate === 'closed') lines.push('the gate is closed: its equation was left out');
  const bad = vouchers.filter((voucher) => !voucher.ok).length;
  lines.push(
    `${vouchers.length} voucher(s): ${ok ? 'all equations hold' : `${bad} with equations that do not hold`}`,
  );
  return lines.join('\n');
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      voucher: { type: 'string' },
      full: { type: 'boolean', default: false },
      repair: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const given = loadSettings();
  // On the servers it takes no part in the work; embedded, opening the folder means doing all of it.
  const config: Config = { ...given, LOG_LEVEL: 'silent', ...(given.stack ? { APP_ROLE: 'api' } : {}) };
  const { voucher, repair, full } = values;
  const report = await audit(config, { voucher, repair, full });
  console.log(values.json ? JSON.stringify(report) : table(report));
  return report.ok ? 0 : 1;
}

await runCommand('audit', USAGE, main);
process.exit();
