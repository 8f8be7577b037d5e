import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { GateKeeper } from '../../src/claim/epoch/gate-keeper.js';
import { LedgerReader } from '../../src/claim/epoch/ledger-reader.js';
import type { RebuildUser } from '../../src/claim/gate/gate-rebuild.js';
import { SystemStatus } from '../../src/claim/recovery/system-status.js';
import { VoucherGate } from '../../src/voucher/index.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp();
  merchant = await server.api.registerMerchant();
});
afterEach(async () => {
  jest.restoreAllMocks();
  // The next test publishes, which waits until this process has heard of the last voucher.
  await until(async () => server.app.get(GateKeeper).isOpen || undefined);
});
afterAll(() => server.stop());

const shopper = async (): Promise<string> => (await server.api.register()).access_token;
const claim = async (voucherId: string): Promise<Answer> => server.api.claim(await shopper(), voucherId);
const status = (): Promise<string | undefined> =>
  server.app
    .get(SystemStatus)
    .gateStatus()
    .then((found) => found?.state);

/** A gate that forgot, and is rebuilt while the claims of one voucher cannot be read until they are let through. */
async function rebuildingWithout(voucherId: string): Promise<{ letThrough: () => void }> {
  const reader = server.app.get(LedgerReader);
  let letThrough = (): void => undefined;
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  const [sizes, allUsers] = [reader.sizes.bind(reader), reader.allUsers.bind(reader)];
  jest
    .spyOn(reader, 'sizes')
    .mockImplementation(async (ids) => new Map(await sizes(ids)).set(voucherId, 1_000_000));
  jest.spyOn(reader, 'allUsers').mockImplementation((one) => {
    const all = allUsers(one);
    const users = async function* (): AsyncIterable<readonly RebuildUser[]> {
      await held;
      yield* all.users;
    };
    return { ...all, users: users() };
  });
  const keeper = server.app.get(GateKeeper);
  keeper.lost(keeper.known, 'a test says so');
  expect((await claim(voucherId)).body.code).toBe('gate_recovering');
  return { letThrough };
}

it('a voucher that was prepared before a rebuild and is stored after it stays a draft, and nothing is rebuilt for it', async () => {
  const draft: Json = await server.api.createVoucher(merchant.access_token, { total_stock: 10 });
  const [keeper, gate] = [server.app.get(GateKeeper), server.app.get(VoucherGate)];
  const prepare = gate.prepare.bind(gate);
  jest.spyOn(gate, 'prepare').mockImplementationOnce(async (voucher) => {
    const prepared = await prepare(voucher);
    const { known } = keeper;
    keeper.lost(known, 'a test says so');
    await until(async () => (keeper.known > known && keeper.isOpen) || undefined);
    return prepared;
  });
  const publish = (): Promise<Answer> =>
    server.api.call('POST', `/v1/vouchers/${draft.id}/publish`, { token: merchant.access_token });
  const late = await publish();
  expect([late.status, late.body.code]).toEqual([503, 'gate_recovering']);
  expect(late.body.detail).toMatch(/still a draft/);
  const { known: epoch } = keeper;
  expect((await publish()).body.status).toBe('live');
  expect((await claim(draft.id)).status).toBe(202);
  expect(keeper.known).toBe(epoch);
});

it('a voucher opens as soon as it is loaded; what is not loaded yet says when to ask again', async () => {
  const [small, large]: Json[] = [
    await server.api.liveVoucher(merchant.access_token, { total_stock: 10 }),
    await server.api.liveVoucher(merchant.access_token, { total_stock: 10 }),
  ];
  const holder = await shopper();
  const first = await server.api.claim(holder, large.id);
  await server.api.waitIssued(holder, first.body.id);

  const { letThrough } = await rebuildingWithout(large.id);
  await until(async () => ((await claim(small.id)).status === 202 ? true : undefined));
  const { known: epoch } = server.app.get(GateKeeper);
  expect(await status()).toBe('opening');
  const refused = await claim(large.id);
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ code: 'gate_recovering', retryable: true });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  // Nobody took it for lost: the epoch stands, and the small one goes on.
  const taken = await claim(small.id);
  expect(taken.status).toBe(202);

  letThrough();
  await until(async () => ((await claim(large.id)).status === 202 ? true : undefined));
  await until(async () => ((await status()) === 'open' ? true : undefined));
  expect(server.app.get(GateKeeper).known).toBe(epoch);
  const again = await server.api.claim(holder, large.id);
  expect(again.body.code).toBe('claim_limit_reached');
  for (const { id } of [small, large]) {
    await server.api.waitSettled(merchant.access_token, id);
    expect((await server.api.audit(merchant.access_token, id)).ok).toBe(true);
  }
});

it('a change of terms reaches a voucher that is open, and one that is loaded afterwards', async () => {
  const [small, large]: Json[] = [
    await server.api.liveVoucher(merchant.access_token, { total_stock: 10 }),
    await server.api.liveVoucher(merchant.access_token, { total_stock: 10 }),
  ];
  const { letThrough } = await rebuildingWithout(large.id);
  await until(async () => ((await claim(small.id)).status === 202 ? true : undefined));
  for (const { id } of [small, large])
    await server.api.expect(200, 'POST', `/v1/vouchers/${id}/pause`, { token: merchant.access_token });
  expect((await claim(small.id)).body.code).toBe('paused');
  letThrough();
  const heard = await until(async () => {
    const { body } = await claim(large.id);
    return body.code === 'gate_recovering' ? undefined : body.code;
  });
  expect(heard).toBe('paused');
});

it('what would count a claim twice waits for the last voucher', async () => {
  const large = await server.api.liveVoucher(merchant.access_token, { total_stock: 10 });
  const draft = await server.api.createVoucher(merchant.access_token);
  const small = await server.api.liveVoucher(merchant.access_token, { total_stock: 10 });
  const { letThrough } = await rebuildingWithout(large.id);
  await until(async () => ((await claim(small.id)).status === 202 ? true : undefined));
  const { access_token: token } = merchant;
  const published = await server.api.call('POST', `/v1/vouchers/${draft.id}/publish`, { token });
  expect(published.body).toMatchObject({ code: 'gate_recovering' });
  letThrough();
  await until(async () => ((await status()) === 'open' ? true : undefined));
  await until(async () => {
    const { status: code } = await server.api.call('POST', `/v1/vouchers/${draft.id}/publish`, { token });
    return code === 200 ? true : undefined;
  });
});
