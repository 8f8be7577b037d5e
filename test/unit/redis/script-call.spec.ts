import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Command } from 'ioredis';
import type { RedisClient } from '../../../src/redis/client.js';
import { evalsha } from '../../../src/redis/script-call.js';

const SHA = 'a'.repeat(40);
const NOWHERE = {};

/** What is sent of a call, and the command that it is. */
function sent(
  keys: readonly string[],
  argv: readonly (string | number)[],
): { bytes: Buffer; command: Command } {
  let command: Command | undefined;
  const client = {
    sendCommand: (given: Command) => {
      command = given;
      return given.promise;
    },
  };
  void evalsha(client as unknown as RedisClient, SHA, keys, argv);
  if (!command) throw new Error('nothing was sent');
  return { bytes: Buffer.from(command.toWritable(NOWHERE)), command };
}

const expected = (keys: readonly string[], argv: readonly (string | number)[]): Buffer =>
  Buffer.from(new Command('evalsha', [SHA, keys.length, ...keys, ...argv]).toWritable(NOWHERE));

it('a call of a script is sent as the client itself would', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constant('\ud800'),
    fc.integer({ min: 0, max: 600 }).map((n) => 'x'.repeat(n)),
    fc.integer({ min: 0, max: 600 }).map((n) => 'é'.repeat(n)),
  );
  const args = fc.array(fc.oneof(text, fc.integer(), fc.double()), { maxLength: 200 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), args, (keys, argv) => {
      expect(sent(keys, argv).bytes.equals(expected(keys, argv))).toBe(true);
    }),
  );
});

it('one that is longer than what there is room for is whole', () => {
  const argv = Array.from({ length: 20_000 }, (_none, n) => (n % 2 === 0 ? `usr_${n}` : n));
  expect(sent(['{v}:state'], argv).bytes.equals(expected(['{v}:state'], argv))).toBe(true);
});

it('it goes to the slot of its keys, and its reply is text', async () => {
  const { command } = sent(['{vch_1}:state', '{vch_1}:claims'], ['{elsewhere}']);
  expect(command.getKeys()).toEqual(['{vch_1}:state', '{vch_1}:claims']);
  command.resolve([Buffer.from('a'), 1] as never);
  await expect(command.promise).resolves.toEqual(['a', 1]);
});
