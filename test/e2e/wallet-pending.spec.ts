import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StockGate } from '../../src/claim/index.js';
import { ClaimIssuer } from '../../src/claim/issue/claim-issuer.js';
import { GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
/** Until it is called, nothing that the gate took is issued. */
let release = (): void => undefined;
let hold = (): void => undefined;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_CLAIM: 'off', RATE_LIMIT_STATUS: 'off' });
  merchant = await server.api.registerMerchant();
  const issuer = server.app.get(ClaimIssuer);
  const real = issuer.handle.bind(issuer);
  let gate = Promise.resolve();
  issuer.handle = (batch) => gate.then(() => real(batch));
  hold = () => {
    gate = new Promise((resolve) => (release = resolve));
  };
});
afterAll(async () => {
  release();
  await server.stop();
});

const page = (session: Session, query = ''): Promise<Json> =>
  server.api.expect(200, 'GET', `/v1/me/claims?${query}`, { token: session.access_token });
const take = async (session: Session, voucherId: string): Promise<Json> =>
  (await server.api.claim(session.access_token, voucherId)).body;
const idsOf = ({ data }: Json): string[] => data.map(({ id }: Json) => id);

describe('the wallet, while claims are on their way', () => {
  it('shows each claim from its answer on, with its terms, in its place, once', async () => {
    const shopper = await server.api.register();
    const [first, second] = [
      await server.api.liveVoucher(merchant.access_token, { per_user_limit: 5 }),
      await server.api.liveVoucher(merchant.access_token, { per_user_limit: 5 }),
    ];
    const issued = await take(shopper, first.id);
    await server.api.waitIssued(shopper.access_token, issued.id);
    hold();
    const pending = [await take(shopper, first.id), await take(shopper, second.id)];
    const all = await until(async () => {
      const found = await page(shopper);
      return found.data.length === 3 ? found : undefined;
    });
    expect(all.data.map(({ status }: Json) => status)).toEqual(['pending', 'pending', 'issued']);
    expect(new Set(idsOf(all))).toEqual(new Set([...pending.map(({ id }) => id), issued.id]));
    expect(all.data[0]).toMatchObject({ code: null, terms: { title: 'Half price oolong' } });
    expect(idsOf(await page(shopper, 'status=pending'))).toEqual(idsOf(all).slice(0, 2));
    expect(idsOf(await page(shopper, 'status=issued'))).toEqual([issued.id]);
    expect(idsOf(await page(shopper, `voucher=${first.id}`))).toEqual([pending[0]?.id, issued.id]);
    expect(idsOf(await page(shopper, `voucher=${first.id}&status=issued`))).toEqual([issued.id]);
    expect(idsOf(await page(shopper, `voucher=${first.id}&starting_after=${pending[0]?.id}`))).toEqual([
      issued.id,
    ]);
    expect(idsOf(await page(shopper, 'voucher=vch_01k9z3v8f0abcdef'))).toEqual([]);

    // Page by page, also from a claim that is pending, forwards and backwards.
    const walked: string[] = [];
    for (let query = 'limit=1'; ;) {
      const found = await page(shopper, query);
      walked.push(...idsOf(found));
      if (!found.has_more) break;
      query = `limit=1&starting_after=${walked.at(-1)}`;
    }
    expect(walked).toEqual(idsOf(all));
    expect(idsOf(await page(shopper, `ending_before=${issued.id}`))).toEqual(walked.slice(0, 2));
    expect(idsOf(await page(shopper, `ending_before=${walked[1]}`))).toEqual(walked.slice(0, 1));

    const other = await server.api.register();
    expect((await page(other)).data).toEqual([]);
    const answer = await server.api.call('GET', `/v1/me/claims?starting_after=${walked[0]}`, {
      token: other.access_token,
    });
    expectProblem(answer, 'validation_failed', ['/starting_after']);

    release();
    for (const { id } of pending) await server.api.waitIssued(shopper.access_token, id);
    const after = await page(shopper);
    expect(idsOf(after)).toEqual(idsOf(all));
    expect(after.data.map(({ status }: Json) => status)).toEqual(['issued', 'issued', 'issued']);
    expect((await page(shopper, 'status=pending')).data).toEqual([]);
  });

  it('shows what the ledger has while the gate is away', async () => {
    const shopper = await server.api.register();
    const voucher = await server.api.liveVoucher(merchant.access_token);
    const { id } = await take(shopper, voucher.id);
    await server.api.waitIssued(shopper.access_token, id);
    const gate = server.app.get(StockGate);
    const real = gate.vouchers.bind(gate);
    gate.vouchers = () => Promise.reject(new GateUnreachableError(false, undefined));
    try {
      expect(idsOf(await page(shopper))).toEqual([id]);
    } finally {
      gate.vouchers = real;
    }
  });
});
