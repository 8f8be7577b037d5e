import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../../src/common/clock.js';
import { UnfitServerError } from '../../../src/common/unfit-server.js';
import type { Database } from '../../../src/database/database.js';
import { EXAMPLE_REPORT, instanceSchema, type InstanceReport } from '../../../src/instances/instances.js';
import { EmbeddedInstanceRegister } from '../../../src/instances/instances.embedded.js';
import { SingleWriter } from '../../../src/instances/single-writer.js';

/** Waiting takes none of the test's time. */
class QuickClock extends SystemClock {
  ms = 0;
  slept = (): void => undefined;
  override monotonic(): number {
    return this.ms;
  }
  override async sleep(ms: number): Promise<void> {
    this.ms += ms;
    this.slept();
  }
}

const clock = new QuickClock();
const database = (node: string | null, isGalera = true): Database =>
  ({
    isGalera,
    read: {
      query: async () => [
        { Variable_name: 'wsrep_cluster_size', Value: node === null ? '0' : '2' },
        { Variable_name: 'wsrep_gcomm_uuid', Value: node ?? '' },
      ],
    },
  }) as unknown as Database;
const at = (node: string | null): InstanceReport =>
  instanceSchema.parse({ ...EXAMPLE_REPORT, database_node: node });
async function registerOf(report: InstanceReport, ttlMs = 1e9): Promise<EmbeddedInstanceRegister> {
  const register = new EmbeddedInstanceRegister(clock);
  await register.put(report, ttlMs);
  return register;
}

describe('the node of a Galera cluster that is written to', () => {
  it('is the same for all instances', async () => {
    const writer = new SingleWriter(database('node-a'), await registerOf(at('node-a')), clock);
    await expect(writer.onModuleInit()).resolves.toBeUndefined();
  });

  it('is another one than that of an instance that lives: the start is refused, with its name', async () => {
    const writer = new SingleWriter(database('node-b'), await registerOf(at('node-a')), clock);
    const refused = writer.onModuleInit();
    await expect(refused).rejects.toThrow(UnfitServerError);
    await expect(refused).rejects.toThrow(EXAMPLE_REPORT.id);
  });

  it('is another one than that of an instance that is gone: waited for', async () => {
    const writer = new SingleWriter(database('node-b'), await registerOf(at('node-a'), 8_000), clock);
    await expect(writer.onModuleInit()).resolves.toBeUndefined();
  });

  it('is another one than that of an instance whose address moves meanwhile: waited for', async () => {
    const register = await registerOf(at('node-a'));
    clock.slept = () => void register.put(at('node-b'), 1e9);
    await expect(
      new SingleWriter(database('node-b'), register, clock).onModuleInit(),
    ).resolves.toBeUndefined();
    clock.slept = () => undefined;
  });

  it('is of no matter without a cluster, and to reports of versions that tell none', async () => {
    const { database_node: _none, ...older } = at(null);
    const register = await registerOf(instanceSchema.parse(older));
    for (const node of [null, 'node-a'])
      await expect(new SingleWriter(database(node), register, clock).onModuleInit()).resolves.toBeUndefined();
    const inFile = new SingleWriter(database('node-a', false), await registerOf(at('node-b')), clock);
    await expect(inFile.onModuleInit()).resolves.toBeUndefined();
  });
});
