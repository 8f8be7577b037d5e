/**
 * How long a test waits at least for something that must happen. It is for what hangs: a machine that is busy with other work may be
 * twenty times as slow as usual, and no test is about that. Where something happens, a test goes on at once, so it costs nothing.
 * Shorter than the two minutes after which the server ends the stream of a claim by itself.
 */
export const PATIENCE_MS = 90_000;

/** For one test that has thousands of runs. */
export const MANY_RUNS_MS = 1_800_000;
