import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { beforeSoon } from '../support/pass-time.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
let other: Session;

beforeAll(async () => {
  server = await startApp({ LIFECYCLE_INTERVAL_MS: '50', CACHE_LOCAL_TTL_MS: '100' });
  [merchant, other] = [await server.api.registerMerchant(), await server.api.registerMerchant()];
});
afterAll(() => server.stop());

const MOVES = ['publish', 'pause', 'resume', 'end', 'archive'] as const;
type Move = (typeof MOVES)[number];
const move = (id: string, to: Move, token = merchant.access_token) =>
  server.api.call('POST', `/v1/vouchers/${id}/${to}`, { token });
const inFuture = (ms: number) => new Date(Date.now() + ms).toISOString();
const statusOf = async (id: string): Promise<string> =>
  (await server.api.expect(200, 'GET', `/v1/merchants/me/vouchers/${id}`, { token: merchant.access_token }))
    .status;

/** How to bring a new voucher into a state. */
const PATHS: Record<string, { terms?: () => Record<string, unknown>; moves: Move[] }> = {
  draft: { moves: [] },
  scheduled: { terms: () => ({ opens_at: inFuture(1_800_000) }), moves: ['publish'] },
  live: { moves: ['publish'] },
  paused: { moves: ['publish', 'pause'] },
  ended: { moves: ['publish', 'end'] },
  archived: { moves: ['publish', 'end', 'archive'] },
};
const ALLOWED: Record<string, Partial<Record<Move, string>>> = {
  draft: { publish: 'live' },
  scheduled: { end: 'ended' },
  live: { pause: 'paused', end: 'ended' },
  paused: { resume: 'live', end: 'ended' },
  ended: { archive: 'archived' },
  archived: {},
};

async function voucherIn(state: string): Promise<Json> {
  const { terms, moves } = PATHS[state] as (typeof PATHS)[string];
  let voucher = await server.api.createVoucher(merchant.access_token, terms?.() ?? {});
  for (const step of moves) voucher = (await move(voucher.id, step)).body;
  expect(voucher.status).toBe(state);
  return voucher;
}

describe('moves', () => {
  const table = Object.keys(PATHS).flatMap((from) => MOVES.map((step) => [step, from] as const));
  it.each(table)('%s of a voucher that is %s', async (step, from) => {
    const voucher = await voucherIn(from);
    const target = ALLOWED[from]?.[step];
    const answer = await move(voucher.id, step);
    if (target !== undefined) {
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ id: voucher.id, status: target, version: voucher.version + 1 });
      expect(answer.headers.get('etag')).toBe(`"v${voucher.version + 1}"`);
    } else {
      expectProblem(answer, 'invalid_transition');
      expect(await statusOf(voucher.id)).toBe(from);
    }
  });

  it('publish is done once when it is asked ten times at once', async () => {
    const voucher = await voucherIn('draft');
    const answers = await Promise.all(Array.from({ length: 10 }, () => move(voucher.id, 'publish')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it('deletes a draft and nothing else', async () => {
    const token = merchant.access_token;
    const draft = await voucherIn('draft');
    expect((await server.api.call('DELETE', `/v1/vouchers/${draft.id}`, { token })).status).toBe(204);
    expectProblem(
      await server.api.call('GET', `/v1/merchants/me/vouchers/${draft.id}`, { token }),
      'not_found',
    );
    for (const state of ['scheduled', 'live', 'paused', 'ended', 'archived']) {
      const { id } = await voucherIn(state);
      expectProblem(await server.api.call('DELETE', `/v1/vouchers/${id}`, { token }), 'not_editable');
    }
  });

  it('resume lets claims in again, and keeps what was claimed', async () => {
    const voucher = await voucherIn('live');
    const [one, two] = [await server.api.register(), await server.api.register()];
    expect((await server.api.claim(one.access_token, voucher.id)).status).toBe(202);
    await move(voucher.id, 'pause');
    expect((await server.api.claim(two.access_token, voucher.id)).body.code).toBe('paused');
    await move(voucher.id, 'resume');
    expect((await server.api.claim(two.access_token, voucher.id)).body.sequence).toBe(2);
    await server.api.waitSettled(merchant.access_token, voucher.id);
    expect((await server.api.audit(merchant.access_token, voucher.id)).ok).toBe(true);
  });
});

describe('time', () => {
  it('opens a scheduled voucher, and claims are taken from then on', async () => {
    const { done, time } = await beforeSoon(async (opens_at) => {
      const voucher = await server.api.createVoucher(merchant.access_token, { opens_at });
      const published = await move(voucher.id, 'publish');
      const { access_token: token } = await server.api.register();
      return { voucher, published, token, early: await server.api.claim(token, voucher.id) };
    });
    const { voucher, published, token, early } = done;
    const opensAt = Date.parse(time);
    expect(published.body.status).toBe('scheduled');
    expectProblem(early, 'not_started');
    const accepted = await until(async () => {
      const answer = await server.api.claim(token, voucher.id);
      return answer.status === 202 ? answer.body : undefined;
    });
    expect(Date.parse(accepted.created_at)).toBeGreaterThanOrEqual(opensAt);
    await until(async () => ((await statusOf(voucher.id)) === 'live' ? true : undefined));
    const seen = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}`);
    expect(seen.status).toBe('live');
  });

  it('closes a live voucher, and claims are refused from then on', async () => {
    const { done: voucher } = await beforeSoon((closes_at) =>
      server.api.liveVoucher(merchant.access_token, { closes_at }),
    );
    await until(async () => ((await statusOf(voucher.id)) === 'ended' ? true : undefined));
    const { access_token: token } = await server.api.register();
    expectProblem(await server.api.claim(token, voucher.id), 'voucher_ended');
    expectProblem(await move(voucher.id, 'resume'), 'invalid_transition');
  });

  it('a draft whose window is over cannot be published', async () => {
    const { done: voucher } = await beforeSoon((closes_at) =>
      server.api.createVoucher(merchant.access_token, { closes_at }),
    );
    expectProblem(await move(voucher.id, 'publish'), 'invalid_transition');
  });
});

describe('PATCH', () => {
  const patch = (id: string, json: unknown, tag?: string, token = merchant.access_token) =>
    server.api.call('PATCH', `/v1/vouchers/${id}`, {
      token,
      json,
      headers: tag === undefined ? {} : { 'if-match': tag },
    });

  it('needs the tag of what was seen: 428 without, 412 with an old one', async () => {
    const { id } = await voucherIn('draft');
    expectProblem(await patch(id, { title: 'A' }), 'precondition_required');
    const first = await patch(id, { title: 'B', total_stock: 20 }, '"v1"');
    expect(first.body).toMatchObject({ title: 'B', total_stock: 20, version: 2 });
    expect(first.headers.get('etag')).toBe('"v2"');
    expectProblem(await patch(id, { title: 'C' }, '"v1"'), 'precondition_failed');
    expect((await patch(id, { title: 'D' }, 'W/"v2"')).status).toBe(200);
    expect((await patch(id, { title: 'E' }, '*')).status).toBe(200);
  });

  it('lets one of ten editors with the same tag win', async () => {
    const { id } = await voucherIn('draft');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => patch(id, { title: `T${n}` }, '"v1"')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(9);
  });

  it('refuses what is fixed once it was published', async () => {
    const live = await voucherIn('live');
    const answer = await patch(live.id, { total_stock: 99, title: 'x' }, `"v${live.version}"`);
    expectProblem(answer, 'not_editable', ['/total_stock']);
    const ended = await voucherIn('ended');
    const late = await patch(ended.id, { title: 'x', closes_at: inFuture(3_600_000) }, `"v${ended.version}"`);
    expectProblem(late, 'not_editable', ['/closes_at']);
  });

  it('moves the end of a live window, and the gate follows', async () => {
    const { access_token: token } = await server.api.register();
    const { done: live } = await beforeSoon(async (closes_at) => {
      const voucher = await server.api.liveVoucher(merchant.access_token);
      expect((await patch(voucher.id, { closes_at }, `"v${voucher.version}"`)).status).toBe(200);
      return voucher;
    });
    await until(async () => {
      const { body } = await server.api.claim(token, live.id);
      return body.code === 'voucher_ended' ? true : undefined;
    });
  });

  it('raises the limit of a scheduled voucher before it opens', async () => {
    const scheduled = await voucherIn('scheduled');
    const tag = `"v${scheduled.version}"`;
    const opens = { opens_at: new Date(Date.now() - 1_000).toISOString(), per_user_limit: 2 };
    const answer = await patch(scheduled.id, opens, tag);
    expect(answer.status).toBe(200);
    const { access_token: token } = await server.api.register();
    const ordinals = [];
    for (let n = 0; n < 2; n++) ordinals.push((await server.api.claim(token, scheduled.id)).body.ordinal);
    expect(ordinals).toEqual([1, 2]);
    expect((await server.api.claim(token, scheduled.id)).body.code).toBe('claim_limit_reached');
  });
});

describe('another merchant', () => {
  it('finds nothing of a voucher that is not theirs, and changes nothing', async () => {
    const voucher = await voucherIn('draft');
    const live = await voucherIn('live');
    const token = other.access_token;
    for (const { id } of [voucher, live]) {
      const calls: [string, string][] = [
        ...MOVES.map((step): [string, string] => ['POST', `/v1/vouchers/${id}/${step}`]),
        ['DELETE', `/v1/vouchers/${id}`],
        ['GET', `/v1/merchants/me/vouchers/${id}`],
        ['GET', `/v1/vouchers/${id}/claims`],
        ['GET', `/v1/vouchers/${id}/summary`],
        ['GET', `/v1/vouchers/${id}/audit`],
      ];
      for (const [method, path] of calls)
        expectProblem(await server.api.call(method, path, { token }), 'not_found');
      const edit = { token, json: { title: 'mine' }, headers: { 'if-match': '*' } };
      expectProblem(await server.api.call('PATCH', `/v1/vouchers/${id}`, edit), 'not_found');
    }
    expect([await statusOf(voucher.id), await statusOf(live.id)]).toEqual(['draft', 'live']);
    const list = await server.api.expect(200, 'GET', '/v1/merchants/me/vouchers', { token });
    expect(list.data).toEqual([]);
  });

  it('and shoppers do not see drafts and archived vouchers', async () => {
    for (const state of ['draft', 'archived']) {
      const { id } = await voucherIn(state);
      expectProblem(await server.api.call('GET', `/v1/vouchers/${id}`), 'not_found');
      expectProblem(await server.api.call('GET', `/v1/vouchers/${id}/availability`), 'not_found');
    }
  });
});

it('a copy that is up to date is answered 304', async () => {
  const { id } = await voucherIn('live');
  const first = await server.api.call('GET', `/v1/vouchers/${id}`);
  const headers = { 'if-none-match': first.headers.get('etag') as string };
  const again = await server.api.call('GET', `/v1/vouchers/${id}`, { headers });
  expect([again.status, again.text]).toEqual([304, '']);
});

describe('the tag of what is read', () => {
  const read = (path: string, tag?: string) =>
    server.api.call('GET', path, tag === undefined ? {} : { headers: { 'if-none-match': tag } });
  const tagOf = async (path: string): Promise<string> => (await read(path)).headers.get('etag') as string;

  it('answers 304 with tag and Cache-Control, and another tag after a change', async () => {
    const { id } = await voucherIn('live');
    for (const path of ['/v1/vouchers', `/v1/vouchers/${id}`, `/v1/vouchers/${id}/availability`]) {
      const tag = await tagOf(path);
      const same = await read(path, `"other", ${tag}`);
      expect([same.status, same.text]).toEqual([304, '']);
      expect(same.headers.get('etag')).toBe(tag);
      expect(same.headers.get('cache-control')).toBe('public, max-age=1');
      await move(id, 'pause');
      expect((await read(path, tag)).status).toBe(200);
      expect(await tagOf(path)).not.toBe(tag);
      await move(id, 'resume');
    }
  });

  it('of the stock changes with what remains, and not with the time of the look', async () => {
    const { id } = await voucherIn('live');
    const path = `/v1/vouchers/${id}/availability`;
    const first = await read(path);
    const tag = first.headers.get('etag') as string;
    expect(tag).toBe('W/"live.10"');
    await until(async () => ((await read(path)).body.as_of !== first.body.as_of ? true : undefined));
    expect((await read(path, tag)).status).toBe(304);
    const shopper = await server.api.register();
    expect((await server.api.claim(shopper.access_token, id)).status).toBe(202);
    await until(async () => ((await read(path, tag)).status === 200 ? true : undefined));
    expect(await tagOf(path)).toBe('W/"live.9"');
  });
});
