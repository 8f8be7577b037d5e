import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { loadConfig } from '../../../src/config/index.js';

const SECRETS = { JWT_SECRET: 'j'.repeat(32), CLAIM_SECRET: 'c'.repeat(32) };

/** A module of its own for each test: what is armed stays armed for the life of a process. */
async function fresh(setting: string | undefined) {
  jest.resetModules();
  const failpoints = await import('../../../src/common/failpoints.js');
  failpoints.armFailpoints(setting);
  return failpoints;
}

describe('a failpoint', () => {
  const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
  afterEach(() => {
    kill.mockClear();
  });

  it('does nothing in a process that was not started for a rehearsal', async () => {
    const { failpoint, FAILPOINTS } = await fresh(undefined);
    for (const step of FAILPOINTS) failpoint(step);
    expect(kill).not.toHaveBeenCalled();
  });

  it('kills the process at the pass that the setting names, and at no other step', async () => {
    const { failpoint } = await fresh('claim.after-gate=kill:3,outbox.after-send=kill:1');
    failpoint('claim.after-log');
    failpoint('claim.after-gate');
    failpoint('claim.after-gate');
    expect(kill).not.toHaveBeenCalled();
    failpoint('claim.after-gate');
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGKILL']]);
  });

  it('refuses a step that does not exist', async () => {
    await expect(fresh('claim.on-the-moon=kill:1')).rejects.toThrow('there is no step claim.on-the-moon');
  });

  it('is refused in production by the configuration, as is a wrong clock', () => {
    const production = { NODE_ENV: 'production', ...SECRETS };
    expect(() => loadConfig({ ...production, FAILPOINTS: 'claim.after-gate=kill:1' })).toThrow(
      'FAILPOINTS: rehearsals only; refused in production',
    );
    expect(() => loadConfig({ ...production, CLOCK_OFFSET_MS: '60000' })).toThrow(
      'CLOCK_OFFSET_MS: rehearsals only; refused in production',
    );
    expect(loadConfig({ FAILPOINTS: 'claim.after-gate=kill:1' }).FAILPOINTS).toBe('claim.after-gate=kill:1');
  });

  it.each(['claim.after-gate', 'claim.after-gate=stop:1', 'claim.after-gate=kill:0', ';'])(
    'is refused where its setting is malformed: %s',
    (setting) => {
      expect(() => loadConfig({ FAILPOINTS: setting })).toThrow('FAILPOINTS: must be');
    },
  );
});
