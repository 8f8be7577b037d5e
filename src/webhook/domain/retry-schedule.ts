import { doublingPause } from '../../common/doubling-pause.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses before the second try and those after it: ten tries over 75 hours, as Standard Webhooks advises. */
const PAUSES_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** So that what failed together does not come back together. */
const JITTER = 0.2;

export const TRIES = PAUSES_MS.length + 1;

/** An endpoint without a success for so long is given up when a delivery has used its tries. */
export const GIVE_UP_MS = 72 * HOUR;

/**
 * @param tries made so far, from 1
 * @param random from 0 up to 1
 * @returns how long to wait for the next in ms; `undefined` where there is none
 */
export function pauseAfter(tries: number, random: number): number | undefined {
  const pause = PAUSES_MS[tries - 1];
  return pause === undefined ? undefined : Math.round(pause * (1 + JITTER * random));
}

const ENDPOINT_FIRST_MS = 2 * SECOND;
const ENDPOINT_MOST_MS = 10 * MINUTE;

/** How long an endpoint is left alone after so many batches in a row without one success, in ms. */
export const endpointPause = (failures: number): number =>
  doublingPause(failures, ENDPOINT_FIRST_MS, ENDPOINT_MOST_MS);
