const MAX_LENGTH = 300;

/** Where to go on after a step in between: a path of ours and nothing else, so that no link here leads elsewhere. */
export function safeNext(next: unknown, fallback = '/'): string {
  if (typeof next !== 'string' || next.length > MAX_LENGTH) return fallback;
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : fallback;
}
