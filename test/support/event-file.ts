import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from './api.js';

/** Events that embedded mode has written so far. What stands behind the last line end is still being written. */
export async function eventsIn(dataDir: string): Promise<Json[]> {
  const text = await readFile(join(dataDir, 'events.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): Json => JSON.parse(line));
}
