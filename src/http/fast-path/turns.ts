/**
 * Lets what arrives in one turn of the event loop be served together in the next.
 * @param most so many at a time: until what came meanwhile is looked at
 * @returns takes what arrives
 */
export function batchPerTurn<T>(most: number, serve: (some: readonly T[]) => void): (one: T) => void {
  const waiting: T[] = [];
  const turn = (): void => {
    const some = waiting.splice(0, most);
    if (waiting.length > 0) setImmediate(turn);
    serve(some);
  };
  return (one) => {
    if (waiting.push(one) === 1) setImmediate(turn);
  };
}

/**
 * Serves what arrives as soon as it may be answered, not behind what else the turn of the event loop has to do; so many in a turn, the
 * others in the next ones.
 * @returns takes what arrives
 */
export function limitPerTurn<T>(most: number, serve: (one: T) => void): (one: T) => void {
  const waiting: T[] = [];
  let room = most;
  const proceed = (): void => {
    const some = waiting.splice(0, room);
    if (room === most) setImmediate(nextTurn);
    room -= some.length;
    for (const one of some) serve(one);
  };
  const nextTurn = (): void => {
    room = most;
    if (waiting.length > 0) proceed();
  };
  return (one) => {
    if (waiting.push(one) === 1 && room > 0) process.nextTick(proceed);
  };
}
