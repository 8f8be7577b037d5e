import { Problem } from '../common/problems.js';

/** Waits for a command. @throws Problem dependency_unavailable where it failed or had no answer in time */
export async function reach<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new Problem('dependency_unavailable', { cause });
  }
}

/** The replies of a MULTI. @throws Problem dependency_unavailable where it, or one of its commands, failed */
export async function reachAll(exec: Promise<[Error | null, unknown][] | null>): Promise<unknown[]> {
  const replies = await reach(exec);
  const failed = replies?.find(([error]) => error !== null)?.[0];
  if (failed || !replies) throw new Problem('dependency_unavailable', { cause: failed });
  return replies.map(([, reply]) => reply);
}

/**
 * The numeric reply of a script in the terms of the one table that knows them.
 * @throws Error for a reply that the table does not know
 */
export function meaningOf<T>(replies: Readonly<Record<number, T>>, reply: unknown): T {
  const known = replies[Number(reply)];
  if (known === undefined) throw new Error(`a script answered ${String(reply)}`);
  return known;
}
