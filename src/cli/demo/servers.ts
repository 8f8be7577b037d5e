import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../common/root.js';
import { PlainError } from '../plain-error.js';

/** MariaDB, Redis and Kafka of one folder; see `Stack` in test/harness/stack.ts. */
export interface DemoServers {
  readonly dir: string;
  up(): Promise<unknown>;
  down(signal: NodeJS.Signals): Promise<unknown>;
  env(): Record<string, string>;
}

const HARNESS = join(ROOT, 'dist/test/harness/stack.js');

/**
 * The servers come from the harness of the tests, which only a checkout has: it is not in the image.
 * @throws PlainError where there is no harness
 */
export async function demoServers(dir: string): Promise<DemoServers> {
  if (!existsSync(HARNESS))
    throw new PlainError('--stack needs a checkout of the repository, built by `npm run build`');
  const { Stack } = (await import(pathToFileURL(HARNESS).href)) as {
    Stack: new (dir: string) => DemoServers;
  };
  return new Stack(dir);
}
