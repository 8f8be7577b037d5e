import { ConfigError } from '../config/index.js';

/** What was asked for makes no sense: the message, and how it is used. */
export class UsageError extends Error {}

const isUsage = (error: unknown): boolean =>
  error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;

/**
 * Runs a command, and tells of an error in a line instead of a stack trace.
 * @param main returns the exit status; it is 2 where it throws
 */
export async function runCommand(name: string, usage: string, main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (isUsage(error)) console.error(`${(error as Error).message}\n\n${usage}`);
    else console.error(error instanceof ConfigError ? error.message : `${name}: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}
