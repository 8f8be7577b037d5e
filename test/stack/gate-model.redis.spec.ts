import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash, randomInt } from 'node:crypto';
import { RedisStockGate } from '../../src/claim/gate/redis/stock-gate.redis.js';
import { UNKNOWN_VOUCHER, type GateRequest } from '../../src/claim/gate/stock-gate.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { newId } from '../../src/common/ids.js';
import type { GateVoucher } from '../../src/voucher/index.js';
import { rebuild as rebuildVoucher } from '../contract/support/stock-gate.contract.js';
import { required } from '../support/stack-env.js';

/** Of its own: epochs are revoked here. */
const DATABASE = 13;
const HOUR = 3_600_000;
const MAX_PENDING = 6;
/** Those of our own form are kept under a shorter one. */
const USERS = ['u1', 'usr_01k9z3v8f0abcdef', 'usr_7zzzzzzzzz000000', 'u:3'];
const RUNS = Number(process.env['GATE_MODEL_RUNS'] ?? 2_000);

/** What is believed of one voucher. Written from the rules, not from the script. */
interface Model {
  epoch: number;
  voucher: GateVoucher;
  remaining: number;
  sequence: number;
  users: Map<string, { live: number; last: number }>;
  claims: Map<string, { sequence: number; status: 'pending' | 'issued' | 'rejected' }>;
  keys: Map<string, { ordinal: number; fingerprint: string }>;
}

interface Real {
  readonly gate: RedisStockGate;
  /** The epochs of before, revoked. */
  readonly old: number[];
}

const pending = ({ claims }: Model): string[] =>
  [...claims].filter(([, { status }]) => status === 'pending').map(([field]) => field);

/** One wish by the rules: replay, window, state, limit, stock, pending. */
function judge(model: Model, { userId, idempotency }: GateRequest): unknown {
  const { voucher } = model;
  const keyed = idempotency && model.keys.get(`${userId}|${idempotency.key}`);
  if (idempotency && keyed) {
    if (keyed.fingerprint !== idempotency.fingerprint) return ['key-reused'];
    const first = model.claims.get(`${userId}:${keyed.ordinal}`);
    return ['replayed', keyed.ordinal, first?.sequence ?? 0, first?.status === 'pending'];
  }
  const now = Date.now();
  if (voucher.state === 'ended' || now >= voucher.closesAt) return ['ended'];
  if (now < voucher.opensAt) return ['not-started'];
  if (voucher.state === 'paused') return ['paused'];
  const quota = model.users.get(userId) ?? { live: 0, last: 0 };
  if (quota.live >= voucher.perUserLimit) return ['limit-reached', quota.last];
  if (model.remaining === 0) return ['sold-out'];
  if (pending(model).length >= MAX_PENDING) return ['overloaded'];
  model.remaining -= 1;
  model.sequence += 1;
  const ordinal = quota.last + 1;
  model.users.set(userId, { live: quota.live + 1, last: ordinal });
  model.claims.set(`${userId}:${ordinal}`, { sequence: model.sequence, status: 'pending' });
  if (idempotency)
    model.keys.set(`${userId}|${idempotency.key}`, { ordinal, fingerprint: idempotency.fingerprint });
  return ['accepted', ordinal, model.sequence];
}

type Command = fc.AsyncCommand<Model, Real>;

/** A command that acts, and then compares all that can be seen. */
function command(name: string, act: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => name,
    async run(model, real) {
      await act(model, real);
      const { gate } = real;
      const seen = await gate.snapshot(model.epoch, model.voucher.id);
      expect(seen).toMatchObject({
        total: model.voucher.total,
        remaining: model.remaining,
        sequence: model.sequence,
      });
      expect(seen?.pending.map(({ userId, ordinal }) => `${userId}:${ordinal}`).sort()).toEqual(
        pending(model).sort(),
      );
      const live = [...model.users.values()].reduce((sum, user) => sum + user.live, 0);
      expect(model.remaining + live).toBe(model.voucher.total);
    },
  };
}

const wishes = fc.array(
  fc.record({
    userId: fc.constantFrom(...USERS),
    idempotency: fc.option(
      fc.record({ key: fc.constantFrom('k1', 'k2'), fingerprint: fc.constantFrom('f1', 'f1', 'f2') }),
      { nil: undefined },
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

const claim = wishes.map((requests) =>
  command(`claim ${JSON.stringify(requests)}`, async (model, { gate }) => {
    const decisions = await gate.claim(model.epoch, model.voucher.id, requests);
    if (decisions === UNKNOWN_VOUCHER) throw new Error('the gate does not know its voucher');
    const seen = decisions.map((decision) => {
      switch (decision.kind) {
        case 'accepted':
          return [decision.kind, decision.ordinal, decision.sequence];
        case 'replayed':
          return [decision.kind, decision.ordinal, decision.sequence, decision.pending];
        case 'limit-reached':
          return [decision.kind, decision.ordinal];
        default:
          return [decision.kind];
      }
    });
    expect(seen).toEqual(requests.map((request) => judge(model, request)));
  }),
);

/** The ledger has spoken about some claim, perhaps once more, perhaps about one that nobody took. */
const confirm = fc
  .record({
    userId: fc.constantFrom(...USERS),
    ordinal: fc.integer({ min: 1, max: 3 }),
    result: fc.constantFrom('issued' as const, 'issued' as const, 'rejected' as const),
  })
  .map((end) =>
    command(`confirm ${JSON.stringify(end)}`, async (model, { gate }) => {
      await gate.confirm(model.epoch, model.voucher.id, [{ ...end, at: Date.now() }]);
      const held = model.claims.get(`${end.userId}:${end.ordinal}`);
      if (held?.status !== 'pending') return;
      held.status = end.result;
      const user = model.users.get(end.userId);
      if (end.result === 'issued' || !user) return;
      user.live -= 1; // released: unit and quota come back, the ordinal does not
      model.remaining += 1;
    }),
  );

const sweep = fc.integer({ min: 1, max: 8 }).map((limit) =>
  command(`sweep ${limit}`, async (model, { gate }) => {
    const found = await gate.pendingBefore(model.epoch, model.voucher.id, Date.now() + HOUR, limit);
    expect(found).toHaveLength(Math.min(limit, pending(model).length));
    for (const { userId, ordinal, sequence } of found)
      expect(model.claims.get(`${userId}:${ordinal}`)).toEqual({ sequence, status: 'pending' });
    expect((await gate.pendingSize(model.epoch, model.voucher.id)).size).toBe(pending(model).length);
  }),
);

const configure = fc
  .record({
    state: fc.constantFrom('open' as const, 'open' as const, 'paused' as const, 'ended' as const),
    window: fc.constantFrom('now', 'now', 'later', 'over'),
    perUserLimit: fc.integer({ min: 1, max: 3 }),
    newer: fc.boolean(),
    again: fc.boolean(),
  })
  .map(({ state, window, perUserLimit, newer, again }) =>
    command(
      `${again ? 'prepare' : 'configure'} ${state} ${window} ${perUserLimit} ${newer}`,
      async (model, { gate }) => {
        const from = Date.now() + (window === 'now' ? -HOUR : window === 'later' ? HOUR : -2 * HOUR);
        const version = model.voucher.version + (newer ? 1 : -1);
        const voucher = {
          ...model.voucher,
          state,
          perUserLimit,
          version,
          opensAt: from,
          closesAt: from + (window === 'now' ? 2 : 1) * HOUR,
        };
        if (again && model.sequence > 0) await gate.prepare(model.epoch, voucher);
        else expect(await gate.configure(model.epoch, voucher)).toBe(true);
        if (newer) model.voucher = voucher;
      },
    ),
  );

/** A recovery: what was issued is loaded into a new epoch; pending claims end, and who asks in an old epoch gets nothing. */
const rebuild = fc.constant(
  command('next epoch', async (model, { gate, old }) => {
    old.push(model.epoch);
    model.epoch += 1;
    await gate.revokeBelow(model.epoch);
    await gate.begin(model.epoch);
    for (const claim of model.claims.values()) if (claim.status === 'pending') claim.status = 'rejected';
    for (const [userId, user] of model.users)
      user.live = [...model.claims].filter(
        ([field, { status }]) => status === 'issued' && field.startsWith(`${userId}:`),
      ).length;
    const live = [...model.users.values()].reduce((sum, user) => sum + user.live, 0);
    model.remaining = model.voucher.total - live;
    const users = [...model.users].map(([userId, { live: held, last }]) => ({
      userId,
      live: held,
      last,
      keys: [...model.keys]
        .filter(([field]) => field.startsWith(`${userId}|`))
        .map(([field, key]) => ({ ...key, key: field.slice(userId.length + 1), at: Date.now() })),
    }));
    await rebuildVoucher(gate, model.epoch, {
      voucher: model.voucher,
      remaining: model.remaining,
      sequence: model.sequence,
      adjusted: 0,
      returned: 0,
      users: (async function* () {
        yield users;
      })(),
    });
    await gate.finish(model.epoch);
    // Loaded are counts and keys; the claims themselves only the ledger has.
    model.claims.clear();
    const before = old.at(-1) ?? 0;
    expect(await gate.claim(before, model.voucher.id, [{ userId: 'u1' }])).toBe(UNKNOWN_VOUCHER);
    expect(await gate.configure(before, model.voucher)).toBe(false);
    await expect(gate.prepare(before, model.voucher)).rejects.toThrow('lost');
  }),
);

let redis: RedisClient;
let epoch = randomInt(1, 1_000_000_000);

beforeAll(async () => {
  const url = new URL(required('REDIS_URL'));
  url.pathname = `/${DATABASE}`;
  redis = createRedis(url.href, 5_000);
  await connectRedis(redis);
});
afterAll(() => redis.disconnect());

/** Runs the real scripts, perhaps changed, beside the model. */
async function compare(runs: number, change: (gate: RedisStockGate) => RedisStockGate) {
  const commands = fc.commands([claim, claim, claim, confirm, confirm, sweep, configure, rebuild], {
    maxCommands: 14,
  });
  const details = await fc.check(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 3 }),
      commands,
      async (total, perUserLimit, list) => {
        epoch += 100;
        const gate = change(new RedisStockGate(redis, { maxPending: MAX_PENDING, keyTtlMs: HOUR }));
        const now = Date.now();
        const voucher: GateVoucher = {
          id: newId('vch', now),
          state: 'open',
          opensAt: now - HOUR,
          closesAt: now + HOUR,
          total,
          perUserLimit,
          version: 2,
        };
        await gate.revokeBelow(epoch);
        await gate.begin(epoch);
        await gate.finish(epoch);
        await gate.prepare(epoch, voucher);
        const model: Model = {
          epoch,
          voucher,
          remaining: total,
          sequence: 0,
          users: new Map(),
          claims: new Map(),
          keys: new Map(),
        };
        await fc.asyncModelRun(() => ({ model, real: { gate, old: [] } }), list);
      },
    ),
    { numRuns: runs, endOnFailure: true },
  );
  return details;
}

interface Scripts {
  readonly fence: {
    scripts(
      epoch: number,
    ): Readonly<Record<'claim' | 'adjust', { readonly text: string; readonly sha: string }>>;
  };
  confirmScript: { readonly text: string; readonly sha: string };
}

const scriptOf = (text: string, what: string, becomes: string): { text: string; sha: string } => {
  if (!text.includes(what)) throw new Error(`the script does not contain: ${what}`);
  const changed = text.replace(what, becomes);
  return { text: changed, sha: createHash('sha1').update(changed).digest('hex') };
};

/** The gate with a line of its claim script changed. */
const withClaimLine =
  (what: string, becomes: string) =>
  (gate: RedisStockGate): RedisStockGate => {
    const { fence } = gate as unknown as Scripts;
    const original = fence.scripts.bind(fence);
    fence.scripts = (number) => {
      const { claim, adjust } = original(number);
      return { claim: scriptOf(claim.text, what, becomes), adjust };
    };
    return gate;
  };

const withConfirmLine =
  (what: string, becomes: string) =>
  (gate: RedisStockGate): RedisStockGate => {
    const scripts = gate as unknown as Scripts;
    scripts.confirmScript = scriptOf(scripts.confirmScript.text, what, becomes);
    return gate;
  };

describe('the gate on Redis beside a model', () => {
  it(`decides and holds the same in ${RUNS} runs`, async () => {
    const details = await compare(RUNS, (gate) => gate);
    process.stdout.write(`gate model: ${details.numRuns} runs, seed ${details.seed}\n`);
    if (details.failed) throw new Error(fc.defaultReportMessage(details) ?? 'failed without a report');
  });

  it.each([
    ['the limit of a user', withClaimLine('quota[1] >= limit', 'false')],
    ['the stock', withClaimLine('remaining - taken <= 0', 'false')],
    ['the replay of a key', withClaimLine('if held then', 'if false then')],
    ['the fingerprint of a key', withClaimLine('held[2] ~= fingerprint', 'false')],
    ['the end of the window', withClaimLine(`status == 'ended' or now >= closesAt`, `status == 'ended'`)],
    ['the begin of the window', withClaimLine('now < opensAt', 'false')],
    [
      'the pause',
      withClaimLine(
        `elseif status == 'paused' then closed = PAUSED\nelseif status ~= 'open' then closed = PAUSED end`,
        'end',
      ),
    ],
    ['the bound of pending claims', withClaimLine('pending + taken >= maxPending', 'false')],
    ['a rejected claim given back once', withConfirmLine(`if kind == 'P' then`, 'if kind then')],
  ])('is noticed without %s', async (_guard, change) => {
    const details = await compare(6_000, change); // ends with the first run that tells them apart
    expect(details.failed).toBe(true);
  });
});
