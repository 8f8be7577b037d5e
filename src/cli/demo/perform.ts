import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { VoucherConnect } from '../../../clients/typescript/src/index.js';
import { fromTheWaitingList, redeemOne, type Aftermath } from './aftermath.js';
import type { DemoArgs } from './args.js';
import { Client } from './client.js';
import { DemoMerchant, MERCHANT_EMAIL } from './demo-merchant.js';
import { DemoShoppers, type Sale } from './demo-shoppers.js';
import { funnelTable } from './funnel.js';
import { issuedEvents, issues, table, verdict, type Outcome } from './report.js';
import type { DemoServer } from './server.js';
import { StartSignal } from './start-signal.js';
import { Visitor, VISITOR_EMAIL } from './visitor.js';

const EVENTS_TIMEOUT_MS = 15_000;
/** So long a person has to open the pages before the crowd comes. */
const WATCH_MS = 30_000;
/** From the word that the crowd may come to the opening. */
const OPENS_AFTER_MS = 2_500;
/** An opening that is nearer than this is put off while the crowd is not there yet. */
const PUT_OFF_MS = 8_000;
const SECOND_DROP_UNITS = 50;
/** Thousands register on the cores that the server needs as well. */
const TIMEOUT_MS = 60_000;

export interface Performance {
  readonly args: DemoArgs;
  readonly server: DemoServer;
  readonly folder: string;
  /** Of all accounts of the demo. */
  readonly password: string;
}

/** @returns whether anything did not hold */
export async function perform({ args, server, folder, password }: Performance): Promise<boolean> {
  const client = new Client(server.port, args.connections);
  const api = new VoucherConnect({ baseUrl: server.address, timeoutMs: TIMEOUT_MS });
  const start = new StartSignal();
  try {
    const merchant = await DemoMerchant.register(api, password);
    const visitor = await Visitor.register(api, server.address, password, !args.stack);
    const opensAt = Date.now() + WATCH_MS;
    const drop = await merchant.publish({ ...FIRST_DROP, units: args.units, opensAt });
    if (!args.exit) await printPages(server, visitor, merchant, drop, password);

    const shoppers = new DemoShoppers(api, client, args.users, password);
    const arrival = shoppers.arrive(drop);
    const opening = await untilThere(arrival, (time) => merchant.openAt(drop, time), opensAt);
    const opened = await open(args, start, merchant, drop, opening);
    const sale = await shoppers.run(drop, opened, args.pace * 1_000);
    const aftermath = await afterTheSale(merchant, drop, shoppers, sale);
    const outcome: Outcome = {
      ...sale,
      voucherId: drop,
      early: await arrival,
      aftermath,
      visitorClaims: await visitor.claimsOn(drop),
      equations: await merchant.audit(drop),
    };
    const events = args.stack ? undefined : await awaitEvents(folder, outcome);
    console.log(table(args, outcome, events));
    console.log(await funnelTable(server.opsPort));
    const problems = verdict(args, outcome, events);
    for (const problem of problems) console.log(`  FAILED: ${problem}`);
    if (problems.length === 0)
      console.log('  All checks hold: never oversold, nothing lost, nobody served twice.');
    if (!args.exit) await printWhatIsNext(server, visitor, merchant, drop);
    return problems.length > 0;
  } catch (error) {
    // A broken connection is seen before the end of the server that broke it, which is the news.
    await Promise.race([server.died, delay(1_000)]);
    throw error;
  } finally {
    start.close();
    client.close();
  }
}

/** Puts the opening off, again and again, until the crowd has arrived. @returns when the drop opens */
async function untilThere(
  arrival: Promise<unknown>,
  openAt: (time: number) => Promise<void>,
  opensAt: number,
): Promise<number> {
  while (!(await settledWithin(arrival, opensAt - PUT_OFF_MS - Date.now()))) {
    opensAt = Date.now() + WATCH_MS;
    await openAt(opensAt);
  }
  return opensAt;
}

async function settledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(Math.max(0, ms), false, { signal: timer.signal });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/** Waits for Enter or the time; with `--exit` for nothing. @returns when the drop opens */
async function open(
  args: DemoArgs,
  start: StartSignal,
  merchant: DemoMerchant,
  drop: string,
  opensAt: number,
): Promise<number> {
  if (!args.exit && (await start.wait(opensAt - OPENS_AFTER_MS)) === 'time') return opensAt;
  const now = Date.now() + OPENS_AFTER_MS;
  await merchant.openAt(drop, now);
  return now;
}

async function afterTheSale(
  merchant: DemoMerchant,
  drop: string,
  shoppers: DemoShoppers,
  { issued }: Sale,
): Promise<Aftermath[]> {
  const [first, ...others] = issued;
  const waiter = shoppers.emptyHanded;
  return [
    ...(first ? [await redeemOne(merchant, first)] : []),
    ...(waiter && others.length > 0 ? [await fromTheWaitingList(merchant, drop, waiter, others)] : []),
  ];
}

/** Events follow the ledger within moments; waits for as many as there are claims, and looks once more for too many. */
async function awaitEvents(folder: string, outcome: Outcome): Promise<number> {
  const file = join(folder, 'data', 'events.ndjson');
  const deadline = Date.now() + EVENTS_TIMEOUT_MS;
  while ((await issuedEvents(file, outcome.voucherId)) < issues(outcome) && Date.now() < deadline)
    await delay(200);
  return issuedEvents(file, outcome.voucherId);
}

const FIRST_DROP = {
  title: 'Half price oolong',
  description: 'One pot of any oolong, weekdays only.',
  value: 1_500,
};

async function printPages(
  server: DemoServer,
  visitor: Visitor,
  merchant: DemoMerchant,
  drop: string,
  password: string,
): Promise<void> {
  console.log(`Open these now. Each link works once, for ten minutes, and signs the browser in: use a private window for the second one.
  drop     ${await visitor.link(visitor.api, `/drops/${drop}`)}   signed in as a shopper
  board    ${await visitor.link(merchant.api, `/console/vouchers/${drop}`)}   signed in as its merchant
  API      ${server.address}/docs
  metrics  http://127.0.0.1:${server.opsPort}/metrics

Accounts: ${MERCHANT_EMAIL} and ${VISITOR_EMAIL}, password ${password}
`);
}

async function printWhatIsNext(
  server: DemoServer,
  visitor: Visitor,
  merchant: DemoMerchant,
  first: string,
): Promise<void> {
  const second = await merchant.publish({
    title: 'Dumplings after the rush',
    description: 'Claim one yourself: a basket of eight, any day this month.',
    units: SECOND_DROP_UNITS,
    opensAt: Date.now() - 1_000,
    value: 2_800,
  });
  console.log(`
The server stays up, and a second drop is open: claim one yourself. Each link works once, for ten minutes.
  drop     ${await visitor.link(visitor.api, `/drops/${second}`)}   claim as a shopper
  counter  ${await visitor.link(merchant.api, '/counter')}   redeem the code as the merchant
  board    ${await visitor.link(merchant.api, `/console/vouchers/${first}`)}   the first drop, as it ended
  site     ${server.address}/
`);
}
