import type { Voucher } from '../api/types.js';
import { formOf, type TimeName, type VoucherForm } from './voucher-form.js';
import { resolveWallTime } from './zoned-time.js';

const WEEK_MS = 7 * 24 * 3_600_000;
const TIMES: readonly TimeName[] = ['opensAt', 'closesAt', 'redeemFrom', 'redeemUntil', 'cancellableUntil'];

export interface VoucherCopy {
  readonly form: VoucherForm;
  /** By how many all of its times were moved. */
  readonly weeks: number;
  /** Units that are added later, by ms after the opening. */
  readonly waves: readonly { readonly after: number; readonly units: number }[];
}

export type CopiedVoucher = VoucherCopy & {
  readonly voucher: Voucher;
  /** In minor units of its face value; `null` where it has none. */
  readonly budgetMinor: number | null;
};

/** What the form does not show, and the copy has only if the merchant wants it. */
export interface KeptOfCopy {
  waves: boolean;
  pattern: boolean;
  budget: boolean;
}

/**
 * A voucher once more, on the same day of the week and at the same time of the day: by the fewest whole weeks, at least one, after
 * which its opening lies ahead. Clocks that change in between change nothing of that.
 * @param now ms since 1970, by the server's clock
 */
export function copyOf(voucher: Voucher, now: number): VoucherCopy {
  const form = formOf(voucher, now);
  let weeks = Math.max(1, Math.floor((now - Date.parse(voucher.opens_at)) / WEEK_MS));
  while (hasPassed(later(form.opensAt, weeks), voucher.time_zone, now)) weeks += 1;
  const moved = TIMES.map((name) => [name, later(form[name], weeks)] as const);
  const opened = Date.parse(voucher.opens_at);
  return {
    form: {
      ...form,
      ...Object.fromEntries(moved),
      totalStock: String(firstUnits(voucher)),
      openNow: false,
      second: [],
    },
    weeks,
    waves: voucher.waves.map(({ at, units }) => ({ after: Date.parse(at) - opened, units })),
  };
}

/** What was added by waves is added by them again. */
function firstUnits({ total_stock: total, waves }: Voucher): number {
  const added = waves.reduce((sum, { units, released }) => sum + (released ? units : 0), 0);
  return Math.max(1, total - added);
}

/** @param opensAt RFC 3339 */
export const wavesAfter = (opensAt: string, waves: VoucherCopy['waves']): { at: string; units: number }[] =>
  waves.map(({ after, units }) => ({ at: new Date(Date.parse(opensAt) + after).toISOString(), units }));

/** A time that never comes is for the form to tell; the one after it counts here. */
function hasPassed(wall: string, zone: string, now: number): boolean {
  const resolved = resolveWallTime(wall, zone);
  if (resolved.kind === 'skipped') return hasPassed(resolved.next, zone, now);
  return resolved.kind !== 'invalid' && resolved.at <= now;
}

const later = (wall: string, weeks: number): string =>
  wall === '' ? '' : new Date(Date.parse(`${wall}Z`) + weeks * WEEK_MS).toISOString().slice(0, 16);
