import { PlainError } from '../harness/programs.js';

/** @throws PlainError unless it is a whole number from 1 */
export function whole(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new PlainError(`--${name} is a whole number from 1`);
  return value;
}

/** Runs a measurement. @param main returns the exit status; it is 2 where it throws */
export async function runMeasurement(usage: string, main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const isPlain =
      error instanceof PlainError || String((error as { code?: string }).code).startsWith('ERR_PARSE_ARGS');
    console.error(isPlain ? `${(error as Error).message}\n\n${usage}` : error);
    process.exitCode = 2;
  }
}
