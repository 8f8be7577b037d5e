import { expect } from '@jest/globals';
import { audit, crowdAt, equationsHold, eventually, openDrop, settle, type Drop } from './crowd.js';
import type { Instance } from './instance.js';

const UNITS = 50_000;
/** So many claims are answered 202 each time that they shall go on. */
const SOME = 50;

/** Waits until more claims are answered 202. */
export type GoesOn = () => Promise<void>;

/**
 * Claims a drop at one instance while `disturb` runs. Each claim that was answered 202 must be issued, by what the other
 * instance says, and the equations must hold.
 */
export async function underClaims(
  api: Instance,
  other: Instance,
  disturb: (goesOn: GoesOn, drop: Drop) => Promise<void>,
): Promise<void> {
  const drop = await openDrop(api.url, UNITS);
  const crowd = crowdAt(() => api.url, drop, UNITS, 8);
  const goesOn: GoesOn = async () => {
    const before = crowd.won.length;
    await eventually('claims go on', async () => crowd.won.length >= before + SOME);
  };
  try {
    await goesOn();
    await disturb(goesOn, drop);
    await goesOn();
  } finally {
    await crowd.stop();
  }
  const statuses = await settle(other.url, crowd.won);
  expect([...statuses.values()].filter((status) => status !== 'issued')).toEqual([]);
  await equationsHold(() => audit(other.url, drop));
}
