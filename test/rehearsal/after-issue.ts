import { setTimeout as delay } from 'node:timers/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Redis } from 'ioredis';
import type { Failpoint } from '../../src/common/failpoints.js';
import { PlainError } from '../harness/programs.js';
import type { Violation } from './compare.js';
import { until, type Fault, type FaultContext, type Person } from './fault-context.js';
import { claimRows, type StoredClaim } from '../harness/claim-rows.js';

/** Faults that strike what comes after the issue of a claim, on a voucher of its own beside the workload's. */

const SHOPPERS = 24;
const UNITS = 10;
const RETURNED = 4;
/** Units of the workload's voucher: these stories are long. */
const WORKLOAD_UNITS = 3_000;
const PATIENCE_MS = 60_000;
const IN_AN_HOUR = (): string => new Date(Date.now() + 3_600_000).toISOString();

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Claim {
  readonly id: string;
  readonly person: Person;
}

const broke = (what: string): Violation => ({ kind: 'after-issue', what });

/**
 * Asks until there is a clear answer, over one process and the other. Claims carry one `Idempotency-Key`; what follows them carries
 * none, so that a second try is not kept from the compare-and-set that it is to meet.
 */
async function persist(
  context: FaultContext,
  person: Person,
  [method, path, body]: readonly [method: 'GET' | 'POST', path: string, body?: unknown],
  first = 0,
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const key = `${Math.random().toString(36).slice(2)}-${path.slice(-8)}`;
  const headers = {
    ...person.headers,
    ...(/\/(claims|accept)$/.test(path) ? { 'idempotency-key': key } : {}),
    'content-length': String(Buffer.byteLength(text ?? '')),
    ...(text === undefined ? {} : { 'content-type': 'application/json' }),
  };
  for (let attempt = first, deadline = performance.now() + PATIENCE_MS; ; attempt++) {
    const answer = await context.send(attempt, method, path, headers, text);
    const again = answer.status === 0 || answer.status >= 500 || answer.status === 429;
    const json = (answer.body === '' || answer.status === 0 ? {} : parsed(answer.body)) as Answer['body'];
    const code = typeof json['code'] === 'string' && answer.status >= 400 ? json['code'] : '';
    if (!again) return { status: answer.status, code, body: json };
    if (performance.now() > deadline)
      throw new PlainError(`no clear answer to ${method} ${path}: ${answer.status}`);
    await delay(200 + Math.random() * 200);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** @throws PlainError where a claim is not what it has to become */
async function claim(
  context: FaultContext,
  voucherId: string,
  status: string,
  n = SHOPPERS,
): Promise<Claim[]> {
  const people = Array.from({ length: n }, () => context.newShopper());
  const claims = await Promise.all(
    people.map(async (person, index) => {
      const path = `/v1/vouchers/${voucherId}/claims`;
      const { status: answered, body } = await persist(context, person, ['POST', path], index);
      if (answered !== 202) throw new PlainError(`a claim was answered ${answered}`);
      return { id: String(body['id']), person };
    }),
  );
  await Promise.all(claims.map(({ id, person }) => becomes(context, person, id, status)));
  return claims;
}

const becomes = (context: FaultContext, person: Person, id: string, status: string): Promise<void> =>
  until(`${id} is ${status}`, async () => {
    const { body } = await persist(context, person, ['GET', `/v1/claims/${id}`]);
    return body['status'] === status;
  });

async function query<T extends RowDataPacket>(
  { databaseUrl }: FaultContext,
  sql: string,
  values: readonly unknown[],
): Promise<T[]> {
  const connection = await createConnection(databaseUrl.replace(/^mariadb:/, 'mysql:'));
  try {
    const [rows] = await connection.query<T[]>(sql, [...values]);
    return rows;
  } finally {
    await connection.end();
  }
}

const rowsOf = (context: FaultContext, voucherId: string): Promise<StoredClaim[]> =>
  claimRows((sql, values) => query(context, sql, values), { voucherId });

/** Until nothing of the voucher is on its way and the auditor is content. */
const settled = (context: FaultContext, voucherId: string): Promise<void> =>
  until('the auditor is content', async () => {
    const { body: audit } = await persist(context, context.merchant, [
      'GET',
      `/v1/vouchers/${voucherId}/audit`,
    ]);
    const [pending] = await query<RowDataPacket & { n: number }>(
      context,
      `SELECT COUNT(*) AS n FROM unit_returns WHERE voucher_id = ? AND state = 'pending'`,
      [voucherId],
    );
    return audit['ok'] === true && pending?.n === 0;
  });

/** The units that came back go to so many, and to nobody else. */
async function takeRest(context: FaultContext, voucherId: string, free: number): Promise<Violation[]> {
  const path = `/v1/vouchers/${voucherId}/claims`;
  const codes: string[] = [];
  for (let n = 0; n <= free; n++) {
    const { status, code } = await persist(context, context.newShopper(), ['POST', path], n);
    codes.push(status === 202 ? '202' : code);
  }
  const expected = [...Array<string>(free).fill('202'), 'sold_out'];
  return codes.join() === expected.join()
    ? []
    : [broke(`of ${free} units that came back: ${codes.join(', ')}`)];
}

const armed = (step: Failpoint, passes: number): Pick<Fault, 'settings' | 'quick' | 'units'> => {
  const settings = { FAILPOINTS: `${step}=kill:${passes}` };
  return { quick: false, units: WORKLOAD_UNITS, settings: [settings, settings] };
};

const died = (context: FaultContext, step: Failpoint): Promise<void> =>
  until(`a process dies at ${step}`, () => context.deaths() > 0);

/** Everybody gives up at once; each unit must come back once, whoever died with it in hand. */
async function cancelAll(context: FaultContext, step: Failpoint): Promise<Violation[]> {
  const voucherId = await context.openVoucher('All give up', SHOPPERS, { cancellable_until: IN_AN_HOUR() });
  const claims = await claim(context, voucherId, 'issued');
  const heard = await Promise.all(
    claims.map(({ id, person }, index) =>
      persist(context, person, ['POST', `/v1/claims/${id}/cancel`], index),
    ),
  );
  await died(context, step);
  const found = heard.flatMap(({ status, code, body }) =>
    status === 200 || (code === 'not_cancellable' && body['claim_status'] === 'cancelled')
      ? []
      : [broke(`a cancellation was answered ${status} ${code}`)],
  );
  await settled(context, voucherId);
  for (const row of await rowsOf(context, voucherId))
    if (row.status !== 'cancelled') found.push(broke(`${row.id} is ${row.status}`));
  return [...found, ...(await takeRest(context, voucherId, SHOPPERS))];
}

/** Who waits in line, in order, for a voucher that is sold out. */
async function line(
  context: FaultContext,
): Promise<{ voucherId: string; holders: Claim[]; waiting: Person[] }> {
  const voucherId = await context.openVoucher('Some wait', UNITS, { cancellable_until: IN_AN_HOUR() });
  const holders = await claim(context, voucherId, 'issued', UNITS);
  const waiting = Array.from({ length: RETURNED + 3 }, () => context.newShopper());
  for (const person of waiting) {
    const { status } = await persist(context, person, ['POST', `/v1/vouchers/${voucherId}/waiting-list`]);
    if (status !== 200) throw new PlainError(`a place in the waiting list was answered ${status}`);
  }
  return { voucherId, holders, waiting };
}

const place = async (context: FaultContext, person: Person, voucherId: string): Promise<unknown> =>
  (await persist(context, person, ['GET', `/v1/vouchers/${voucherId}/waiting-list`])).body['status'];

/** Some holders give up; their units are for the first in line, and for nobody else. @param meanwhile while offers are out */
async function offers(context: FaultContext, meanwhile: () => Promise<void>): Promise<Violation[]> {
  const { voucherId, holders, waiting } = await line(context);
  const leaving = holders.slice(0, RETURNED);
  await Promise.all(
    leaving.map(({ id, person }) => persist(context, person, ['POST', `/v1/claims/${id}/cancel`])),
  );
  const first = waiting.slice(0, RETURNED);
  await until('the first in line have offers', async () => {
    const states = await Promise.all(first.map((person) => place(context, person, voucherId)));
    return states.every((state) => state === 'offered');
  });
  await meanwhile();
  const found: Violation[] = [];
  const stranger = await persist(context, context.newShopper(), ['POST', `/v1/vouchers/${voucherId}/claims`]);
  if (stranger.code !== 'sold_out')
    found.push(broke(`a stranger was answered ${stranger.status} ${stranger.code}`));
  for (const person of first) {
    const path = `/v1/vouchers/${voucherId}/waiting-list/accept`;
    const { status, code, body } = await persist(context, person, ['POST', path]);
    if (status === 202) await becomes(context, person, String(body['id']), 'issued');
    else found.push(broke(`an offer that was out was answered ${status} ${code}`));
  }
  await settled(context, voucherId);
  for (const person of waiting.slice(RETURNED)) {
    const state = await place(context, person, voucherId);
    if (state !== 'waiting') found.push(broke(`somebody without a unit to come is ${String(state)}`));
  }
  const live = (await rowsOf(context, voucherId)).filter(({ status }) => status === 'issued');
  if (live.length !== UNITS) found.push(broke(`${live.length} of ${UNITS} units are issued`));
  return found;
}

/** Half of the holders confirm, with a death in between; the others' units come back. */
async function confirmHalf(context: FaultContext): Promise<Violation[]> {
  const voucherId = await context.openVoucher('To be confirmed', SHOPPERS, {
    confirm_within_s: 30,
    confirm_by: 'user',
  });
  const claims = await claim(context, voucherId, 'held');
  const confirming = claims.slice(0, SHOPPERS / 2);
  const heard = await Promise.all(
    confirming.map(({ id, person }, index) =>
      persist(context, person, ['POST', `/v1/claims/${id}/confirm`], index),
    ),
  );
  await died(context, 'confirm.after-commit');
  await until('nothing is held', async () =>
    (await rowsOf(context, voucherId)).every(({ status }) => status !== 'held'),
  );
  await settled(context, voucherId);
  const rows = new Map((await rowsOf(context, voucherId)).map((row) => [row.id, row.status]));
  const found: Violation[] = [];
  for (const [index, { id }] of confirming.entries()) {
    const { status, code, body } = heard[index] as Answer;
    // Whose answer died with the process asks again, and hears what the first try did.
    const confirmed = status === 200 || (code === 'not_confirmable' && body['claim_status'] === 'issued');
    const expected = confirmed ? 'issued' : code === 'confirm_expired' ? 'released' : 'a clear answer';
    if (rows.get(id) !== expected)
      found.push(broke(`${id} is ${String(rows.get(id))} after ${status} ${code}, and not ${expected}`));
  }
  for (const { id } of claims.slice(SHOPPERS / 2))
    if (rows.get(id) !== 'released')
      found.push(broke(`nobody confirmed ${id}, and it is ${String(rows.get(id))}`));
  const released = [...rows.values()].filter((status) => status === 'released').length;
  return [...found, ...(await takeRest(context, voucherId, released))];
}

/** Each code is scanned by two cashiers at once, one over each process. */
async function twoCashiers(context: FaultContext): Promise<Violation[]> {
  const voucherId = await context.openVoucher('To be redeemed', SHOPPERS);
  const claims = await claim(context, voucherId, 'issued');
  const heard = await Promise.all(
    claims.map(async ({ id, person }, index) => {
      const { body } = await persist(context, person, ['GET', `/v1/claims/${id}`]);
      const scan = (over: number) =>
        persist(context, context.merchant, ['POST', '/v1/redemptions', { code: body['code'] }], index + over);
      return Promise.all([scan(0), scan(1)]);
    }),
  );
  await died(context, 'redemption.after-commit');
  await settled(context, voucherId);
  const rows = await query<RowDataPacket & { id: string; claim_id: string }>(
    context,
    'SELECT id, claim_id FROM redemptions WHERE voucher_id = ? AND rolled_back_at IS NULL',
    [voucherId],
  );
  const found: Violation[] = [];
  for (const [index, { id }] of claims.entries()) {
    const stored = rows.filter(({ claim_id: of }) => of === id);
    const told = (heard[index] ?? []).filter(({ status }) => status === 201).map(({ body }) => body['id']);
    const refused = (heard[index] ?? []).filter(({ code }) => code === 'already_redeemed').length;
    if (stored.length !== 1) found.push(broke(`${stored.length} redemptions of ${id}`));
    // None is told where the answer died with its process: then both hear that it was redeemed.
    if (told.length > 1 || told.some((one) => one !== stored[0]?.id))
      found.push(broke(`${told.length} cashiers were told that they redeemed ${id}`));
    if (told.length + refused !== 2) found.push(broke(`a cashier heard neither of ${id}`));
  }
  for (const row of await rowsOf(context, voucherId))
    if (row.status !== 'redeemed') found.push(broke(`${row.id} is ${row.status}`));
  return found;
}

async function flush({ stack }: FaultContext): Promise<void> {
  const redis = new Redis(stack.redis.url);
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}

/** Faults of the full rehearsal. */
export const AFTER_ISSUE: readonly Fault[] = [
  {
    name: 'application killed between database and gate of a cancellation',
    ...armed('return.after-commit', 4),
    strike: (context) => cancelAll(context, 'return.after-commit'),
  },
  {
    name: 'application killed after the gate took a cancelled unit',
    ...armed('return.after-gate', 4),
    strike: (context) => cancelAll(context, 'return.after-gate'),
  },
  {
    name: 'application killed between database and gate of an offer',
    ...armed('offer.after-commit', 1),
    strike: (context) => offers(context, () => died(context, 'offer.after-commit')),
  },
  {
    name: 'Redis flushed while offers are out',
    quick: false,
    units: WORKLOAD_UNITS,
    strike: (context) => offers(context, () => flush(context)),
  },
  {
    name: 'application killed after the commit of a confirmation',
    ...armed('confirm.after-commit', 3),
    strike: confirmHalf,
  },
  {
    name: 'two cashiers with one code, and an application killed after the commit',
    ...armed('redemption.after-commit', 2),
    strike: twoCashiers,
  },
];
