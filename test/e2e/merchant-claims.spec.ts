import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { ClaimExport } from '../../src/reporting/claim-export.js';
import { Database, placeholders } from '../../src/database/database.js';
import { newAddress, newEmail, PASSWORD, until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { filesOf } from '../support/zip.js';

let server: TestApp;
let merchant: Session;
let voucherId: string;
const people: { session: Session; claim: Json }[] = [];
const NAMES = [
  'Lin Yue',
  'lin bo',
  'Linus',
  '=cmd|calc',
  '王芳, "Fang"',
  '100% Ann',
  '-2+3; "x"',
  '+1 (2)',
  '@SUM(A1)',
];
/** The standard library of Python has a reader of what spreadsheets write. */
const READ_CSV = `
import csv, io, json, sys
text = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8-sig', newline='')
print(json.dumps(list(csv.reader(text, delimiter=sys.argv[1], strict=True))))`;
import { claimIdAt, insertClaims } from '../harness/claim-rows.js';

const get = (path: string, token = merchant.access_token) =>
  server.api.call('GET', `/v1/vouchers/${voucherId}/${path}`, { token });
const search = (q: string, more = '') => get(`claims?q=${encodeURIComponent(q)}${more}`);
const namesIn = (answer: { readonly body: Json }): string[] =>
  answer.body.data.map((claim: Json) => claim.customer.name);

beforeAll(async () => {
  server = await startApp({ CLAIM_EXPORTS_MAX: '2' });
  merchant = await server.api.registerMerchant();
  voucherId = (await server.api.liveVoucher(merchant.access_token, { total_stock: 50 })).id;
  for (const name of NAMES) {
    const session: Session = await server.api.expect(201, 'POST', '/v1/auth/register', {
      headers: { 'x-forwarded-for': newAddress() },
      json: { email: newEmail(), password: PASSWORD, name },
    });
    const { body } = await server.api.claim(session.access_token, voucherId);
    people.push({ session, claim: await server.api.waitIssued(session.access_token, body.id) });
  }
});
afterAll(() => server.stop());

describe('the claims of a voucher, for its merchant', () => {
  it('show the name and a contact that is mostly hidden, and never the code', async () => {
    const { body, headers, text } = await get('claims');
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(body.data).toHaveLength(NAMES.length);
    expect(body.data[0]).toMatchObject({
      code: null,
      code_ending: people.at(-1)!.claim.code.slice(-4),
      customer: { name: NAMES.at(-1), contact: 'p***@example.com' },
    });
    for (const { session, claim } of people) {
      expect(text).not.toContain(session.user.email);
      expect(text).not.toContain(claim.code);
    }
  });

  it('are found by id, by its beginning, by the user and by the code, however it is typed', async () => {
    const { session, claim } = people[0]!;
    const typed = claim.code.replaceAll('-', ' ').toLowerCase().replaceAll('0', 'o');
    for (const q of [
      claim.id,
      claim.id.toUpperCase(),
      claim.id.slice(0, 30),
      session.user.id,
      claim.code,
      typed,
    ]) {
      expect(namesIn(await search(q))).toEqual(['Lin Yue']);
    }
  });

  it('are found by the whole e-mail only, in whatever case', async () => {
    const { email } = people[1]!.session.user;
    expect(namesIn(await search(email.toUpperCase()))).toEqual(['lin bo']);
    expect(namesIn(await search(email.slice(0, -1)))).toEqual([]);
    expect(namesIn(await search('@example.com'))).toEqual([]);
  });

  it('are found by how a name begins, without its case, and without wildcards', async () => {
    expect(namesIn(await search('LIN'))).toEqual(['Linus', 'lin bo', 'Lin Yue']);
    expect(namesIn(await search('王芳'))).toEqual(['王芳, "Fang"']);
    expect(namesIn(await search('100%'))).toEqual(['100% Ann']);
    expect(namesIn(await search('%in'))).toEqual([]);
    expect(namesIn(await search('_in'))).toEqual([]);
  });

  it('are found a page at a time, and by status', async () => {
    const first = await search('lin', '&limit=2');
    expect(first.body).toMatchObject({ has_more: true });
    expect(namesIn(first)).toEqual(['Linus', 'lin bo']);
    const second = await search('lin', `&limit=2&starting_after=${first.body.data[1].id}`);
    expect(second.body).toMatchObject({ has_more: false });
    expect(namesIn(second)).toEqual(['Lin Yue']);
    expect(namesIn(await search('lin', '&status=rejected'))).toEqual([]);
    expect(namesIn(await search('lin', '&status=issued'))).toHaveLength(3);
  });

  it('are those of this voucher alone', async () => {
    const other = await server.api.liveVoucher(merchant.access_token);
    const path = `/v1/vouchers/${other.id}/claims?q=`;
    for (const q of ['lin', people[0]!.claim.id, people[0]!.claim.code, people[0]!.session.user.id]) {
      const { body } = await server.api.call('GET', path + q, { token: merchant.access_token });
      expect(body.data).toEqual([]);
    }
  });

  it.each(['x', ' ', 'a'.repeat(255)])('are not looked for by %j', async (q) => {
    const { status, body } = await search(q);
    expect(status).toBe(422);
    expect(body.errors[0]).toMatchObject({ pointer: '/q', code: q.length > 254 ? 'too_big' : 'too_small' });
  });

  it('are not looked for by what fits too many', async () => {
    const crowd = Array.from({ length: 501 }, (_none, n) => [`usr_crowd${n}`, `Zhang ${n}`] as const);
    await server.app.get(Database).write(async (tx) => {
      const people = crowd.flatMap(([id, name]) => [id, name, 'shopper', 0]);
      await tx.query(
        `INSERT INTO users (id, name, role, created_at) VALUES ${placeholders(crowd.length, 4)}`,
        people,
      );
      const words = crowd.flatMap(([id, name]) => ['zhang', id, name.slice('Zhang '.length), id]);
      await tx.query(
        `INSERT INTO user_name_words (word, user_id) VALUES ${placeholders(2 * crowd.length, 2)}`,
        words,
      );
    });
    const { status, body } = await search('zhang');
    expect(status).toBe(422);
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/q', code: 'too_many_matches' })]);
    expect((await search('Zhang 500')).status).toBe(200);
  });
});

describe('the CSV of claims', () => {
  it('has every claim in the order of the line, quoted, without formulas, e-mails or codes', async () => {
    const response = await fetch(`${server.url}/v1/vouchers/${voucherId}/claims.csv`, {
      headers: { authorization: `Bearer ${merchant.access_token}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="claims-${voucherId}.csv"`,
    );
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const lines = bytes.toString('utf8').slice(1).split('\r\n');
    expect(lines[0]).toBe(
      '"claim_id","status","sequence","ordinal","user_id","name","contact","created_at","issued_at","reject_reason","confirm_until","moved_at","shared_contact"',
    );
    expect(lines).toHaveLength(NAMES.length + 2);
    expect(lines[1]).toContain(`"${people[0]!.claim.id}","issued","1","1"`);
    expect(lines[4]).toContain(`"'=cmd|calc"`);
    expect(lines[5]).toContain('"王芳, ""Fang"""');
    for (const { session, claim } of people) {
      expect(lines.join()).not.toContain(session.user.email);
      expect(lines.join()).not.toContain(claim.code);
    }
  });

  it.each([
    ['comma', ','],
    ['semicolon', ';'],
    ['tab', '\t'],
  ])(
    'is the same rows to a reader that is not ours, none a formula: separated by %s',
    async (name, character) => {
      const answer = await fetch(`${server.url}/v1/vouchers/${voucherId}/claims.csv?separator=${name}`, {
        headers: { authorization: `Bearer ${merchant.access_token}` },
      });
      const input = Buffer.from(await answer.arrayBuffer());
      const [head, ...rows] = JSON.parse(
        execFileSync('python3', ['-c', READ_CSV, character], { input, encoding: 'utf8' }),
      ) as string[][];
      expect(head?.slice(0, 6)).toEqual(['claim_id', 'status', 'sequence', 'ordinal', 'user_id', 'name']);
      expect(rows.map((row) => row.length)).toEqual(NAMES.map(() => head?.length));
      expect(rows.map(([id]) => id)).toEqual(people.map(({ claim }) => claim.id));
      expect(rows.map((row) => row[5])).toEqual(NAMES.map((one) => (/^[=+\-@]/.test(one) ? `'${one}` : one)));
      expect(rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    },
  );

  it('has the separator and the zone that a spreadsheet wants', async () => {
    const path = `/v1/vouchers/${voucherId}/claims.csv`;
    const token = merchant.access_token;
    const { text } = await server.api.call('GET', `${path}?separator=semicolon&time_zone=Asia/Shanghai`, {
      token,
    });
    const [head, line] = text.split('\r\n').map((one) => one.split(';'));
    expect(head).toHaveLength(13);
    const created = Date.parse(people[0]!.claim.created_at);
    const there = new Date(created + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    expect([line?.[0], line?.[7]]).toEqual([`"${people[0]!.claim.id}"`, `"${there}"`]);
    expect((await server.api.call('GET', `${path}?separator=tab`, { token })).text).toContain('"\t"');
    for (const [query, pointer] of [
      ['separator=pipe', '/separator'],
      ['time_zone=Mars', '/time_zone'],
      ['zone=UTC', '/zone'],
    ] as const) {
      const { status, body } = await server.api.call('GET', `${path}?${query}`, { token });
      expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
    }
  });

  it('is there as a workbook as well, for its merchant alone, and has neither e-mails nor codes', async () => {
    const path = `/v1/vouchers/${voucherId}/claims.xlsx`;
    const response = await fetch(`${server.url}${path}?time_zone=Asia/Shanghai`, {
      headers: { authorization: `Bearer ${merchant.access_token}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    );
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="claims-${voucherId}.xlsx"`,
    );
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    const sheet = filesOf(Buffer.from(await response.arrayBuffer())).get('xl/worksheets/sheet1.xml') ?? '';
    expect(sheet.match(/<row /g)).toHaveLength(NAMES.length + 1);
    expect(sheet).toContain('=cmd|calc');
    const created = Math.floor(Date.parse(people[0]!.claim.created_at) / 1_000) + 8 * 3_600;
    expect(sheet).toContain(` s="1"><v>${25_569 + created / 86_400}</v></c>`);
    for (const { session, claim } of people) {
      expect(sheet).toContain(claim.id);
      expect(sheet).not.toContain(session.user.email);
      expect(sheet).not.toContain(claim.code);
    }
    const other = await server.api.registerMerchant();
    for (const [token, query, status] of [
      [other.access_token, '', 404],
      [people[0]!.session.access_token, '', 403],
      [merchant.access_token, '?time_zone=Mars', 422],
      [merchant.access_token, '?separator=tab', 422],
    ] as const)
      expect((await server.api.call('GET', path + query, { token })).status).toBe(status);
  });

  it('goes on over pages, each claim once', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: 5_000 });
    await insertMany(id, 1_234);
    const { text } = await server.api.call('GET', `/v1/vouchers/${id}/claims.csv`, {
      token: merchant.access_token,
    });
    const numbers = text
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => Number(line.split('","')[2]));
    expect(numbers).toEqual(Array.from({ length: 1_234 }, (_none, n) => n + 1));
  });

  it('waits for slow readers, refuses one more of them than allowed, and ends with those that go away', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: 200_000 });
    await insertMany(id, 60_000);
    const path = `/v1/vouchers/${id}/claims.csv`;
    const ask = () => get(`../${id}/claims.csv`);
    const slow = await Promise.all([stalled(path), stalled(path)]);
    const refused = await ask();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    for (const response of slow) response.destroy();
    const exports = server.app.get(ClaimExport);
    await until(async () => (exports.underWay === 0 ? true : undefined));
    expect((await ask()).status).toBe(200);
  });
});

async function insertMany(id: string, count: number): Promise<void> {
  const now = Date.now();
  await server.app.get(Database).write(async (tx) => {
    await insertClaims(
      tx,
      Array.from({ length: count }, (_none, n) => ({
        id: claimIdAt(id, n),
        voucher_id: id,
        user_id: `usr_${n + 1}`,
        ordinal: 1,
        epoch: 1,
        sequence: n + 1,
        status: 'issued',
        created_at: now,
        issued_at: now,
      })),
    );
  });
}

/** An answer of which only the head is read. */
function stalled(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${merchant.access_token}` };
    httpGet(server.url + path, { headers }, (response) => resolve(response.pause())).on('error', reject);
  });
}
