import type { Mode } from './mode.js';

/**
 * What an API key looks like, known apart so that no layer writes one into a log: `vck_live_` or `vck_test_`, and 51 characters of
 * Crockford's base 32 (255 random bits). The prefix is what secret scanners look for.
 */
export const apiKeyPrefix = (mode: Mode): string => `vck_${mode}_`;

const KEY = /vck_(?:live|test)_[0-9a-z]+/gi;

/** The keys that a text holds, also where it is percent-encoded. */
export function apiKeysIn(text: string): string[] {
  // Nearly every URL ends here.
  if (!text.includes('%') && !/vck_/i.test(text)) return [];
  return decoded(text).match(KEY) ?? [];
}

/** `url` for a log: without what its query holds, and without keys. */
export function loggableUrl(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return apiKeysIn(path).length === 0 ? path : decoded(path).replace(KEY, '[API key]');
}

function decoded(text: string): string {
  // Each escape by itself: one that is broken must not hide the others.
  return text.replace(/%([0-7][0-9a-f])/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
