import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { tokenFor } from '../support/crowd.js';

const admin = tokenFor('usr_0000000000admn01', 'admin');
let server: TestApp;
let merchant: string;
let shopper: string;
let voucher: string;
let webhook: string;
let lists: readonly { readonly id: string; readonly path: string }[];

beforeAll(async () => {
  server = await startApp();
  [merchant, shopper] = [
    (await server.api.registerMerchant()).access_token,
    (await server.api.register()).access_token,
  ];
  voucher = (await server.api.liveVoucher(merchant)).id;
  const url = 'https://example.com/hook';
  webhook = (await server.api.expect(201, 'POST', '/v1/webhooks', { token: merchant, json: { url } })).id;
  const document = await server.api.expect(200, 'GET', '/openapi.json');
  lists = Object.entries(document.paths as Record<string, Json>).flatMap(([path, { get }]) =>
    (get?.parameters ?? []).some(({ name }: Json) => name === 'starting_after')
      ? [{ id: get.operationId as string, path }]
      : [],
  );
});
afterAll(() => server.stop());

const publicly = (): string => '';
const byMerchant = (): string => merchant;
const byShopper = (): string => shopper;
const byAdmin = (): string => admin;

/** For each list of the API document: who reads it, an id of its kind that nothing has, and what its path names. */
const LISTS: Record<string, { token: () => string; id: string; named?: () => string }> = {
  listVouchers: { token: publicly, id: 'vch_7zzzzzzzzzzzzzzz' },
  listOwnVouchers: { token: byMerchant, id: 'vch_7zzzzzzzzzzzzzzz' },
  listVoucherClaims: { token: byMerchant, id: 'clm_7zzzzzzzzzzzzzzz', named: () => voucher },
  listWaitingListPlaces: { token: byMerchant, id: 'wle_7zzzzzzzzzzzzzzz0001', named: () => voucher },
  listVoucherMessages: { token: byMerchant, id: 'msg_7zzzzzzzzzzzzzzz', named: () => voucher },
  listClaims: { token: byShopper, id: 'clm_7zzzzzzzzzzzzzzz' },
  listLogins: { token: byShopper, id: 'ses_7zzzzzzzzzzzzzzz' },
  listRedemptions: { token: byMerchant, id: 'rdm_7zzzzzzzzzzzzzzz' },
  listApiKeys: { token: byMerchant, id: 'key_7zzzzzzzzzzzzzzz' },
  listWebhooks: { token: byMerchant, id: 'whk_7zzzzzzzzzzzzzzz' },
  listWebhookDeliveries: { token: byMerchant, id: 'dlv_7zzzzzzzzzzzzzzz', named: () => webhook },
  listStaff: { token: byMerchant, id: 'usr_7zzzzzzzzzzzzzzz' },
  listStaffInvitations: { token: byMerchant, id: 'inv_7zzzzzzzzzzzzzzz' },
  listAuditEntries: { token: byMerchant, id: 'aud_7zzzzzzzzzzzzzzz' },
  listBlocks: { token: byAdmin, id: 'blk_7zzzzzzzzzzzzzzz' },
  listDeadLetters: { token: byAdmin, id: 'dlt_7zzzzzzzzzzzzzzz' },
};

describe('a cursor that the list does not hold', () => {
  it('is refused the same way by every list of the API', async () => {
    const refused: Record<string, unknown> = {};
    const wanted: Record<string, unknown> = {};
    for (const { id, path } of lists) {
      const list = LISTS[id];
      if (!list) throw new Error(`no reader is known for ${id}`);
      const url = path.replace('{id}', list.named?.() ?? '');
      for (const name of ['starting_after', 'ending_before']) {
        const answer = await server.api.call('GET', `${url}?${name}=${list.id}`, { token: list.token() });
        refused[`${id} ${name}`] = [answer.status, answer.body.errors];
        const detail = 'There is no such object in this list';
        wanted[`${id} ${name}`] = [422, [{ pointer: `/${name}`, code: 'unknown_cursor', detail }]];
      }
    }
    expect(refused).toEqual(wanted);
    expect(Object.keys(LISTS).sort()).toEqual(lists.map(({ id }) => id).sort());
  });
});
