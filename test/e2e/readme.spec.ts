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

/** What stands between `###` lines, as the REST Client of VS Code reads it. */
function requestsOf(
  file: string,
): { name: string | undefined; title: string; lines: string[]; body: string }[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...rest] = part.trimEnd().split('\n');
      const name = /^# @name (\w+)$/m.exec(part)?.[1];
      const request = rest.filter((line) => !line.startsWith('#'));
      const blank = request.indexOf('');
      const [lines, body] = blank < 0 ? [request, []] : [request.slice(0, blank), request.slice(blank + 1)];
      return { name, title, lines, body: body.join('\n') };
    });
}

describe('docs/requests.http', () => {
  it('is answered as its titles say, one request after the other', async () => {
    const file = 'docs/requests.http';
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain('@host = http://127.0.0.1:3000/v1\n');
    const answers = new Map<string, unknown>();
    const filled = (text: string): string =>
      text.replace(/\{\{(\w+)(?:\.response\.body\.\$\.([\w.]+))?\}\}/g, (_, name: string, path?: string) => {
        if (path === undefined) return name === 'host' ? '/v1' : '';
        const found = path.split('.').reduce((value: any, member) => value?.[member], answers.get(name));
        if (typeof found !== 'string') throw new Error(`no answer to ${name} has ${path}`);
        return found;
      });
    const seen: string[] = [];
    for (const { name, title, lines, body } of requestsOf(file)) {
      const [first = '', ...fields] = lines.map(filled);
      const [method = '', path = ''] = first.split(' ');
      const headers = Object.fromEntries(
        fields.map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 2),
        ]),
      );
      const answer = await server.api.call(method, path, {
        headers,
        ...(body === '' ? {} : { raw: filled(body) }),
      });
      if (name !== undefined) answers.set(name, answer.body);
      seen.push(`${title.split(/[;:,]/)[0]}: ${answer.status}`);
    }
    expect(seen).toEqual([
      'A merchant registers: 201',
      'A draft of a voucher: 201',
      'It is published: 200',
      'A shopper registers: 201',
      'What is left: 200',
      'A claim: 202',
      'Its status: 200',
      'The merchant’s summary: 200',
    ]);
  });
});
