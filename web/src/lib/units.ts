/** Numbers with their units, in the words of a language. All of them round: they are to be read, not to be reckoned with. */

const SCALE = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

/** `3 min`, `250 ms`: the largest unit that is at least one. */
export function duration(locale: string, ms: number): string {
  const scale = SCALE.find((one) => Math.abs(ms) >= one.ms);
  const [value, unit] = scale ? [ms / scale.ms, scale.unit] : [ms, 'millisecond'];
  const digits = scale && value < 10 && !Number.isInteger(value) ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

/** `5 seconds ago`; what is not yet past counts as now: clocks differ a little. */
export function ago(locale: string, ms: number): string {
  const past = Math.max(0, ms);
  const { unit, ms: length } = SCALE.find((one) => past >= one.ms) ?? { unit: 'second' as const, ms: 1_000 };
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-Math.floor(past / length), unit);
}

export const megabytes = (locale: string, bytes: number): string =>
  new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: 'megabyte',
    unitDisplay: 'short',
    maximumFractionDigits: 0,
  }).format(bytes / 1_048_576);

export const percent = (locale: string, part: number): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: part < 0.1 ? 1 : 0 }).format(part);

export const count = (locale: string, value: number): string => new Intl.NumberFormat(locale).format(value);

export const dateTime = (locale: string, instant: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(instant));
