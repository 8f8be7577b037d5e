import { describe, expect, it } from '@jest/globals';
import { answer } from '../../../../../src/claim/gate/redis/gate-answers.redis.js';

const replied = (message: string): Promise<never> =>
  Promise.reject(Object.assign(new Error(message), { name: 'ReplyError' }));

const wrapped = (rest: string): string =>
  `ERR Error running script (call to f_93628c47485825605e4e3ca27ab2ec55e07c86f6): @user_script:1: @user_script: 1: ${rest}`;

/** Texts as the servers sent them. */
describe('an error of Redis', () => {
  it.each([
    ['NOSCRIPT No matching script. Please use EVAL.', 'scripts'],
    [`READONLY You can't write against a read only replica. script: 93628c47, on @user_script:1.`, 'history'],
    [`READONLY You can't write against a read only replica. script: on @user_script:1.`, 'history'],
    [wrapped(`-READONLY You can't write against a read only replica. `), 'history'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'history'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'state'],
    [wrapped('-WRONGTYPE Operation against a key holding the wrong kind of value '), 'state'],
    [wrapped('attempt to compare nil with number '), 'state'],
  ])('%s means lost', async (message, reason) => {
    await expect(answer(replied(message))).rejects.toMatchObject({ name: 'GateLostError', reason });
  });

  it.each([
    [
      "OOM command not allowed when used memory > 'maxmemory'. script: 93628c47, on @user_script:1.",
      'memory',
    ],
    [wrapped("-OOM command not allowed when used memory > 'maxmemory'. "), 'memory'],
    ['MISCONF Redis is configured to save RDB snapshots, but is unable to persist to disk.', 'snapshot'],
    ['NOREPLICAS Not enough good replicas to write.', 'min-replicas-to-write'],
    [wrapped('-NOREPLICAS Not enough good replicas to write. '), 'min-replicas-to-write'],
    ['MOVED 10182 127.0.0.1:17701', 'node of a cluster'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'node of a cluster'],
    ['CLUSTERDOWN The cluster is down', 'cluster is down'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'being moved'],
    ['ASK 10182 127.0.0.1:17701', 'being moved'],
    ['LOADING Redis is loading the dataset in memory', 'loading'],
    ["NOPERM User app has no permissions to run the 'info' command", 'permit'],
    [
      "ERR ACL failure in script: User app has no permissions to run the 'info' command script: on @",
      'permit',
    ],
    [wrapped("The user executing the script can't run this command or subcommand"), 'permit'],
    [
      "ERR The user executing the script can't run this command or subcommand script: bc5a, on @user_script:1.",
      'permit',
    ],
  ])('%s means refused for now, and nothing was taken', async (message, why) => {
    await expect(answer(replied(message))).rejects.toMatchObject({
      name: 'GateUnreachableError',
      sent: false,
      message: expect.stringContaining(why),
    });
  });

  it('that it does not know is passed on as it is', async () => {
    await expect(answer(replied('ERR unknown command'))).rejects.toMatchObject({ name: 'ReplyError' });
  });

  it.each([
    ['Command timed out', true],
    ["Stream isn't writeable and enableOfflineQueue options is false", false],
  ])('of the client, %s, tells whether the gate may have decided', async (message, sent) => {
    await expect(answer(Promise.reject(new Error(message)))).rejects.toMatchObject({
      name: 'GateUnreachableError',
      sent,
    });
  });
});
