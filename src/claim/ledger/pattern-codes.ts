import type { EntityManager } from 'typeorm';
import { foldImportedCode } from '../../common/imported-code.js';
import { NumberPermutation } from '../../common/number-permutation.js';
import { inList, placeholders } from '../../database/database.js';
import { codeOfNumber, codesOf } from '../../voucher/index.js';

/** Rows of one statement. */
const ROWS = 1_000;
/** Of the column. */
const NUMBER_MAX = 2_147_483_647;

/** A voucher whose codes are made by a pattern. */
export interface PatternVoucher {
  readonly id: string;
  readonly merchantId: string;
  readonly pattern: string;
}

interface Made {
  readonly number: number;
  readonly code: string;
  readonly folded: string;
}

/**
 * The codes of one voucher that are made by its pattern (docs/adr/0094). A claim's number is its place in the line, and the code of a number
 * is the same whenever it is made. A number, or a code of it, that another claim of the merchant has, is passed over: such a claim takes a
 * spare number, of those that are counted from the other end, -1, -2 and so on.
 */
export class PatternCodes {
  private readonly codes: bigint;
  /** The other half is for spare numbers. */
  private readonly numberMax: number;
  private readonly permutation: NumberPermutation;

  /** @param key of the voucher, 32 bytes */
  constructor(
    private readonly voucher: PatternVoucher,
    key: Buffer,
  ) {
    this.codes = codesOf(voucher.pattern);
    this.numberMax = Math.min(NUMBER_MAX, Number(this.codes / 2n));
    this.permutation = new NumberPermutation(key, this.codes);
  }

  /**
   * Writes a code for each place in the line.
   * @param sequences from 1
   * @returns the codes, in their order
   * @throws the driver's error, where another transaction took one of the codes at the same time
   */
  async give(tx: EntityManager, sequences: readonly number[]): Promise<readonly string[]> {
    const given: Made[] = [];
    const taken = new Set<string>();
    let lowest: number | undefined;
    let asked = sequences.map((sequence, at) => ({
      at,
      made: this.make(Math.min(sequence, this.numberMax)),
    }));
    while (asked.length > 0) {
      for (const folded of await this.takenAmong(tx, asked)) taken.add(folded);
      const again: typeof asked = [];
      for (const { at, made } of asked) {
        if (!taken.has(made.folded)) {
          taken.add(made.folded);
          given[at] = made;
          continue;
        }
        lowest = (lowest ?? (await this.lowest(tx))) - 1;
        again.push({ at, made: this.make(lowest) });
      }
      asked = again;
    }
    await this.insert(tx, given);
    return given.map(({ code }) => code);
  }

  private make(number: number): Made {
    const place = BigInt(number);
    const code = codeOfNumber(
      this.voucher.pattern,
      this.permutation.at(place < 0n ? this.codes + place : place),
    );
    return { number, code, folded: foldImportedCode(code) ?? code };
  }

  private async takenAmong(tx: EntityManager, asked: readonly { readonly made: Made }[]): Promise<string[]> {
    const rows: { folded: string }[] = await tx.query(
      `SELECT folded FROM voucher_codes WHERE merchant_id = ? AND folded IN (${inList(asked.length)})`,
      [this.voucher.merchantId, ...asked.map(({ made }) => made.folded)],
    );
    return rows.map(({ folded }) => folded);
  }

  /** The last spare number that was taken, 0 where none was. */
  private async lowest(tx: EntityManager): Promise<number> {
    const [row]: { lowest: number | null }[] = await tx.query(
      'SELECT MIN(number) AS lowest FROM voucher_codes WHERE voucher_id = ?',
      [this.voucher.id],
    );
    return Math.min(0, row?.lowest ?? 0);
  }

  private async insert(tx: EntityManager, given: readonly Made[]): Promise<void> {
    const { id, merchantId } = this.voucher;
    for (let from = 0; from < given.length; from += ROWS) {
      const chunk = given.slice(from, from + ROWS);
      await tx.query(
        `INSERT INTO voucher_codes (voucher_id, number, merchant_id, code, folded) VALUES ${placeholders(chunk.length, 5)}`,
        chunk.flatMap(({ number, code, folded }) => [id, number, merchantId, code, folded]),
      );
    }
  }
}
