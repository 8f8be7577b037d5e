import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Stack } from '../harness/stack.js';
import { crowdAt, eventually, openDrop, settle } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem, required } from '../support/stack-env.js';

const LOSSES = 3;

describe('a broker that is lost again and again', () => {
  let env: Record<string, string>;
  let stack: Stack;
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-warnings-'));
  const warnings = join(dir, 'warnings.txt');

  beforeAll(async () => {
    env = await freshSystem('broker_loss', 2);
    stack = new Stack(required('STACK_DIR'));
  });
  afterAll(async () => {
    stack.kafka.signal('SIGCONT');
    await stack.up(); // whatever a failed test left down
    rmSync(dir, { recursive: true, force: true });
  });

  it('makes the process warn of nothing, and no claim is lost', async () => {
    const instance = await Instance.start({ ...env, NODE_OPTIONS: `--redirect-warnings=${warnings}` });
    const drop = await openDrop(instance.url, 50_000);
    const crowd = crowdAt(() => instance.url, drop, 50_000, 8);
    const goesOn = async (): Promise<void> => {
      const before = crowd.won.length;
      await eventually('claims go on', async () => crowd.won.length > before + 50);
    };
    await goesOn();
    for (let loss = 0; loss < LOSSES; loss++) {
      // First it hangs, so that requests are under way on lines that still stand; then it is gone, and comes back.
      stack.kafka.signal('SIGSTOP');
      await goesOn();
      await delay(4_000);
      await stack.kafka.stop('SIGKILL');
      await goesOn();
      await stack.kafka.start();
      await stack.kafka.waitReady();
      await goesOn();
    }
    await crowd.stop();
    const statuses = await settle(instance.url, crowd.won);
    expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
    await instance.kill('SIGTERM');
    expect(existsSync(warnings) ? readFileSync(warnings, 'utf8') : '').toBe('');
  });
});
