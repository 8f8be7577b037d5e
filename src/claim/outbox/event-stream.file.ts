import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EventStream, type EventPack } from './event-stream.js';

/** One older file is kept beside the current one. */
const MAX_BYTES = 256 * 1024 * 1024;

const LINE_END = '\n'.charCodeAt(0);

/**
 * Events of embedded mode as JSON lines: `tail -f data/events.ndjson`. A crash, or a full disk, may cut a line off; its event is sent again
 * on a line of its own.
 */
export class FileEventStream extends EventStream {
  constructor(private readonly path: string) {
    super();
  }

  async send(packs: readonly EventPack[]): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(this.path, 'a+');
    try {
      const { size } = await file.stat();
      const lines = packs.map(({ payload }) => `${payload}\n`).join('');
      const text = (await isCutOff(file, size)) ? `\n${lines}` : lines;
      await file.appendFile(text);
      await file.datasync();
      if (size + Buffer.byteLength(text) > MAX_BYTES) await rename(this.path, `${this.path}.1`);
    } finally {
      await file.close();
    }
  }
}

/** Whether a file of so many bytes ends in the middle of a line. */
async function isCutOff(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== LINE_END;
}
