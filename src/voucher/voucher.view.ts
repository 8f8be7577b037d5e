import { createHash } from 'node:crypto';
import type { Merchant } from '../auth/index.js';
import { rfc3339 } from '../common/clock.js';
import { modeOf } from '../common/mode.js';
import { tagsOf } from '../http/entity-tags.js';
import { merchantCardBody } from '../merchant/index.js';
import { effectiveStatus, type VoucherStatus } from './domain/lifecycle.js';
import type { GateVoucher } from './ports/voucher-gate.js';
import type { Voucher } from './voucher.entity.js';
import type { AvailabilityAnswer } from './availability.dto.js';
import type { VoucherAnswer } from './voucher.dto.js';

/** The merchant that a voucher is of. */
export type Issuer = Readonly<Merchant>;

/**
 * A voucher as it is at one moment: its status is the effective one. Times are milliseconds since 1970. Its merchant is `null` where that
 * could not be read.
 */
export type VoucherView = Readonly<Voucher> & { readonly etag: string; readonly merchant: Issuer | null };

export interface Availability {
  readonly voucherId: string;
  readonly status: VoucherStatus;
  readonly remaining: number;
  /** When `remaining` was looked at. */
  readonly asOf: number;
  /** Weak: of status and `remaining`. `asOf` alone makes no other answer. */
  readonly etag: string;
}

export function viewOf(voucher: Readonly<Voucher>, merchant: Issuer | null, now: number): VoucherView {
  const status = effectiveStatus(voucher, now);
  // What an older version of the program put into the shared cache lacks what is new.
  const added: Partial<Voucher> = voucher;
  const { waves = [], eligibility = 'everyone', codeSource = 'generated', takenDownAt = null } = added;
  const { requires = 'none', onePer = 'account', codePattern = null, budgetMinor = null } = added;
  const { asksContact = false } = added;
  const etag = etagOf(voucher, status, merchant);
  const codes = { codeSource, codePattern };
  const shown = { waves, eligibility, ...codes, budgetMinor, requires, onePer, asksContact, takenDownAt };
  return { ...voucher, ...shown, status, merchant, etag };
}

/**
 * Time changes what is shown before the job stores it and raises the version; the tag changes with it, and with what is shown of the
 * merchant. A merchant that has told its name alone is not named.
 */
function etagOf(
  { version, status: stored }: Readonly<Voucher>,
  shown: VoucherStatus,
  merchant: Issuer | null,
): string {
  const profile = merchant?.version ?? 0;
  return `"v${version}${stored === shown ? '' : `.${shown}`}${profile === 1 ? '' : `.m${profile}`}"`;
}

/** Changes with every voucher of the page, as it is shown now, and with their order. */
export function listEtag(views: readonly VoucherView[], hasMore: boolean): string {
  const text = views.map(({ id, etag }) => id + etag).join() + String(hasMore);
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/** Weak, because `as_of` is not in it: answers with the same tag say the same, looked at at different times. */
export const availabilityEtag = (status: VoucherStatus, remaining: number): string =>
  `W/"${status}.${remaining}"`;

/** Whether an `If-Match` names this voucher as it is. Weak tags too: proxies that compress weaken ours on the way. */
export function ifMatch(header: string, voucher: Readonly<Voucher>): boolean {
  return tagsOf(header).some((tag) => {
    const version = /^"v(\d+)(?:\.[a-z]+)?(?:\.m\d+)?"$/.exec(tag)?.[1];
    return tag === '*' || (version !== undefined && Number(version) === voucher.version);
  });
}

export const faceValueBody = ({
  faceAmount: amount,
  faceCurrency: currency,
}: Pick<Voucher, 'faceAmount' | 'faceCurrency'>): VoucherAnswer['face_value'] =>
  amount === null || currency === null ? null : { amount, currency };

export function voucherBody(view: VoucherView): VoucherAnswer {
  return {
    object: 'voucher',
    mode: modeOf(view.id),
    id: view.id,
    merchant_id: view.merchantId,
    merchant: view.merchant && merchantCardBody(view.merchant),
    title: view.title,
    description: view.description,
    status: view.status,
    total_stock: view.totalStock,
    per_user_limit: view.perUserLimit,
    opens_at: rfc3339(view.opensAt),
    closes_at: rfc3339(view.closesAt),
    redeem_from: view.redeemFrom === null ? null : rfc3339(view.redeemFrom),
    redeem_until: view.redeemUntil === null ? null : rfc3339(view.redeemUntil),
    rollback_within_s: view.rollbackWithinS,
    cancellable_until: view.cancellableUntil === null ? null : rfc3339(view.cancellableUntil),
    confirm_within_s: view.confirmWithinS,
    confirm_by: view.confirmBy,
    time_zone: view.timeZone,
    face_value: faceValueBody(view),
    protection: view.protection,
    waves: view.waves.map(({ at, units, released }) => ({ at: rfc3339(at), units, released })),
    eligibility: view.eligibility,
    code_source: view.codeSource,
    code_pattern: view.codePattern,
    requires: view.requires,
    one_per: view.onePer,
    asks_contact: view.asksContact,
    version: view.version,
    created_at: rfc3339(view.createdAt),
  };
}

/** The JSON of an answer that many get alike, made once: as bytes, since text would be encoded anew for each of them. */
export function readyBytes<Key extends object>(make: (key: Key) => unknown): (key: Key) => Buffer {
  const made = new WeakMap<Key, Buffer>();
  return (key) => {
    let bytes = made.get(key);
    if (bytes === undefined) {
      bytes = Buffer.from(JSON.stringify(make(key)));
      made.set(key, bytes);
    }
    return bytes;
  };
}

export const voucherBytes = readyBytes(voucherBody);

export const availabilityBody = (found: Availability): AvailabilityAnswer => ({
  object: 'availability',
  voucher_id: found.voucherId,
  status: found.status as AvailabilityAnswer['status'], // public vouchers have public states
  remaining: found.remaining,
  as_of: rfc3339(found.asOf),
});

/** What the gate is told. The window goes with it as times: the gate opens and closes by its own clock. */
export const toGateVoucher = (
  voucher: Pick<
    Voucher,
    'id' | 'status' | 'opensAt' | 'closesAt' | 'totalStock' | 'perUserLimit' | 'version'
  >,
  state: GateVoucher['state'] = gateState(voucher.status),
): GateVoucher => ({
  id: voucher.id,
  state,
  opensAt: voucher.opensAt,
  closesAt: voucher.closesAt,
  total: voucher.totalStock,
  perUserLimit: voucher.perUserLimit,
  version: voucher.version,
});

function gateState(status: VoucherStatus): GateVoucher['state'] {
  switch (status) {
    case 'scheduled':
    case 'live':
      return 'open';
    case 'draft':
    case 'paused':
      return 'paused';
    case 'ended':
    case 'archived':
      return 'ended';
  }
}

export const availabilityBytes = readyBytes(availabilityBody);
