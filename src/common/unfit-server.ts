/** A server that this program must not run on. Says in one line what is wrong, and what to do. */
export class UnfitServerError extends Error {
  override readonly name = 'UnfitServerError';
  readonly code = 'UNFIT_SERVER';
}

/** Whether a version, by its numbers, is below another one. */
export function isBelow(version: readonly number[], oldest: readonly number[]): boolean {
  for (const [at, least] of oldest.entries()) {
    const part = version[at] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}
