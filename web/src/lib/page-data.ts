import type { Availability, AvailabilityList, ClaimMerchant, Voucher, VoucherList } from '../api/types.js';

/**
 * What the server put into the page beside its markup, as JSON in `<script type="application/json" id="page-data">`, so
 * that the first state needs no request. Any part may be missing.
 */
export interface PageData {
  /** Server's time when the page was rendered, RFC 3339. */
  readonly now?: string;
  /** Of `/drops/:id`. */
  readonly voucher?: Voucher;
  readonly availability?: Availability;
  /** Whose drop it is, with place, terms and contact. */
  readonly merchant?: ClaimMerchant | null;
  /** Of `/`: what is left of those that are open or paused. */
  readonly availabilities?: AvailabilityList;
  /** Of `/`: first pages by status, as GET /v1/vouchers?status= answers them. */
  readonly drops?: Readonly<Partial<Record<'live' | 'scheduled' | 'paused' | 'ended', VoucherList>>>;
}

let data: PageData | undefined;

/** Reads the page's data once; what is not there, or not readable, is asked of the API. */
export function pageData(): PageData {
  data ??= read();
  return data;
}

/** After the first page it is old news. */
export function forgetPageData(): void {
  data = {};
}

function read(): PageData {
  const text = document.getElementById('page-data')?.textContent ?? '';
  try {
    return text === '' ? {} : (JSON.parse(text) as PageData);
  } catch {
    return {};
  }
}
