import { addressBits, addressRange, isV4Bits } from '../../common/address.js';
import type { Block } from '../ports/block-list.js';

type Bucket = Map<string, Block>;

/**
 * Finds blocks by address or user. Ranges lie in one map for each length of prefix that occurs, so a look costs as many
 * steps as there are different lengths, however many ranges there are.
 */
export class SubjectIndex {
  private readonly byId = new Map<string, Block>();
  private readonly byUser = new Map<string, Bucket>();
  private readonly byPrefix = new Map<number, Map<bigint, Bucket>>();

  get size(): number {
    return this.byId.size;
  }

  blocks(): IterableIterator<Block> {
    return this.byId.values();
  }

  /** Takes the place of a block with the same id. What has a range that cannot be read is left out. */
  add(block: Block): void {
    this.remove(block.id);
    const { subject } = block;
    if (subject.kind === 'user') {
      bucketOf(this.byUser, subject.userId).set(block.id, block);
    } else {
      const range = addressRange(subject.range);
      if (!range) return;
      const ofLength = this.byPrefix.get(range.prefix) ?? new Map<bigint, Bucket>();
      this.byPrefix.set(range.prefix, ofLength);
      bucketOf(ofLength, range.head).set(block.id, block);
    }
    this.byId.set(block.id, block);
  }

  remove(id: string): void {
    const subject = this.byId.get(id)?.subject;
    if (!subject) return;
    this.byId.delete(id);
    if (subject.kind === 'user') return dropFrom(this.byUser, subject.userId, id);
    const range = addressRange(subject.range);
    const ofLength = range && this.byPrefix.get(range.prefix);
    if (!ofLength) return;
    dropFrom(ofLength, range.head, id);
    if (ofLength.size === 0) this.byPrefix.delete(range.prefix);
  }

  /** A block of the user that is in force at `now`. */
  ofUser(userId: string, now: number): Block | undefined {
    return inForce(this.byUser.get(userId), now);
  }

  /** A block of a range around the address that is in force at `now`. */
  ofAddress(address: string, now: number): Block | undefined {
    if (this.byPrefix.size === 0) return undefined;
    const bits = addressBits(address);
    if (bits === undefined) return undefined;
    const shortest = isV4Bits(bits) ? 96 : 0;
    for (const [prefix, ofLength] of this.byPrefix) {
      if (prefix < shortest) continue;
      const found = inForce(ofLength.get(bits >> BigInt(128 - prefix)), now);
      if (found) return found;
    }
    return undefined;
  }
}

function bucketOf<K>(buckets: Map<K, Bucket>, key: K): Bucket {
  const known = buckets.get(key);
  if (known) return known;
  const fresh: Bucket = new Map();
  buckets.set(key, fresh);
  return fresh;
}

function dropFrom<K>(buckets: Map<K, Bucket>, key: K, id: string): void {
  const bucket = buckets.get(key);
  bucket?.delete(id);
  if (bucket?.size === 0) buckets.delete(key);
}

function inForce(bucket: Bucket | undefined, now: number): Block | undefined {
  if (!bucket) return undefined;
  for (const block of bucket.values()) if (block.endsAt === null || block.endsAt > now) return block;
  return undefined;
}
