import { formatMoney } from '../../../src/common/minor-units.js';
import type { Voucher } from '../api/types.js';
import { offsetMs, offsetName, resolveWallTime, wallTime } from './zoned-time.js';

/** Dates, numbers and money by language. Times are those of the device's zone unless another one is named. */
export class Formats {
  readonly zone: string;
  private readonly numbers: Intl.NumberFormat;
  private readonly times: Intl.DateTimeFormat;

  constructor(
    private readonly locale: string,
    timeZone?: string,
  ) {
    this.numbers = new Intl.NumberFormat(locale);
    this.times = new Intl.DateTimeFormat(locale, {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      ...(timeZone === undefined ? {} : { timeZone }),
    });
    this.zone = this.times.resolvedOptions().timeZone;
  }

  number(value: number): string {
    return this.numbers.format(value);
  }

  /** @param time RFC 3339 */
  time(time: string): string {
    return this.times.format(new Date(time));
  }

  money({ amount, currency }: NonNullable<Voucher['face_value']>): string {
    return formatMoney(this.locale, amount, currency);
  }
}

export interface ZonedTime {
  /** In the named zone, with the name that people there use: `4 Dec 2026, 12:00 China Time`. With the offset where clocks show it twice. */
  readonly text: string;
  /** The same moment by the device's clock, where that shows another time. */
  readonly own: string | undefined;
}

/**
 * A time as both sides read it: the merchant's, which is what the voucher promises, and the reader's own.
 * @param time RFC 3339
 */
export function zonedTime(locale: string, time: string, zone: string, ownZone?: string): ZonedTime {
  const at = new Date(time);
  const parts = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    weekday: 'short',
  } as const;
  const own = ownZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const same = offsetMs(at.getTime(), zone) === offsetMs(at.getTime(), own);
  const text = new Intl.DateTimeFormat(locale, {
    ...parts,
    timeZone: zone,
    timeZoneName: 'shortGeneric',
  }).format(at);
  const comesTwice = resolveWallTime(wallTime(at.getTime(), zone), zone).kind === 'twice';
  return {
    text: comesTwice ? `${text} (${offsetName(at.getTime(), zone)})` : text,
    own: same ? undefined : new Intl.DateTimeFormat(locale, { ...parts, timeZone: own }).format(at),
  };
}
