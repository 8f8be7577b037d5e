import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import { startApp, type TestApp } from '../support/app.js';

const DOCUMENTED = 'API=http://127.0.0.1:3000/v1';

let server: TestApp;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.stop());

/** The lines behind the mark, for the server of this test, asking until the claim has ended: this machine may be busy. */
function linesOf(file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const [, lines] = /readme\.spec\.ts runs these lines, twice -->\n+```sh\n([^]*?)```/.exec(text) ?? [];
  if (lines === undefined || !lines.includes(DOCUMENTED)) throw new Error(`${file} has no lines to run`);
  const asks = /(curl -s \$API\/claims\/[^\n]*)\n$/;
  expect(lines).toMatch(asks);
  return lines
    .replace(DOCUMENTED, `API=${server.url}/v1`)
    .replace(
      asks,
      'for i in $(seq 100); do A=$($1); case $A in *pending*) sleep 0.2;; *) break;; esac; done; echo "$A"',
    )
    .replace('A=$($1)', `A=$(${asks.exec(lines)?.[1] ?? ''})`);
}

const bash = (script: string): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile('bash', ['-c', script], (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });

describe.each(['README.md', 'docs/guide/api.md'])('the lines of %s', (file) => {
  it('end with an issued claim, and do so again when they are repeated', async () => {
    const merchant = await server.api.registerMerchant();
    await server.api.liveVoucher(merchant.access_token, { total_stock: 10 });
    for (const run of [1, 2]) {
      const out = await bash(linesOf(file));
      expect({ run, out }).toEqual({
        run,
        out: expect.stringMatching(/"status":"issued".*"code":"[0-9A-Z-]{19}"/s),
      });
    }
  });
});
