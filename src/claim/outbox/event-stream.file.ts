import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EventStream, type EventPack } from './event-stream.js';

/** One older file is kept beside the current one. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Events of embedded mode as JSON lines: `tail -f data/events.ndjson`. */
export class FileEventStream extends EventStream {
  constructor(private readonly path: string) {
    super();
  }

  async send(packs: readonly EventPack[]): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(this.path, 'a');
    try {
      await file.write(packs.map(({ payload }) => `${payload}\n`).join(''));
      await file.datasync();
      const { size } = await file.stat();
      if (size > MAX_BYTES) await rename(this.path, `${this.path}.1`);
    } finally {
      await file.close();
    }
  }
}
