import { describe, expect, it } from '@jest/globals';
import { ACCOUNTS_PER_DEVICE, KnownDevices, withToken } from '../../../src/auth/known-devices.js';
import { ManualClock } from '../../support/manual-clock.js';

const SECRET = { JWT_SECRET: 's'.repeat(32) };
const DAY_MS = 86_400_000;

describe('a known device', () => {
  it('is known for one account, by a token of this installation, whichever place the token has', () => {
    const devices = new KnownDevices(SECRET, new ManualClock());
    const token = devices.issue('lin');
    const others = [devices.issue('bo'), devices.issue('mei')];
    const device = devices.deviceOf('lin', token);
    expect(device).toBeDefined();
    expect(devices.deviceOf('lin', [...others, token].join('~'))).toBe(device);
    expect(devices.deviceOf('lin', others.join('~'))).toBeUndefined();
    const elsewhere = new KnownDevices({ JWT_SECRET: 't'.repeat(32) }, new ManualClock());
    expect(elsewhere.deviceOf('lin', token)).toBeUndefined();
  });

  it('is not known by a token with any one character changed', () => {
    const devices = new KnownDevices(SECRET, new ManualClock());
    const token = devices.issue('lin');
    for (let at = 0; at < token.length; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === 'a' ? 'b' : 'a'}${token.slice(at + 1)}`;
      expect(devices.deviceOf('lin', changed)).toBeUndefined();
    }
  });

  it.each([undefined, '', '~', '.', 'a.b.c', '~'.repeat(500), '\u0000', `${'9'.repeat(40)}.x.y`])(
    'is not known by %j',
    (tokens) => {
      expect(new KnownDevices(SECRET, new ManualClock()).deviceOf('lin', tokens)).toBeUndefined();
    },
  );

  it('is known for a year', () => {
    const clock = new ManualClock();
    const devices = new KnownDevices(SECRET, clock);
    const token = devices.issue('lin');
    clock.pass(365 * DAY_MS);
    expect(devices.deviceOf('lin', token)).toBeDefined();
    clock.pass(DAY_MS + 1);
    expect(devices.deviceOf('lin', token)).toBeUndefined();
  });

  it('keeps the tokens of so many accounts, the latest first, and nothing else', () => {
    const devices = new KnownDevices(SECRET, new ManualClock());
    const tokens = Array.from({ length: ACCOUNTS_PER_DEVICE + 2 }, (_, n) => devices.issue(`account ${n}`));
    const kept = tokens.reduce((all: string | undefined, token) => withToken(token, all), 'junk~<x>');
    expect(kept).toBe(tokens.slice(-ACCOUNTS_PER_DEVICE).reverse().join('~'));
    expect((kept ?? '').length).toBeLessThan(512);
  });
});
