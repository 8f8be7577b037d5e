import { doublingPause } from '../common/doubling-pause.js';

const FIRST_MS = 5_000;
const SHORTEST_CAP_MS = 60_000;
const LONGEST_CAP_MS = 1_800_000;
/** A mail is tried some ten times and more before it is of no use. */
const CAP_SHARE = 0.1;
/** So that what failed together does not come back together. */
const JITTER = 0.25;

/**
 * Pause before the next attempt: 5 s, then twice as long each time, to a tenth of the time for which the mail is of use, though
 * 1 min at least and 30 min at most.
 * @param attempts made so far, from 1
 * @param lifetimeMs from the making of the mail to its expiry
 * @param random from 0 up to 1
 * @returns ms
 */
export function pauseAfter(attempts: number, lifetimeMs: number, random: number): number {
  const cap = Math.min(LONGEST_CAP_MS, Math.max(SHORTEST_CAP_MS, lifetimeMs * CAP_SHARE));
  const pause = doublingPause(attempts, FIRST_MS, cap);
  return Math.round(pause * (1 + JITTER * random));
}

const AWAY_FIRST_MS = 1_000;
const AWAY_MOST_MS = 60_000;

/** How long a process leaves the mail server alone after so many failures of it in a row, in ms. */
export const serverPause = (failures: number): number => doublingPause(failures, AWAY_FIRST_MS, AWAY_MOST_MS);
