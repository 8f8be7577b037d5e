/**
 * Wall-clock times of a named zone, as `<input type="datetime-local">` has them: `2030-03-31T02:30`. A browser gives no zone to
 * these inputs, so the zone is the voucher's, and its clock changes are found here.
 */
const WALL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export type Resolved =
  | { readonly kind: 'exact'; readonly at: number }
  /** Clocks are set back over it: it comes twice. */
  | { readonly kind: 'twice'; readonly at: number; readonly later: number }
  /** Clocks are set forward over it: it never comes. `next` is the wall time when clocks go on. */
  | { readonly kind: 'skipped'; readonly next: string }
  | { readonly kind: 'invalid' };

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(zone, made);
  return made;
}

/** How far the zone's clocks are ahead of UTC then, in milliseconds. */
export function offsetMs(at: number, zone: string): number {
  const parts = new Map(
    format(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - Math.floor(at / 1_000) * 1_000;
}

/** The wall-clock time of a moment, to the minute. */
export const wallTime = (at: number, zone: string): string =>
  new Date(at + offsetMs(at, zone)).toISOString().slice(0, 16);

/** Which moment a wall-clock time of a zone is. */
export function resolveWallTime(wall: string, zone: string): Resolved {
  const asUtc = WALL.test(wall) ? Date.parse(`${wall}Z`) : NaN;
  if (Number.isNaN(asUtc)) return { kind: 'invalid' };
  // Clocks change rarely: what holds a day before and a day after are all the offsets there can be.
  const offsets = new Set([offsetMs(asUtc - DAY_MS, zone), offsetMs(asUtc + DAY_MS, zone)]);
  const [first, second] = [...offsets]
    .map((offset) => asUtc - offset)
    .filter((at) => at + offsetMs(at, zone) === asUtc)
    .sort((a, b) => a - b);
  if (first === undefined) return { kind: 'skipped', next: wallTime(firstAfterGap(asUtc, zone), zone) };
  return second === undefined ? { kind: 'exact', at: first } : { kind: 'twice', at: first, later: second };
}

/** @param second of a time that comes twice the second one is meant @returns ms since 1970; nothing where it is no time of the zone */
export function momentOf(resolved: Resolved, second: boolean): number | undefined {
  if (resolved.kind === 'exact') return resolved.at;
  return resolved.kind === 'twice' ? (second ? resolved.later : resolved.at) : undefined;
}

/** The moment when clocks go on after a gap: between the two readings of a time in it. */
function firstAfterGap(asUtc: number, zone: string): number {
  const before = offsetMs(asUtc - DAY_MS, zone);
  const after = offsetMs(asUtc + DAY_MS, zone);
  let [low, high] = [asUtc - after, asUtc - before];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetMs(middle, zone) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** `UTC+08:00`, `UTC`, `UTC-03:30`. */
export function offsetName(at: number, zone: string): string {
  const minutes = Math.round(offsetMs(at, zone) / MINUTE_MS);
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return `UTC${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`;
}
