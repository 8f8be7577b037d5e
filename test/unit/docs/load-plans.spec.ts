import { describe, expect, it, jest } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';
import { SCENARIOS } from '../../bench/sections/scenarios.js';
import { wellFormed } from '../../support/xml.js';

const FOLDER = join(ROOT, 'test', 'load');
const TOKENS = ['first', 'second', 'third'];

interface Sent {
  readonly url: string;
  readonly token: string;
}

interface Reply {
  readonly status: number;
  /** Of a problem that says when to come again. */
  readonly code?: string;
}

/** Loads a plan with k6's modules replaced by ours. The last answer is given again and again. */
async function play(
  file: string,
  turn: { readonly user: number; readonly iteration: number },
  answered: number | readonly Reply[],
) {
  const replies = typeof answered === 'number' ? [{ status: answered }] : answered;
  const sent: Sent[] = [];
  const counted = new Map<string, number>();
  const slept: number[] = [];
  class Counter {
    constructor(private readonly name: string) {}
    add(n: number): void {
      counted.set(this.name, (counted.get(this.name) ?? 0) + n);
    }
  }
  const post = (url: string, _body: unknown, { headers }: { headers: Record<string, string> }) => {
    sent.push({ url, token: headers['Authorization'] ?? '' });
    const { status, code } = replies[Math.min(sent.length, replies.length) - 1] as Reply;
    const body = JSON.stringify({ code });
    return { status, headers: code === undefined ? {} : { 'Retry-After': '3' }, body };
  };
  const modules: Record<string, object> = {
    k6: { check: () => true, sleep: (s: number) => void slept.push(s) },
    'k6/data': {
      SharedArray: function (_name: string, make: () => unknown) {
        return make();
      },
    },
    'k6/http': { default: { post, setResponseCallback: () => undefined, expectedStatuses: () => undefined } },
    'k6/metrics': { Counter },
    'k6/execution': {
      default: {
        vu: { idInTest: turn.user + 1, iterationInScenario: turn.iteration },
        scenario: { iterationInTest: turn.iteration },
      },
    },
  };
  jest.resetModules();
  for (const [name, exports] of Object.entries(modules))
    jest.doMock(name, () => ({ __esModule: true, ...exports }), { virtual: true });
  Object.assign(globalThis, {
    __ENV: { BASE_URL: 'http://there', VOUCHER: 'vch_1', UNITS: '7', TOKENS: 'tokens.txt' },
    open: () => `${TOKENS.join('\n')}\n`,
  });
  const plan = await import(join(FOLDER, file));
  const shared: unknown = plan.setup?.();
  plan.default(shared);
  return { plan, sent, counted, slept };
}

const PLANS = ['users-500.k6.js', 'users-5000x10.k6.js', 'one-item.k6.js'] as const;

describe('the plans of test/load', () => {
  it('are the three that the benchmark plays', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.k6.js') && file !== 'support.k6.js');
    expect(files.sort()).toEqual([...PLANS].sort());
  });

  it.each(PLANS.map((file, index) => [file, index] as const))(
    '%s asks as often, and with as many users, as the benchmark does',
    async (file, index) => {
      const { plan } = await play(file, { user: 0, iteration: 0 }, 202);
      const { executor, vus, iterations } = plan.options.scenarios.claims;
      const all = executor === 'shared-iterations' ? iterations : vus * iterations;
      const users = SCENARIOS[index]?.users;
      expect({ vus, all }).toEqual({ vus: users?.users, all: (users?.users ?? 0) * (users?.loops ?? 0) });
    },
  );

  it.each(PLANS)(
    '%s claims with the next account, counts a unit, and fails when too many were given',
    async (file) => {
      const turn = file === 'users-500.k6.js' ? { user: 0, iteration: 2 } : { user: 2, iteration: 1 };
      const { plan, sent, counted } = await play(file, turn, 202);
      expect(sent).toEqual([{ url: 'http://there/v1/vouchers/vch_1/claims', token: 'Bearer third' }]);
      expect(Object.fromEntries(counted)).toEqual({ accepted: 1, refused: 0, errors: 0 });
      expect(plan.options.thresholds).toMatchObject({ accepted: ['count<=7'], errors: ['count==0'] });
    },
  );

  it('take refusals for answers, and a 503 for an error', async () => {
    const turn = { user: 0, iteration: 0 };
    const refusal = await play('one-item.k6.js', turn, 409);
    expect(Object.fromEntries(refusal.counted)).toEqual({ accepted: 0, refused: 1, errors: 0 });
    for (const reply of [{ status: 503 }, { status: 503, code: 'gate_recovering' }]) {
      const fault = await play('one-item.k6.js', turn, [reply]);
      expect(Object.fromEntries(fault.counted)).toEqual({ accepted: 0, refused: 0, errors: 1 });
      expect(fault.sent).toHaveLength(1);
    }
  });

  it('wait where load is shed, and ask again; a user who is never served is an error', async () => {
    const turn = { user: 0, iteration: 1 };
    const SHED = { status: 503, code: 'overloaded' };
    const served = await play('users-5000x10.k6.js', turn, [SHED, SHED, { status: 202 }]);
    expect(Object.fromEntries(served.counted)).toEqual({ shed: 2, accepted: 1, refused: 0, errors: 0 });
    expect(served.slept).toEqual([3, 3]);
    const never = await play('users-5000x10.k6.js', turn, [SHED]);
    expect(Object.fromEntries(never.counted)).toEqual({ shed: 20, accepted: 0, refused: 0, errors: 1 });
    expect(never.sent).toHaveLength(21);
  });

  it('say so when there are too few accounts', async () => {
    await expect(play('users-500.k6.js', { user: 0, iteration: 3 }, 202)).rejects.toThrow('4 are needed');
  });

  it('for JMeter are well-formed, with a thread group for each scenario', () => {
    const text = readFileSync(join(FOLDER, 'claims.jmx'), 'utf8');
    wellFormed(text);
    for (const { users } of SCENARIOS) expect(text).toContain(`? ${users.users} : 0)`);
    expect(() => wellFormed(text.replace('</TestPlan>', ''))).toThrow();
  });
});
