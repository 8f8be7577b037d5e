/** A value, or the promise of one. Who has it at hand gives it as it is: each `await` on the way costs a hot read a promise and a microtask. */
export type MaybePromise<T> = T | Promise<T>;

/** @returns what `use` makes of the value: at once where it is at hand */
export const chain = <T, R>(value: MaybePromise<T>, use: (value: T) => MaybePromise<R>): MaybePromise<R> =>
  value instanceof Promise ? value.then(use) : use(value);

/** `Promise.all`, without a promise where all are at hand. */
export const all = <T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> =>
  isAtHand(values) ? values : Promise.all(values.map((value) => Promise.resolve(value)));

const isAtHand = <T>(values: readonly MaybePromise<T>[]): values is readonly T[] =>
  values.every((value) => !(value instanceof Promise));
