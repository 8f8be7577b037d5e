/**
 * Steps of a claim's way, and of a rebuild of the gate, at which a rehearsal may end the process.
 * @public read by a spec that loads this module anew, which no import shows
 */
export const FAILPOINTS = [
  'claim.before-gate',
  'claim.after-gate',
  'claim.after-log',
  'intake.after-commit',
  'consumer.before-commit',
  'consumer.after-commit',
  'consumer.after-confirm',
  'outbox.after-send',
  'return.after-commit',
  'return.after-gate',
  'offer.after-commit',
  'confirm.after-commit',
  'redemption.after-commit',
  'recovery.after-raise',
  'recovery.after-revoke',
  'recovery.after-barrier',
  'recovery.after-announce',
  'recovery.after-rebuild',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** Passes that are left by step; `undefined` in every process that was not started for a rehearsal. */
let armed: Map<string, number> | undefined;

/**
 * Arms the steps of the setting `FAILPOINTS`, whose form the configuration has checked and which it refuses in production.
 * Kept in the module rather than injected: a process has one death, and a step must cost its caller one line.
 * @param setting `step=kill:N`, separated by commas: kill -9 of this process at the Nth pass
 * @throws Error naming a step that does not exist
 */
export function armFailpoints(setting: string | undefined): void {
  if (setting === undefined) return;
  armed = new Map();
  for (const [, step = '', passes] of setting.matchAll(/([a-z.-]+)=kill:(\d+)/g)) {
    if (!(FAILPOINTS as readonly string[]).includes(step))
      throw new Error(`FAILPOINTS: there is no step ${step}`);
    armed.set(step, Number(passes));
  }
}

/** A step was reached. Does nothing unless a rehearsal armed it. */
export function failpoint(step: Failpoint): void {
  if (armed !== undefined) pass(armed, step);
}

function pass(steps: Map<string, number>, step: Failpoint): void {
  const left = steps.get(step);
  if (left === undefined) return;
  steps.set(step, left - 1);
  // A signal of one's own arrives before the call returns: nothing behind the step happens.
  if (left === 1) process.kill(process.pid, 'SIGKILL');
}
