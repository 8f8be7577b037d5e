/** Longer than any machine takes for the work of a test, and short enough for a file of such tests to stay within the life of an access token. */
const SOON_MS = 120_000;

const systemNow = Date.now;
let passedMs = 0;

/**
 * Moves the wall clock of this process, which is that of embedded applications as well: what is due by then is due now, whatever the machine's
 * speed, and nobody waits for it. Timers go on in real time.
 */
export function passTime(ms: number): void {
  passedMs += ms;
  Date.now = () => systemNow() + passedMs;
}

/** Sets the clock back to the system's. What an application noted meanwhile lies in its future. */
export function resetTime(): void {
  passedMs = 0;
  Date.now = systemNow;
}

/**
 * Does work that counts only before `time`, and passes the time until then.
 * @returns what `work` returned, and the time, RFC 3339
 */
export async function beforeSoon<T>(
  work: (time: string) => Promise<T>,
): Promise<{ readonly done: T; readonly time: string }> {
  const time = new Date(Date.now() + SOON_MS).toISOString();
  const done = await work(time);
  passTime(SOON_MS + 1);
  return { done, time };
}
