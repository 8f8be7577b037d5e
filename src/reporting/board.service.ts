import { Injectable, Logger } from '@nestjs/common';
import type { z } from 'zod';
import { Database } from '../database/database.js';
import { Clock, rfc3339, rfc3339OrNull } from '../common/clock.js';
import type { VoucherView } from '../voucher/index.js';
import {
  ClaimCounters,
  type ClaimCounts,
  ClaimCountsStore,
  ClaimHolds,
  WaitingStore,
  funnelOf,
  GateKeeper,
  quantilesOf,
  StockGate,
} from '../claim/index.js';
import type { summarySchema } from './board.dto.js';
import { IssueHistories, type IssueHistory } from './issue-history.js';

type Summary = z.infer<typeof summarySchema>;

interface StockRow {
  total: number;
  issued: number;
  published_at: number | string | null;
}

/** Where a drop stands: the gate's numbers, the ledger's, and how claims were answered on all instances. */
@Injectable()
export class Board {
  private readonly logger = new Logger('Board');

  constructor(
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly db: Database,
    private readonly histories: IssueHistories,
    private readonly counters: ClaimCounters,
    private readonly counts: ClaimCountsStore,
    private readonly clock: Clock,
    private readonly holds: ClaimHolds,
    private readonly list: WaitingStore,
  ) {}

  async summary(voucher: VoucherView): Promise<Summary> {
    const { id } = voucher;
    const epoch = this.keeper.epochOf(id);
    const [pending, remaining, counts] = await Promise.all([
      this.gate.pendingSize(epoch, id).catch(() => ({ size: 0 })),
      this.gate.remaining(epoch, id).catch(() => undefined),
      this.answers(id),
    ]);
    const [stock] = await this.db.read.query<StockRow[]>(
      `SELECT s.total AS total, s.issued AS issued,
              (SELECT l.created_at FROM stock_ledger l WHERE l.voucher_id = s.voucher_id AND l.number = 0) AS published_at
         FROM voucher_stock s WHERE s.voucher_id = ?`,
      [id],
    );
    const { total = 0, issued: taken = 0, published_at: publishedAt = null } = stock ?? {};
    const history = await this.histories.of(id);
    const held = await this.holds.count(id);
    const { waiting, offered } = await this.list.counts(id);
    const issued = Math.max(0, taken - held);
    const now = this.clock.now();
    const openedAt = opened(voucher, publishedAt === null ? null : Number(publishedAt), now);
    const soldOutAt = total > 0 && taken >= total ? history.lastTakenAt : null;
    return {
      object: 'voucher_summary',
      voucher_id: id,
      status: voucher.status,
      total_stock: total,
      remaining: remaining ?? total - taken,
      pending: pending.size,
      held,
      offered,
      waiting,
      issued,
      rejected: history.rejected,
      users: history.users,
      first_issued_at: rfc3339OrNull(history.firstIssuedAt),
      last_issued_at: rfc3339OrNull(history.lastIssuedAt),
      opened_at: rfc3339OrNull(openedAt),
      sold_out_at: rfc3339OrNull(soldOutAt),
      sold_out_after_ms: openedAt === null || soldOutAt === null ? null : Math.max(0, soldOutAt - openedAt),
      rate: rateBody(history),
      answers: counts ?? null,
      as_of: rfc3339(now),
    };
  }

  /** `undefined` while the store does not answer: the rest of the board stands without it. */
  private async answers(voucherId: string): Promise<Summary['answers'] | undefined> {
    try {
      await this.counters.flush();
      return answersBody(await this.counts.read(voucherId));
    } catch (error) {
      this.logger.debug({ voucherId, err: error }, 'the counts of claims could not be read');
      return undefined;
    }
  }
}

/** From then on a unit could be had: from the window's begin, or from publication where that was later. */
function opened({ opensAt }: VoucherView, publishedAt: number | null, now: number): number | null {
  if (publishedAt === null) return null;
  const at = Math.max(opensAt, publishedAt);
  return at <= now ? at : null;
}

const rateBody = ({ rate }: IssueHistory): Summary['rate'] => ({
  bucket_s: rate.bucketS,
  from: rfc3339OrNull(rate.from),
  taken: [...rate.taken],
  issued: [...rate.issued],
});

function answersBody(counts: ClaimCounts | undefined): NonNullable<Summary['answers']> {
  const { outcomes = {}, accepted = [], refused = [] } = counts ?? {};
  return {
    total: Object.values(outcomes).reduce((sum, n) => sum + n, 0),
    accepted: outcomes['accepted'] ?? 0,
    replayed: outcomes['replayed'] ?? 0,
    funnel: funnelOf(outcomes).map((layer) => ({ ...layer, reasons: [...layer.reasons] })),
    latency_ms: { accepted: quantilesOf(accepted), refused: quantilesOf(refused) },
  };
}
