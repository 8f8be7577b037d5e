import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { CompressionTypes } from 'kafkajs';
import { packClaims, type ClaimRecord } from '../../../src/claim/domain/claim-record.js';
import { eventsOf, packEvents } from '../../../src/claim/domain/event-pack.js';
import { ClaimIds, newId } from '../../../src/common/ids.js';
import { compressionOf, repairGzip } from '../../../src/kafka/compression.js';

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

const require = createRequire(import.meta.url);
const original = require('kafkajs/src/protocol/message/compression/gzip') as Codec;
const { lookupCodec } = require('kafkajs/src/protocol/message/compression') as {
  readonly lookupCodec: (type: CompressionTypes) => Codec;
};

const NOW = Date.UTC(2026, 10, 29);
const ids = new ClaimIds('secret of a test, long enough for it');
const voucherId = newId('vch', NOW);

function claims(count: number): [ClaimRecord, ...ClaimRecord[]] {
  const one = (n: number): ClaimRecord => {
    const userId = newId('usr', NOW - n * 86_413_007);
    return {
      v: 1,
      id: ids.id(voucherId, userId, 1),
      voucher_id: voucherId,
      user_id: userId,
      ordinal: 1,
      epoch: 3,
      sequence: 50_000 + n,
      at: NOW + n,
    };
  };
  return [one(0), ...Array.from({ length: count - 1 }, (_none, n) => one(n + 1))];
}

describe('records in Kafka', () => {
  repairGzip();
  const codec = lookupCodec(CompressionTypes.GZIP);

  it.each([1, 100, 2_000])('%i claims are read as they were written, also by what was before', async (n) => {
    const buffer = Buffer.from(packClaims(claims(n)));
    for (const [writer, reader] of [
      [codec, codec],
      [codec, original],
      [original, codec],
    ] as const)
      expect(await reader.decompress(await writer.compress({ buffer }))).toEqual(buffer);
  });

  it('a hundred claims and their events take at most 80 bytes each', async () => {
    const some = claims(100);
    const events = packEvents('claim.issued', some, NOW).flatMap((row) => eventsOf(row));
    expect(events).toHaveLength(100);
    let bytes = 0;
    for (const text of [packClaims(some), events.join('\n')]) {
      expect(compressionOf([{ value: text }])).toBe(CompressionTypes.GZIP);
      bytes += (await codec.compress({ buffer: Buffer.from(text) })).length;
    }
    expect(bytes / 100).toBeLessThan(80);
  });

  it('a claim alone is not compressed', () => {
    expect(compressionOf([{ value: packClaims(claims(1)) }])).toBe(CompressionTypes.None);
  });
});
