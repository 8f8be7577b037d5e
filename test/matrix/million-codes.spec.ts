import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { Api, type Json, type Session } from '../support/api.js';
import { newDataDir } from '../support/app.js';
import { Instance } from '../support/instance.js';
import { freshSystem } from '../support/stack-env.js';

const CODES = 1_000_000;
/** What a process may hold besides while it reads and stores a million codes, garbage included: 411 MiB were seen. */
const MOST_MIB = 600;
const PATIENCE_MS = 1_500_000;

/**
 * The largest file of codes that is taken. Outside of CI, since it takes minutes:
 * `node dist/test/harness/with-stack.js -- npx jest --selectProjects matrix test/matrix/million-codes.spec.ts`
 */
describe.each(['embedded', 'MariaDB'])('a million codes, %s', (mode) => {
  let instance: Instance;
  let dir: string;
  let api: Api;
  let merchant: Session;

  beforeEach(async () => {
    dir = await newDataDir();
    const servers = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '' };
    instance = await Instance.start(
      mode === 'embedded' ? { ...servers, DATA_DIR: dir } : await freshSystem('codes', 0),
    );
    api = new Api(instance.url);
    merchant = await api.registerMerchant();
  });
  afterEach(async () => {
    await instance.kill();
    await rm(dir, { recursive: true, force: true });
  });

  /** Waits as long as it takes, which `fetch` does not. */
  const send = (id: string, lines: Iterable<string>): Promise<{ status: number; body: Json }> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${merchant.access_token}`, 'content-type': 'text/csv' };
      const sent = request(
        `${instance.url}/v1/vouchers/${id}/codes`,
        { method: 'POST', headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
        },
      );
      sent.on('error', reject);
      Readable.from(lines).pipe(sent);
    });
  /** In pieces of a thousand lines. @param from of the first code */
  function* file(from: number, count: number, end = ''): Iterable<string> {
    for (let at = 0; at < count; at += 1_000)
      yield Array.from(
        { length: 1_000 },
        (_none, n) => `TEA-${String(from + at + n).padStart(9, '0')}\n`,
      ).join('');
    yield end;
  }
  const memoryMiB = (name: 'VmRSS' | 'VmHWM'): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${instance.pid}/status`, 'utf8'))?.[1]) /
    1_024;
  const codesOf = (id: string): Promise<Json> =>
    api.expect(200, 'GET', `/v1/vouchers/${id}/codes`, { token: merchant.access_token });

  it(
    'are stored all or not at all, wrong lines named, within a bounded memory',
    async () => {
      const { id } = await api.createVoucher(merchant.access_token, { total_stock: 10 });
      const before = memoryMiB('VmRSS');

      const repeated = await send(id, file(0, CODES - 1_000, 'TEA-000000007\nno\n'));
      expect(repeated.status).toBe(422);
      expect(repeated.body.errors).toMatchObject([
        { pointer: `/${CODES - 999}`, code: 'duplicate' },
        { pointer: `/${CODES - 998}`, code: 'not_a_code' },
      ]);
      expect((await send(id, file(0, CODES, 'TEA-999999999\n'))).body.errors).toMatchObject([
        { code: 'too_many' },
      ]);
      expect((await codesOf(id)).code_source).toBe('generated');

      expect((await send(id, file(0, CODES))).status).toBe(200);
      expect(await codesOf(id)).toMatchObject({ code_source: 'imported', codes: CODES });
      const other = await api.createVoucher(merchant.access_token, { total_stock: 10 });
      const known = await send(other.id as string, file(CODES, CODES - 1_000, 'TEA-000000042\n'));
      expect(known.body.errors).toMatchObject([{ pointer: `/${CODES - 999}`, code: 'known' }]);
      expect((await codesOf(other.id as string)).code_source).toBe('generated');

      const grown = memoryMiB('VmHWM') - before;
      process.stderr.write(
        `${mode}: ${before.toFixed(0)} MiB before, ${grown.toFixed(0)} MiB more at most\n`,
      );
      expect(grown).toBeLessThan(MOST_MIB);
    },
    PATIENCE_MS,
  );
});
