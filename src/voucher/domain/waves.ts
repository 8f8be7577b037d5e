/** Units that are added to a voucher at a time. Milliseconds since 1970. */
export interface Wave {
  readonly at: number;
  readonly units: number;
  readonly released: boolean;
}

export const MAX_WAVES = 50;

/** The first that is to be released by then; those before it are. */
export const dueWave = (waves: readonly Wave[], now: number): Wave | undefined =>
  waves.find(({ at, released }) => !released && at <= now);

/** The first that is still to come. */
export const nextWave = (waves: readonly Wave[]): Wave | undefined => waves.find(({ released }) => !released);

export const unitsToCome = (waves: readonly Wave[]): number =>
  waves.reduce((sum, { units, released }) => sum + (released ? 0 : units), 0);

/** Units that are in the stock already because their time has come. */
export const unitsReleased = (waves: readonly Wave[]): number =>
  waves.reduce((sum, { units, released }) => sum + (released ? units : 0), 0);

/** The same list after one of its waves was released; nothing where it is not there, or was released before. */
export function afterRelease(waves: readonly Wave[], wave: Wave): readonly Wave[] | undefined {
  const place = waves.findIndex(
    ({ at, units, released }) => !released && at === wave.at && units === wave.units,
  );
  return place === -1 ? undefined : waves.with(place, { ...wave, released: true });
}
