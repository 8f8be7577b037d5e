/**
 * What the clocks of a zone show, as `2030-01-01 20:00:00`.
 * @param zone IANA name
 * @returns of a time in ms since 1970
 */
export function wallClock(zone: string): (at: number) => string {
  // Sweden writes dates as ISO 8601 does, with a blank for the T.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (at) => format.format(at);
}
