/** What a test gets for work that has to be done before a moment: short on a quick machine, longer where that was too short. */
const WINDOWS_MS = [3_000, 12_000, 40_000, 150_000];

/**
 * Does work that counts only when it is done before `time`, and does it again with a later `time` where the machine was too busy.
 * For a server that is another process: where it is this one, `beforeSoon` moves its clock instead.
 * Afterwards the test waits for `time`, so that the windows are as short as the machine allows.
 * @param work begins anew each time; what it throws after `time` is the lateness, what it throws before is a failure
 * @returns what `work` returned, and the time, RFC 3339
 */
export async function inTime<T>(
  work: (time: string) => Promise<T>,
): Promise<{ readonly done: T; readonly time: string }> {
  for (const windowMs of WINDOWS_MS) {
    const time = new Date(Date.now() + windowMs).toISOString();
    const isLate = (): boolean => Date.now() >= Date.parse(time);
    try {
      const done = await work(time);
      if (!isLate()) return { done, time };
    } catch (error) {
      if (!isLate()) throw error;
    }
  }
  throw new Error(`not done within ${WINDOWS_MS.at(-1)} ms`);
}
