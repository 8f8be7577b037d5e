import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { EventPack } from '../../../../src/claim/outbox/event-stream.js';
import { FileEventStream } from '../../../../src/claim/outbox/event-stream.file.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voucherconnect-events-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const pack = (...ids: string[]): EventPack =>
  ({ payload: ids.map((id) => JSON.stringify({ id })).join('\n') }) as EventPack;

it('an event is a line, also behind one that a crash has cut off', async () => {
  const path = join(folder, 'new', 'events.ndjson');
  await new FileEventStream(path).send([pack('evt_1', 'evt_2'), pack('evt_3')]);
  await appendFile(path, '{"id":"ev');
  const again = new FileEventStream(path);
  await again.send([pack('evt_4')]);
  await again.send([pack('evt_5')]);
  const lines = (await readFile(path, 'utf8')).split('\n');
  expect(lines).toEqual([
    ...[1, 2, 3].map((n) => `{"id":"evt_${n}"}`),
    '{"id":"ev',
    ...[4, 5].map((n) => `{"id":"evt_${n}"}`),
    '',
  ]);
});
