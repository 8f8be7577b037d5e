import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import { TEST_ENV } from '../support/app.js';

/** Takes connections and never says a word. */
let silent: Server;
const sockets = new Set<Socket>();

beforeAll(async () => {
  silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

function run(
  tool: string,
  args: readonly string[],
  databaseUrl: string,
): Promise<{ status: unknown; out: string }> {
  const env = {
    ...TEST_ENV,
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: databaseUrl,
    REDIS_URL: 'redis://127.0.0.1:1/0',
    KAFKA_BROKERS: '127.0.0.1:1',
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, 'dist/src', tool), ...args],
      { cwd: tmpdir(), env },
      (error, stdout, stderr) => resolve({ status: error ? error.code : 0, out: stdout + stderr }),
    );
  });
}

describe.each([
  ['cli/migrate.js', 1, []],
  ['cli/audit.js', 2, []],
  ['cli/replay.js', 2, ['--all']],
  ['cli/outbox.js', 2, ['--voucher', 'vch_0123456789abcdef']],
  ['cli/claims.js', 2, ['--voucher', 'vch_0123456789abcdef']],
  ['cli/seed/main.js', 1, []],
  ['main.js', 1, []],
] as const)('%s', (tool, status, args) => {
  it('ends with one line and a status where the database refuses connections', async () => {
    const ended = await run(tool, args, 'mariadb://u:a-secret@127.0.0.1:1/vc');
    expect(ended).toMatchObject({ status, out: expect.stringMatching(/(cannot be reached|migrate): /) });
    expect(ended.out).not.toContain('a-secret');
  });

  it('ends where something else listens there, and never answers', async () => {
    const { port } = silent.address() as AddressInfo;
    const ended = await run(tool, args, `mariadb://u:p@127.0.0.1:${port}/vc`);
    expect(ended).toMatchObject({ status, out: expect.not.stringMatching(/^$/) });
  });
});
