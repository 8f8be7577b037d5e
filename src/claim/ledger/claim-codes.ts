import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { ClaimIds } from '../../common/ids.js';
import { affectedRows, Database, inList } from '../../database/database.js';
import { codeCounts, spareCodes } from '../../voucher/index.js';
import { PatternCodes } from './pattern-codes.js';

const VOUCHERS_MAX = 5_000;

/** What of a claim decides its code. */
interface Coded {
  readonly id: string;
  readonly voucher_id: string;
  readonly sequence: number;
}

/** Which claims may be cancelled, as far as their codes are concerned. */
export interface Retirement {
  /** Asked of each claim under its lock, just before it is cancelled. */
  readonly allows: (claim: { readonly status: string }) => boolean;
  /** Once those that were allowed are cancelled, in the same transaction. */
  readonly write: () => Promise<void>;
}

/** Where a voucher's codes come from, where they are not made of the claims' ids. */
type Source = 'imported' | PatternCodes;

interface SourceRow {
  readonly id: string;
  readonly code_source: string;
  readonly code_pattern: string | null;
  readonly merchant_id: string;
}

const FREE: Retirement = { allows: () => true, write: () => Promise.resolve() };

/**
 * Where the codes of claims come from. Most vouchers have codes that are made of the claim's id, and pay nothing here. Of imported ones
 * (docs/adr/0085), a claim gets the next in the list, in the transaction that makes it issued: the row with the count is held until
 * that ends, so of two transactions one waits, and a transaction that fails gives its codes back. Those that are made by a pattern
 * (docs/adr/0094) are written in that transaction too.
 */
@Injectable()
export class ClaimCodes {
  /** `null` for codes that are made of ids. It is fixed when the voucher is published, so it never grows old. */
  private readonly known = new LRUCache<string, { readonly source: Source | null }>({ max: VOUCHERS_MAX });

  constructor(
    private readonly db: Database,
    private readonly ids: ClaimIds,
  ) {}

  /**
   * Gives codes to claims that become issued in this transaction.
   * @returns the code by claim; `undefined` where the codes do not suffice for all: then the transaction must not be committed
   */
  async give(
    tx: EntityManager,
    claims: readonly Coded[],
  ): Promise<((claimId: string) => string) | undefined> {
    const sources = await this.sources(
      tx,
      claims.map(({ voucher_id: id }) => id),
    );
    if (sources.length === 0) return (claimId) => this.ids.code(claimId);
    const given = new Map<string, string>();
    // In order of the id, so that two batches with the same vouchers cannot wait for each other.
    for (const { id: voucherId, source } of sources) {
      const those = claims
        .filter(({ voucher_id: id }) => id === voucherId)
        .toSorted((a, b) => a.sequence - b.sequence);
      const codes =
        source === 'imported'
          ? await this.next(tx, voucherId, those.length)
          : await source.give(
              tx,
              those.map(({ sequence }) => sequence),
            );
      if (!codes) return undefined;
      those.forEach(({ id }, at) => given.set(id, codes[at] ?? ''));
    }
    return (claimId) => given.get(claimId) ?? this.ids.code(claimId);
  }

  /** Codes of a voucher that no claim has; as many as one likes where they are made here. */
  async left(tx: EntityManager, voucherId: string): Promise<number> {
    if (!(await this.isImported(tx, voucherId))) return Infinity;
    const counts = await codeCounts(tx, voucherId, this.db.forUpdate);
    return counts ? counts.codes - counts.given : 0;
  }

  /**
   * For claims on a voucher that are about to be cancelled. Whoever held one has seen its code, so nobody else gets that: the unit that
   * comes back needs a spare one. A claim that is held has no code yet.
   */
  async retirement(tx: EntityManager, voucherId: string): Promise<Retirement> {
    if (!(await this.isImported(tx, voucherId))) return FREE;
    const spare = await spareCodes(this.db, tx, voucherId);
    let retired = 0;
    return {
      allows: ({ status }) => {
        if (status === 'held') return true;
        if (retired >= spare) return false;
        retired += 1;
        return true;
      },
      write: async () => {
        if (retired === 0) return;
        await tx.query('UPDATE code_lists SET retired = retired + ? WHERE voucher_id = ?', [
          retired,
          voucherId,
        ]);
      },
    };
  }

  private async next(
    tx: EntityManager,
    voucherId: string,
    count: number,
  ): Promise<readonly string[] | undefined> {
    const taken = await affectedRows(
      tx,
      'UPDATE code_lists SET given = given + ? WHERE voucher_id = ? AND given + ? <= codes',
      [count, voucherId, count],
    );
    if (taken !== 1) return undefined;
    const { given = 0 } = (await codeCounts(tx, voucherId)) ?? {};
    const rows: { code: string }[] = await tx.query(
      'SELECT code FROM voucher_codes WHERE voucher_id = ? AND number > ? AND number <= ? ORDER BY number',
      [voucherId, given - count, given],
    );
    if (rows.length !== count) throw new Error(`voucher ${voucherId} lacks codes of its list`);
    return rows.map(({ code }) => code);
  }

  private async isImported(tx: EntityManager, voucherId: string): Promise<boolean> {
    return (await this.sources(tx, [voucherId])).some(({ source }) => source === 'imported');
  }

  /** Those of the vouchers whose codes are not made of ids, in the order of theirs. Costs nothing for vouchers that were looked up before. */
  private async sources(
    tx: EntityManager,
    voucherIds: readonly string[],
  ): Promise<{ readonly id: string; readonly source: Source }[]> {
    const ids = new Set(voucherIds);
    const unknown = [...ids].filter((id) => !this.known.has(id));
    if (unknown.length > 0) {
      const rows: SourceRow[] = await tx.query(
        `SELECT id, code_source, code_pattern, merchant_id FROM vouchers WHERE id IN (${inList(unknown.length)})`,
        unknown,
      );
      for (const row of rows) this.known.set(row.id, { source: this.sourceOf(row) });
    }
    return [...ids].toSorted().flatMap((id) => {
      const source = this.known.get(id)?.source;
      return source ? [{ id, source }] : [];
    });
  }

  private sourceOf({ id, code_source: source, code_pattern: pattern, merchant_id: merchantId }: SourceRow) {
    if (pattern !== null) return new PatternCodes({ id, merchantId, pattern }, this.ids.codeKey(id));
    return source === 'imported' ? source : null;
  }
}
