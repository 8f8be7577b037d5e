import { codeAt } from './code-at.js';

/**
 * A set that may answer "yes" wrongly and never "no" wrongly (Bloom, "Space/time trade-offs in hash coding with allowable
 * errors", CACM 13(7), 1970). For n entries and a rate p of wrong answers it takes m = -n ln p / (ln 2)^2 bits and
 * k = (m / n) ln 2 probes. The probes are h1 + i h2 (Kirsch and Mitzenmacher, "Less hashing, same performance", 2006).
 */
export class BloomFilter {
  private constructor(
    /** Number of probes, k. */
    readonly probes: number,
    /** m bits; may be stored and given to `from` again. */
    readonly bits: Uint8Array,
  ) {}

  /**
   * @param entries expected, at least 1; with more of them the rate of wrong answers grows
   * @param wrongRate between 0 and 1, for example 0.01
   */
  static sized(entries: number, wrongRate: number): BloomFilter {
    const bitCount = Math.ceil((-Math.max(1, entries) * Math.log(wrongRate)) / Math.LN2 ** 2);
    const probes = Math.max(1, Math.round((bitCount / Math.max(1, entries)) * Math.LN2));
    return new BloomFilter(probes, new Uint8Array(Math.ceil(bitCount / 8)));
  }

  static from(probes: number, bits: Uint8Array): BloomFilter {
    return new BloomFilter(probes, bits);
  }

  add(entry: string): void {
    const size = this.bits.length * 8;
    const first = hash(entry, 0x811c9dc5);
    const step = hash(entry, 0x9747b28c) | 1;
    for (let i = 0; i < this.probes; i += 1) {
      const bit = ((first + Math.imul(i, step)) >>> 0) % size;
      this.bits[bit >>> 3] = (this.bits[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  /** `false`: certainly never added. */
  has(entry: string): boolean {
    const size = this.bits.length * 8;
    const first = hash(entry, 0x811c9dc5);
    const step = hash(entry, 0x9747b28c) | 1;
    for (let i = 0; i < this.probes; i += 1) {
      const bit = ((first + Math.imul(i, step)) >>> 0) % size;
      if (((this.bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

/** FNV-1a over UTF-16 units, finished with the mixer of MurmurHash3, so that every input bit reaches every output bit. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ codeAt(text, i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
