import { HmacSha256 } from './hmac.js';

/** NIST SP 800-38G takes ten for numbers of any size. */
const ROUNDS = 10;

/**
 * The numbers from 0 to `size - 1` in an order that only the key knows: each comes once, and those that were seen say nothing about the
 * others. A Feistel network over pairs of numbers, and numbers beyond the size are put through it again: "generalized-Feistel cipher" of
 * J. Black and P. Rogaway, Ciphers with Arbitrary Finite Domains (CT-RSA 2002), with HMAC-SHA-256 as its rounds.
 */
export class NumberPermutation {
  private readonly hmac: HmacSha256;
  /** The halves: at least the square root, and as many as cover the size. */
  private readonly a: bigint;
  private readonly b: bigint;

  /** @param size 1 and above; below a million, trying all of them is too easy */
  constructor(
    key: Buffer,
    private readonly size: bigint,
  ) {
    this.hmac = new HmacSha256(key);
    this.a = rootOf(size);
    this.b = (size + this.a - 1n) / this.a;
  }

  /**
   * The number at a place.
   * @throws RangeError unless 0 <= place < size
   */
  at(place: bigint): bigint {
    if (place < 0n || place >= this.size) throw new RangeError('no place of the permutation');
    let number = place;
    do number = this.once(number);
    while (number >= this.size);
    return number;
  }

  /** Of the numbers below `a * b`. */
  private once(number: bigint): bigint {
    let [left, right] = [number % this.a, number / this.a];
    for (let round = 0; round < ROUNDS; round++) {
      const modulus = round % 2 === 0 ? this.a : this.b;
      [left, right] = [right, (left + this.drawn(round, right)) % modulus];
    }
    return this.a * right + left;
  }

  /** 256 bits: what is left over by the modulus does not count. */
  private drawn(round: number, half: bigint): bigint {
    return BigInt(`0x${this.hmac.digest(`${round}/${half}`).toString('hex')}`);
  }
}

/** The smallest number whose square is not below `square`. */
function rootOf(square: bigint): bigint {
  let [low, high] = [1n, 1n];
  while (high * high < square) high *= 2n;
  while (low < high) {
    const middle = (low + high) / 2n;
    if (middle * middle < square) low = middle + 1n;
    else high = middle;
  }
  return low;
}
