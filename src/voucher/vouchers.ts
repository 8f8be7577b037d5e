import { Injectable, Logger } from '@nestjs/common';
import { Cache } from '../cache/index.js';
import { Clock } from '../shared/clock.js';
import { isId } from '../shared/ids.js';
import { isPublic, type VoucherStatus } from './domain/lifecycle.js';
import { VoucherGate } from './ports/voucher-gate.js';
import type { Voucher } from './voucher.entity.js';
import type { ListQuery } from './voucher.dto.js';
import { VoucherStore, type VoucherPage } from './voucher.store.js';
import { viewOf, type VoucherView } from './voucher.view.js';

export interface Availability {
  readonly voucherId: string;
  readonly status: VoucherStatus;
  readonly remaining: number;
  /** When `remaining` was looked at. */
  readonly asOf: number;
}

interface StockReading {
  readonly remaining: number;
  readonly asOf: number;
}

/** What everybody reads, through the caches. */
@Injectable()
export class Vouchers {
  private readonly logger = new Logger('Voucher');

  constructor(
    private readonly store: VoucherStore,
    private readonly cache: Cache,
    private readonly gate: VoucherGate,
    private readonly clock: Clock,
  ) {}

  /** The voucher with its effective status, drafts and archived ones too; `null` where there is none. */
  async find(id: string): Promise<VoucherView | null> {
    // What cannot be an id costs neither a cache entry nor a query.
    if (!isId('vch', id)) return null;
    const voucher = await this.cache.get<Voucher>('voucher', id, () => this.store.find(id));
    return voucher && viewOf(voucher, this.clock.now());
  }

  /** The same, of what shoppers may see. */
  async findPublic(id: string): Promise<VoucherView | null> {
    const view = await this.find(id);
    return view && isPublic(view.status) ? view : null;
  }

  async list(query: ListQuery): Promise<{ views: VoucherView[]; hasMore: boolean }> {
    const { status, limit, starting_after: after, ending_before: before } = query;
    const key = [status ?? '', limit, after ?? '', before ?? ''].join('/');
    const page = await this.cache.get<VoucherPage>('voucher-list', key, () =>
      this.store.page({ status }, query),
    );
    const now = this.clock.now();
    return { views: (page?.rows ?? []).map((row) => viewOf(row, now)), hasMore: page?.hasMore ?? false };
  }

  /** `null` where shoppers see no such voucher. */
  async availability(id: string): Promise<Availability | null> {
    const view = await this.findPublic(id);
    if (!view) return null;
    const stock = await this.cache.get('availability', id, () => this.readStock(id));
    if (!stock) return null;
    return { voucherId: id, status: view.status, remaining: Math.max(0, stock.remaining), asOf: stock.asOf };
  }

  /** From the gate, else from the ledger, which counts claims that are on their way as free. */
  private async readStock(id: string): Promise<StockReading | null> {
    const asOf = this.clock.now();
    const counted = await this.gate.remaining(id).catch((error: unknown) => {
      this.logger.debug({ voucherId: id, err: error }, 'the gate tells no stock; the ledger is asked');
      return undefined;
    });
    const remaining = counted ?? (await this.store.unissued(id));
    return remaining === null ? null : { remaining, asOf };
  }
}
