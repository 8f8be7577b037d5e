import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { MerchantActor } from '../auth/index.js';
import { isUnreachable } from '../database/database.js';
import { invalidField, Problem } from '../common/problems.js';
import { VoucherAudit, type Also } from './voucher-audit.js';
import { VoucherGate } from './ports/voucher-gate.js';
import type { StockEntry } from './stock-entry.entity.js';
import { StockLedger, type StockOrder } from './stock-ledger.js';
import type { StockAdjustmentBody } from './stock-adjustment.dto.js';
import { VoucherRepository } from './voucher.repository.js';
import { VoucherViews } from './voucher-views.js';
import type { VoucherView } from './voucher.view.js';

type Verdict = 'applied' | 'refused';

/** Others adjust the same voucher, or the gate is rebuilt meanwhile; more often than this it is no race. */
const MAX_ATTEMPTS = 5;
const PENDING_PAGE = 100;

/**
 * Stock that is added to or taken from a voucher while it runs, in three steps: recorded in the stock ledger, judged by the gate
 * together with the claims, settled in the ledger. Each step can be repeated, so whoever finds a pending entry finishes it: the
 * request itself, the next one, or the job (docs/adr/0019).
 */
@Injectable()
export class StockAdjustments {
  private readonly logger = new Logger('Stock');
  /** Not finished last time; logged once. */
  private readonly failing = new Set<string>();

  constructor(
    private readonly store: VoucherRepository,
    private readonly ledger: StockLedger,
    private readonly gate: VoucherGate,
    private readonly views: VoucherViews,
    private readonly audit: VoucherAudit,
  ) {}

  /**
   * Answered once the ledger says what became of it.
   * @param idempotencyKey a repeated request with it gets the outcome of the first, also where the first was not answered
   * @throws Problem not_found, invalid_transition, stock_below_committed, validation_failed, idempotency_key_reused; of the gate,
   *   where it says whether the adjustment is recorded
   */
  async adjust(
    actor: MerchantActor,
    voucherId: string,
    { delta, reason }: StockAdjustmentBody,
    idempotencyKey: string | undefined,
  ): Promise<VoucherView> {
    await this.store.own(actor.merchantId, voucherId);
    const idempotency =
      idempotencyKey === undefined
        ? undefined
        : createHash('sha256').update(`${actor.userId}|${voucherId}|${idempotencyKey}`).digest('hex');
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const order = { voucherId, delta, reason, actor: actor.userId, idempotency };
      const also = this.audit.by(actor, 'stock_adjusted', voucherId, { delta, reason });
      const outcome = await this.ledger.record(order, also);
      switch (outcome.kind) {
        case 'busy':
          await this.finish(outcome.entry);
          continue;
        case 'key-reused':
          throw new Problem('idempotency_key_reused');
        case 'wrong-state':
          throw new Problem('invalid_transition', {
            detail: `The voucher is ${outcome.status}: stock is adjusted while it is scheduled, live or paused`,
            extensions: { voucher_status: outcome.status },
          });
        case 'too-many':
          throw invalidField('/delta', 'too_many', `at most ${outcome.most} can be added`);
        case 'budget-exceeded':
          throw invalidField(
            '/delta',
            'budget_exceeded',
            `at most ${outcome.most} can be added within the budget, besides those of waves to come`,
          );
        case 'recorded':
        case 'known':
          return this.answer(outcome.entry, idempotencyKey !== undefined);
      }
    }
    throw new Problem('overloaded', { detail: 'The stock keeps being adjusted by others; try again' });
  }

  /**
   * Units that time adds. Of a voucher that is over nothing is added.
   * @param also in the transaction that records it; where it throws, nothing is recorded
   * @throws Problem gate_recovering, overloaded; what is recorded by then is finished later
   */
  async addByTime(order: Pick<StockOrder, 'voucherId' | 'delta' | 'reason'>, also: Also): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const outcome = await this.ledger.record({ ...order, actor: null, idempotency: undefined }, also);
      if (outcome.kind === 'too-many' || outcome.kind === 'budget-exceeded')
        throw new Error(`${order.voucherId} can have ${outcome.most} units more`);
      if (outcome.kind !== 'busy' && outcome.kind !== 'recorded') return;
      await this.finish(outcome.entry);
      if (outcome.kind === 'recorded') return;
    }
    throw new Problem('overloaded', { detail: 'The stock keeps being adjusted by others; try again' });
  }

  /** Finishes what was recorded and never settled. @throws the database's error; what the gate does not take comes again */
  async finishPending(): Promise<void> {
    const entries = await this.ledger.pending(PENDING_PAGE);
    for (const entry of entries) {
      const { voucherId, number } = entry;
      try {
        await this.finish(entry);
        this.failing.delete(voucherId);
      } catch (error) {
        if (!this.failing.has(voucherId))
          this.logger.warn({ voucherId, number, err: error }, 'an adjustment waits for the gate');
        this.failing.add(voucherId);
      }
    }
    const waiting = new Set(entries.map(({ voucherId }) => voucherId));
    for (const id of this.failing) if (!waiting.has(id)) this.failing.delete(id);
  }

  private async answer(entry: StockEntry, repeatable: boolean): Promise<VoucherView> {
    const verdict =
      entry.state === 'pending'
        ? await this.finish(entry).catch((error: unknown) => {
            throw recorded(error, entry, repeatable);
          })
        : entry.state;
    if (verdict === 'refused') {
      throw new Problem('stock_below_committed', {
        detail: `Fewer than ${-entry.delta} units were left that nobody holds; nothing was taken away`,
      });
    }
    const voucher = await this.store.find(entry.voucherId);
    if (!voucher) throw new Error(`voucher ${entry.voucherId} is gone`);
    return this.views.of(voucher);
  }

  /** Gate, then ledger. A verdict of an epoch that is over is worth nothing: the gate that follows decides anew. */
  private async finish(entry: StockEntry): Promise<Verdict> {
    const { voucherId, number, delta } = entry;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const voucher = await this.store.find(voucherId);
      const ended = voucher?.status === 'ended' || voucher?.status === 'archived';
      const { verdict, epoch } = await this.gate.adjust({ voucherId, number, delta, ended });
      const settled = await this.settle(entry, verdict, epoch);
      if (settled === 'stale') continue;
      await this.store.dropFromCaches(voucherId);
      this.logger.log({ voucherId, number, delta, actor: entry.actor, verdict: settled }, 'stock adjusted');
      return settled;
    }
    throw new Problem('gate_recovering');
  }

  private async settle(
    entry: StockEntry,
    verdict: Verdict | 'judged-earlier' | 'by-ledger',
    epoch: number,
  ): Promise<Verdict | 'stale'> {
    // What was judged before a newer one is settled already, and settling it again only reads how.
    const wanted = verdict === 'refused' ? 'refused' : 'applied';
    const outcome = await this.ledger.settle(entry, wanted, (tx) =>
      this.gate.stands(tx, epoch, entry.voucherId),
    );
    if (outcome !== 'short') return outcome;
    if (verdict === 'by-ledger') return this.settle(entry, 'refused', epoch);
    this.gate.distrust(epoch, 'it let more units go than the ledger has');
    throw new Problem('gate_recovering');
  }
}

function recorded(error: unknown, { number }: StockEntry, repeatable: boolean): unknown {
  if (!(error instanceof Problem) && !isUnreachable(error)) return error;
  const repeat = repeatable
    ? 'To see what became of it, repeat the request with the same Idempotency-Key.'
    : 'Do not send it again: it would count twice. Read the voucher.';
  return new Problem(error instanceof Problem ? error.code : 'dependency_unavailable', {
    detail: `The adjustment is recorded as number ${number}, and will be applied as soon as the gate can be reached. ${repeat}`,
    extensions: { retryable: repeatable },
    cause: error,
  });
}
