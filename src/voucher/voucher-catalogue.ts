import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { MerchantActor } from '../auth/index.js';
import { Cache } from '../cache/index.js';
import { Clock } from '../common/clock.js';
import { isId } from '../common/ids.js';
import { all, chain, type MaybePromise } from '../common/maybe-promise.js';
import { isInModeOf } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import { context } from '../common/request-context.js';
import { isPublic } from './domain/lifecycle.js';
import { VoucherGate } from './ports/voucher-gate.js';
import type { Voucher } from './voucher.entity.js';
import type { ListQuery } from './voucher.dto.js';
import { VoucherRepository, type VoucherPage } from './voucher.repository.js';
import { VoucherViews } from './voucher-views.js';
import { availabilityEtag, listEtag, type Availability, type VoucherView } from './voucher.view.js';

export interface VoucherList {
  readonly views: readonly VoucherView[];
  readonly hasMore: boolean;
  /** Of the query. */
  readonly limit: number;
  readonly etag: string;
}

interface StockReading {
  readonly remaining: number;
  readonly asOf: number;
}

/** What everybody reads, through the caches. */
@Injectable()
export class VoucherCatalogue implements OnModuleInit {
  private readonly logger = new Logger('Voucher');
  /** By what the cache holds, which nobody changes: what is made of it is made once. */
  private readonly lists = new WeakMap<VoucherPage, VoucherList>();
  private readonly availabilities = new WeakMap<StockReading, Availability>();

  constructor(
    private readonly store: VoucherRepository,
    private readonly cache: Cache,
    private readonly gate: VoucherGate,
    private readonly views: VoucherViews,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.cache.guard('voucher', this.store.ids);
  }

  /** Whether anybody has made a voucher yet. */
  hasAny(): Promise<boolean> {
    return this.store.hasAny();
  }

  /** The voucher with its effective status, drafts and archived ones too; `null` where there is none. The same object as long as it says the same. */
  find(id: string): MaybePromise<VoucherView | null> {
    // What cannot be an id costs neither a cache entry nor a query.
    if (!isId('vch', id)) return null;
    const voucher = this.cache.get<Voucher>('voucher', id, () => this.store.find(id));
    return chain(voucher, (found) => found && this.views.of(found));
  }

  /** The same, of one that belongs to the actor's merchant. @throws Problem not_found */
  async own({ merchantId }: MerchantActor, id: string): Promise<VoucherView> {
    const view = await this.find(id);
    if (view?.merchantId !== merchantId) throw new Problem('not_found');
    return view;
  }

  /** The same, of what shoppers may see: live ones, and a test shopper the test vouchers of its merchant. */
  findPublic(id: string, actor = context.actor()): MaybePromise<VoucherView | null> {
    return chain(this.find(id), (view) => {
      const isShown = view && isPublic(view.status) && view.takenDownAt === null;
      return isShown && isInModeOf(actor, view) ? view : null;
    });
  }

  /** Of live ones. The same object as long as no voucher of the page is shown otherwise. */
  list(query: ListQuery): MaybePromise<VoucherList> {
    const { status, limit, starting_after: after, ending_before: before } = query;
    const key = [status ?? '', limit, after ?? '', before ?? ''].join('/');
    const page = this.cache.get<VoucherPage>('voucher-list', key, () => this.store.page({ status }, query));
    return chain(page, (found) =>
      chain(this.views.ofMany(found?.rows ?? []), (views) => this.listed(found, views, limit)),
    );
  }

  private listed(page: VoucherPage | null, views: readonly VoucherView[], limit: number): VoucherList {
    const known = page && this.lists.get(page);
    if (known && views.every((view, at) => view === known.views[at])) return known;
    const hasMore = page?.hasMore ?? false;
    const list = { views, hasMore, limit, etag: listEtag(views, hasMore) };
    if (page) this.lists.set(page, list);
    return list;
  }

  /** `null` where shoppers see no such voucher. The same object as long as it says the same. */
  availability(id: string, actor = context.actor()): MaybePromise<Availability | null> {
    return chain(this.findPublic(id, actor), (view) => {
      const stock = view && this.cache.get('availability', id, () => this.readStock(id));
      return chain(stock, (found) => view && found && this.availabilityOf(view, found));
    });
  }

  private availabilityOf({ id, status }: VoucherView, stock: StockReading): Availability {
    const known = this.availabilities.get(stock);
    if (known?.status === status) return known;
    const remaining = Math.max(0, stock.remaining);
    const etag = availabilityEtag(status, remaining);
    const found = { voucherId: id, status, remaining, asOf: stock.asOf, etag };
    this.availabilities.set(stock, found);
    return found;
  }

  /** Of those that shoppers may see, in the order of the ids. */
  async availabilitiesOf(ids: readonly string[]): Promise<readonly Availability[]> {
    const found = await all(ids.map((id) => this.availability(id)));
    return found.filter((one) => one !== null);
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
