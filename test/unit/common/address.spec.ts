import { describe, expect, test } from '@jest/globals';
import {
  addressBits,
  addressRange,
  clientKey,
  plainAddress,
  rangeText,
} from '../../../src/common/address.js';

describe('one client', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['no address', 'no address'],
  ])('%s counts as %s', (ip, key) => {
    expect(clientKey(ip)).toBe(key);
  });

  test('the plain form drops the mapping and the zone, and keeps the host', () => {
    expect(plainAddress('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(plainAddress('FE80::1%eth0')).toBe('fe80::1');
    expect(plainAddress('198.51.100.1')).toBe('198.51.100.1');
  });
});

describe('a range', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7/32', '203.0.113.7'],
    ['203.0.113.7/24', '203.0.113.0/24'],
    ['255.255.255.255/1', '128.0.0.0/1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7/120', '203.0.113.0/24'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8:1:2:3:4:5:6/64', '2001:db8:1:2::/64'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
    ['::1', '::1'],
    ['::/0', '::/0'],
  ])('%s is written %s', (text, written) => {
    const range = addressRange(text);
    expect(range && rangeText(range)).toBe(written);
    expect(addressRange(written)).toEqual(range);
  });

  test.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '1.2.3.4/1/2',
    '::/129',
    'fe80::1%eth0',
  ])('%j is none', (text) => {
    expect(addressRange(text)).toBeUndefined();
  });

  test('an address has the same bits in both ways of writing it', () => {
    expect(addressBits('1.2.3.4')).toBe(addressBits('::ffff:1.2.3.4'));
    expect(addressBits('::ffff:102:304')).toBe(0xffff01020304n);
    expect(addressBits('2001:db8::1')).toBe(0x20010db8000000000000000000000001n);
    expect(addressBits('no address')).toBeUndefined();
  });
});
