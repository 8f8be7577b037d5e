import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { CompressionTypes } from 'kafkajs';

const { CompressionCodecs, CompressionTypes: Types } = kafkajs; // not among the names that Node finds in the module

const inPool = { gzip: promisify(gzip), gunzip: promisify(gunzip) };

/** A claim alone takes as many bytes either way. */
const WORTH_COMPRESSING_BYTES = 1_000;
/**
 * Up to here on the spot, which takes half a millisecond at most. In the pool of threads the log of a claim, for which its user waits,
 * would stand behind the digests of passwords.
 */
const ON_THE_SPOT_BYTES = 65_536;
/** The levels above it take up to four times as long for 5% less. */
const LEVEL = 1;

/** As the kafkajs that was before it, but for where the work is done: what either writes the other reads. */
const codec = {
  compress: async ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> =>
    buffer.length > ON_THE_SPOT_BYTES
      ? inPool.gzip(buffer, { level: LEVEL })
      : gzipSync(buffer, { level: LEVEL }),
  decompress: async (buffer: Buffer): Promise<Buffer> =>
    buffer.length > ON_THE_SPOT_BYTES / 4 ? inPool.gunzip(buffer) : gunzipSync(buffer),
};

/** Has every client of this process compress and read gzip so. */
export function repairGzip(): void {
  CompressionCodecs[Types.GZIP] = () => codec;
}

/**
 * How records that are sent together travel. gzip, which kafkajs and every other client of Kafka reads without an addition: a claim and
 * its event take 67 bytes in place of 403 (docs/adr/0097).
 */
export function compressionOf(messages: readonly { readonly value: string }[]): CompressionTypes {
  const bytes = messages.reduce((sum, { value }) => sum + value.length, 0);
  return bytes < WORTH_COMPRESSING_BYTES ? Types.None : Types.GZIP;
}
