import type { Availability, Voucher, VoucherStatus } from '../api/types.js';

/** What a shopper sees of a drop at one moment. */
export interface DropView {
  readonly status: VoucherStatus;
  readonly remaining: number | undefined;
  readonly soldOut: boolean;
  /** What the countdown runs to: the opening, the end, or nothing. */
  readonly counts: { readonly to: 'opening' | 'end'; readonly at: number } | undefined;
}

/**
 * Time opens and closes a drop; news of that may come a moment later than the moment itself.
 * @param now by the server's clock, ms since 1970
 */
export function dropView(
  voucher: Pick<Voucher, 'status' | 'opens_at' | 'closes_at'>,
  availability: Pick<Availability, 'status' | 'remaining'> | undefined,
  now: number,
): DropView {
  const opensAt = Date.parse(voucher.opens_at);
  const closesAt = Date.parse(voucher.closes_at);
  let status: VoucherStatus = availability?.status ?? voucher.status;
  if (status === 'scheduled' && now >= opensAt) status = 'live';
  if ((status === 'live' || status === 'paused') && now >= closesAt) status = 'ended';
  const remaining = availability?.remaining;
  return {
    status,
    remaining,
    soldOut: status === 'live' && remaining === 0,
    counts:
      status === 'scheduled'
        ? { to: 'opening', at: opensAt }
        : status === 'live' || status === 'paused'
          ? { to: 'end', at: closesAt }
          : undefined,
  };
}

/** Whether units were added or came back, as far as two looks tell: then the total may be another one too. */
export const hasMore = (
  before: Pick<Availability, 'remaining'> | undefined,
  after: Pick<Availability, 'remaining'> | undefined,
  total: number,
): boolean =>
  after !== undefined &&
  (after.remaining > total || (before !== undefined && after.remaining > before.remaining));

export interface TimeLeft {
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** Rounded up, so that 0 is shown when it is over and not a second before. */
export function timeLeft(ms: number): TimeLeft {
  const total = Math.max(0, Math.ceil(ms / 1_000));
  return {
    days: Math.floor(total / 86_400),
    hours: Math.floor(total / 3_600) % 24,
    minutes: Math.floor(total / 60) % 60,
    seconds: total % 60,
  };
}

export type StockNews = 'open' | 'paused' | 'ended' | 'sold-out' | 'restocked' | 'half' | 'few' | undefined;

/**
 * What is worth saying aloud: a screen reader that reads every change of a number that moves four times a second is of no use.
 */
export function stockNews(before: DropView, after: DropView, total: number): StockNews {
  if (before.status !== after.status) {
    if (after.status === 'live') return after.soldOut ? 'sold-out' : 'open';
    return after.status === 'paused' || after.status === 'ended' ? after.status : undefined;
  }
  if (!before.soldOut && after.soldOut) return 'sold-out';
  if (before.soldOut && !after.soldOut && after.status === 'live') return 'restocked';
  if (before.remaining === undefined || after.remaining === undefined || after.status !== 'live')
    return undefined;
  const fell = (mark: number): boolean =>
    (before.remaining ?? 0) > mark && (after.remaining ?? 0) <= mark && (after.remaining ?? 0) > 0;
  if (fell(Math.floor(total / 10))) return 'few';
  return fell(Math.floor(total / 2)) ? 'half' : undefined;
}
