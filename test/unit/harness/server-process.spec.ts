import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess, type Command } from '../../harness/server-process.js';

/** A server that is a line of JavaScript. `seen` is there once its empty command line was looked at, `ready` once it answers. */
class LineServer extends ServerProcess {
  readonly name = 'line-server';

  constructor(
    dir: string,
    private readonly text: string,
  ) {
    super(dir);
  }

  protected async prepare(): Promise<void> {}

  protected command(): Command {
    return { program: process.execPath, args: ['-e', this.text, this.name] };
  }

  protected async answers(): Promise<boolean> {
    return existsSync(join(this.dir, 'ready'));
  }

  protected owns(commandLine: string): boolean {
    if (commandLine.trim() === '') writeFileSync(join(this.dir, 'seen'), '');
    return commandLine.includes(this.name);
  }
}

describe('the process of a server', () => {
  let dir: string;
  let server: LineServer | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'voucherconnect-process-'));
  });
  afterEach(async () => {
    await server?.stop('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  // Elsewhere the line is that of the start, whatever a process calls itself.
  if (process.platform === 'linux')
    it('has not ended while it has no command line', async () => {
      server = new LineServer(
        dir,
        `const fs = require('fs');
      process.title = ' ';
      setTimeout(() => process.exit(), 60_000);
      setInterval(() => {
        if (!fs.existsSync('seen')) return;
        process.title = 'line-server';
        fs.writeFileSync('ready', '');
      }, 5);`,
      );
      await server.start();
      await server.waitReady();
      expect(existsSync(join(dir, 'seen'))).toBe(true);
      expect(server.pid).toBeDefined();
    });

  it('has ended where it ends before it answers', async () => {
    server = new LineServer(dir, `console.log('no error but the last word'); process.exit(3);`);
    await server.start();
    await expect(server.waitReady()).rejects.toThrow(/line-server ended while starting.*the last word/);
  });
});
