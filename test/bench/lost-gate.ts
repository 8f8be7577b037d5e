import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '../../src/cli/demo/client.js';
import { PlainError } from '../harness/programs.js';
import type { BenchInstallation } from './bench-installation.js';

const POLL_MS = 25;
const CLOSED_MOST_MS = 1_800_000;

/**
 * Takes the gate's keys away, and waits until a claim on the voucher is accepted and issued.
 * @param tokens of users without a claim
 * @throws PlainError where the gate stays closed for half an hour
 */
export async function loseGate(
  system: BenchInstallation,
  voucherId: string,
  tokens: readonly string[],
): Promise<void> {
  for (const match of ['vc:gate*', 'vc:{*'])
    for await (const keys of system.redis.scanStream({ match, count: 1_000 }) as AsyncIterable<string[]>)
      if (keys.length > 0) await system.redis.unlink(...keys);
  const client = new Client(system.app.port, 1);
  try {
    const began = performance.now();
    for (let n = 0; ; n++) {
      const token = tokens[n % tokens.length] ?? '';
      const headers = { authorization: `Bearer ${token}` };
      const { status } = await client.send('POST', `/v1/vouchers/${voucherId}/claims`, headers);
      if (status === 202) break;
      if (performance.now() - began > CLOSED_MOST_MS)
        throw new PlainError(`the gate stayed closed for ${CLOSED_MOST_MS / 60_000} minutes`);
      await delay(POLL_MS);
    }
  } finally {
    client.close();
  }
  await system.awaitIssued(voucherId, (await system.issued(voucherId)) + 1, 1_000);
}
