import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../../auth/index.js';
import { Clock } from '../../common/clock.js';
import { foldImportedCode } from '../../common/imported-code.js';
import { invalidField, Problem } from '../../common/problems.js';
import { Database, inList, isDuplicateKey, placeholders } from '../../database/database.js';
import { effectiveStatus, isRunning } from '../domain/lifecycle.js';
import { MAX_STOCK } from '../domain/terms.js';
import { unitsToCome } from '../domain/waves.js';
import { againWhereRaced } from '../raced.js';
import { VoucherAudit } from '../voucher-audit.js';
import type { CodeSource, Voucher } from '../voucher.entity.js';
import { VoucherRepository } from '../voucher.repository.js';
import { wrongCodes } from './code-file.js';
import { codeCounts, removeCodes, usableCodes, type CodeCounts } from './code-rows.js';
import type { CodeTable } from './code-table.js';

export interface VoucherCodes {
  readonly voucherId: string;
  readonly source: CodeSource;
  /** `undefined` where the codes are made here. */
  readonly counts: CodeCounts | undefined;
}

/** A file of a million takes some 190 MB while it is read, garbage included. */
const IMPORTS_AT_ONCE = 2;
/** Rows of one statement. */
const ROWS = 1_000;

/** Codes that a merchant brings along for the claims on a voucher (docs/adr/0085). Another merchant's voucher is not there. */
@Injectable()
export class CodeLists {
  private readonly logger = new Logger('Voucher');
  private importing = 0;

  constructor(
    private readonly store: VoucherRepository,
    private readonly audit: VoucherAudit,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found */
  async find(actor: MerchantActor, voucherId: string): Promise<VoucherCodes> {
    const { codeSource: source } = await this.store.own(actor.merchantId, voucherId);
    return { voucherId, source, counts: await codeCounts(this.database.read, voucherId) };
  }

  /**
   * A voucher with imported codes has one for each of its units, those of waves to come among them.
   * @throws Problem validation_failed
   */
  async requireEnough(voucher: Voucher): Promise<void> {
    if (voucher.codeSource !== 'imported') return;
    const usable = usableCodes(await codeCounts(this.database.read, voucher.id));
    const units = voucher.totalStock + unitsToCome(voucher.waves);
    if (units <= usable) return;
    const detail = `${units} units with those to come, and codes for ${usable}`;
    throw invalidField('/total_stock', 'too_few_codes', detail);
  }

  /**
   * Adds the codes of a file behind those that are there: all of them, or none.
   * @param read reads the file once it is this one's turn
   * @throws Problem not_found, not_editable, validation_failed that names lines, overloaded while others are read
   */
  async add(actor: MerchantActor, voucherId: string, read: () => Promise<CodeTable>): Promise<VoucherCodes> {
    this.requireOpen(await this.store.own(actor.merchantId, voucherId));
    if (this.importing >= IMPORTS_AT_ONCE)
      throw new Problem('overloaded', { detail: 'Other files of codes are being read', retryAfterS: 10 });
    this.importing += 1;
    try {
      const table = await read();
      await this.write(actor, voucherId, table);
    } finally {
      this.importing -= 1;
    }
    return this.find(actor, voucherId);
  }

  /**
   * The codes or the pattern of a draft are forgotten; codes are made here again.
   * @throws Problem not_found, not_editable, overloaded
   */
  async remove(actor: MerchantActor, voucherId: string): Promise<VoucherCodes> {
    const voucher = await this.store.own(actor.merchantId, voucherId);
    if (voucher.codeSource !== 'generated' || voucher.status !== 'draft')
      await this.change(actor, voucherId, 'generated', {}, (tx) => removeCodes(tx, voucherId));
    return { voucherId, source: 'generated', counts: undefined };
  }

  private async write(actor: MerchantActor, voucherId: string, table: CodeTable): Promise<void> {
    const { merchantId } = actor;
    try {
      await this.change(actor, voucherId, 'imported', { codes: table.codes.length }, async (tx) => {
        const { codes: before = 0 } = (await codeCounts(tx, voucherId, this.database.forUpdate)) ?? {};
        const after = before + table.codes.length;
        if (after > MAX_STOCK) throw tooMany(MAX_STOCK - before);
        await insertCodes(tx, table.codes, { voucherId, merchantId, from: before + 1 });
        const values = [after, this.clock.now(), voucherId];
        await tx.query(
          before === 0
            ? 'INSERT INTO code_lists (codes, updated_at, voucher_id) VALUES (?, ?, ?)'
            : 'UPDATE code_lists SET codes = ?, updated_at = ? WHERE voucher_id = ?',
          values,
        );
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      await this.refuseKnown(merchantId, table);
      throw error;
    }
  }

  /** @throws Problem validation_failed that names the lines whose codes the merchant has brought along before */
  private async refuseKnown(merchantId: string, { codes, lines }: CodeTable): Promise<void> {
    const faults = wrongCodes();
    for (let from = 0; from < codes.length; from += ROWS) {
      const asked = new Map(
        codes.slice(from, from + ROWS).map((code, at) => [foldImportedCode(code) ?? code, lines[from + at]]),
      );
      const rows: { folded: string; voucher_id: string }[] = await this.database.read.query(
        `SELECT folded, voucher_id FROM voucher_codes WHERE merchant_id = ? AND folded IN (${inList(asked.size)})`,
        [merchantId, ...asked.keys()],
      );
      const found = rows
        .map(({ folded, voucher_id: voucher }) => ({ line: asked.get(folded) ?? 0, voucher }))
        .sort((a, b) => a.line - b.line);
      for (const { line, voucher } of found) {
        const detail = `line ${line} is a code of voucher ${voucher} already`;
        faults.add({ pointer: `/${line}`, code: 'known', detail });
      }
    }
    faults.refuse();
  }

  private async change(
    actor: MerchantActor,
    voucherId: string,
    codeSource: CodeSource,
    details: Readonly<Record<string, unknown>>,
    write: (tx: EntityManager) => Promise<void>,
  ): Promise<void> {
    const audited = this.audit.by(actor, 'codes_changed', voucherId, { code_source: codeSource, ...details });
    await againWhereRaced(async () => {
      const voucher = await this.store.own(actor.merchantId, voucherId);
      if (codeSource === 'imported') this.requireOpen(voucher);
      else if (voucher.status !== 'draft') throw this.fixed(voucher);
      return this.store.change(voucher, { codeSource, codePattern: null }, async (tx) => {
        await write(tx);
        await audited(tx);
      });
    });
    this.logger.log({ voucherId, userId: actor.userId, codeSource, ...details }, 'codes changed');
  }

  /** Where the codes come from is part of what was published; more of them may come until the voucher is over. */
  private requireOpen(voucher: Voucher): void {
    const status = effectiveStatus(voucher, this.clock.now());
    if (status === 'draft' || (isRunning(status) && voucher.codeSource === 'imported')) return;
    throw this.fixed(voucher);
  }

  private fixed(voucher: Voucher): Problem {
    const status = effectiveStatus(voucher, this.clock.now());
    return new Problem('not_editable', {
      detail: isRunning(status)
        ? `The voucher is ${status}: where its codes come from is fixed; only more can be added to imported ones`
        : `The voucher is ${status}: nobody claims it any more`,
      extensions: { voucher_status: status },
    });
  }
}

async function insertCodes(
  tx: EntityManager,
  codes: readonly string[],
  {
    voucherId,
    merchantId,
    from: first,
  }: { readonly voucherId: string; readonly merchantId: string; readonly from: number },
): Promise<void> {
  for (let from = 0; from < codes.length; from += ROWS) {
    const chunk = codes.slice(from, from + ROWS);
    await tx.query(
      `INSERT INTO voucher_codes (voucher_id, number, merchant_id, code, folded) VALUES ${placeholders(chunk.length, 5)}`,
      chunk.flatMap((code, at) => [
        voucherId,
        first + from + at,
        merchantId,
        code,
        foldImportedCode(code) ?? code,
      ]),
    );
  }
}

const tooMany = (most: number): Problem =>
  invalidField('', 'too_many', `may have ${Math.max(0, most)} codes more`);
