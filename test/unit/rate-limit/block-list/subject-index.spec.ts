import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BlockList as NodeBlockList } from 'node:net';
import { SubjectIndex } from '../../../../src/rate-limit/block-list/subject-index.js';
import type { Block, BlockSubject } from '../../../../src/rate-limit/ports/block-list.js';

const NOW = 1_800_000_000_000;
const block = (id: string, subject: BlockSubject, endsAt: number | null = null): Block => ({
  id,
  subject,
  reason: 'a test',
  source: 'admin',
  createdBy: 'usr_1',
  createdAt: NOW,
  endsAt,
});
const range = (text: string): BlockSubject => ({ kind: 'address', range: text });
const user = (userId: string): BlockSubject => ({ kind: 'user', userId });

describe('blocks by subject', () => {
  it.each([
    ['203.0.113.7', ['203.0.113.7', '::ffff:203.0.113.7', '::ffff:cb00:7107'], ['203.0.113.8', '::1']],
    ['203.0.113.0/24', ['203.0.113.0', '203.0.113.255'], ['203.0.112.255', '203.0.114.0']],
    ['::ffff:203.0.113.0/120', ['203.0.113.9'], ['203.0.112.9']],
    ['2001:db8::/32', ['2001:db8::1', '2001:DB8:ffff::'], ['2001:db9::1', '32.1.13.184']],
    ['2001:db8:1:2::/64', ['2001:db8:1:2:3:4:5:6'], ['2001:db8:1:3::1']],
    ['::/16', ['::1'], ['203.0.113.7', '::ffff:203.0.113.7']],
  ])('finds in %s what lies in it', (text, inside, outside) => {
    const index = new SubjectIndex();
    index.add(block('blk_1', range(text)));
    for (const address of inside) expect(index.ofAddress(address, NOW)?.id).toBe('blk_1');
    for (const address of [...outside, 'no address', ''])
      expect(index.ofAddress(address, NOW)).toBeUndefined();
  });

  it('finds users by their id alone', () => {
    const index = new SubjectIndex();
    index.add(block('blk_1', user('usr_1')));
    expect(index.ofUser('usr_1', NOW)?.id).toBe('blk_1');
    expect(index.ofUser('usr_2', NOW)).toBeUndefined();
    expect(index.ofAddress('usr_1', NOW)).toBeUndefined();
  });

  it('knows no block that has ended, and finds the one behind it', () => {
    const index = new SubjectIndex();
    index.add(block('blk_1', user('usr_1'), NOW + 10));
    expect(index.ofUser('usr_1', NOW + 9)?.id).toBe('blk_1');
    expect(index.ofUser('usr_1', NOW + 10)).toBeUndefined();
    index.add(block('blk_2', user('usr_1'), NOW + 20));
    expect(index.ofUser('usr_1', NOW + 10)?.id).toBe('blk_2');
  });

  it('leaves other blocks of the subject when one is removed, and nothing when all are', () => {
    const index = new SubjectIndex();
    for (const id of ['blk_1', 'blk_2']) index.add(block(id, range('203.0.113.0/24')));
    index.remove('blk_1');
    expect(index.ofAddress('203.0.113.1', NOW)?.id).toBe('blk_2');
    index.remove('blk_2');
    index.remove('blk_2');
    expect(index.ofAddress('203.0.113.1', NOW)).toBeUndefined();
    expect(index.size).toBe(0);
  });

  it('puts a block that comes again in the place of the first', () => {
    const index = new SubjectIndex();
    index.add(block('blk_1', range('203.0.113.0/24')));
    index.add(block('blk_1', user('usr_1')));
    expect(index.ofAddress('203.0.113.1', NOW)).toBeUndefined();
    expect(index.ofUser('usr_1', NOW)?.id).toBe('blk_1');
    expect(index.size).toBe(1);
  });

  it('says the same as the list of Node for any set of ranges', () => {
    // Few bits in use, so that ranges and addresses meet.
    const v4 = fc
      .tuple(fc.constantFrom(10, 11), fc.constantFrom(0, 128), fc.nat(3), fc.nat(255))
      .map((b) => b.join('.'));
    const v6 = fc
      .tuple(fc.constantFrom('2001:db8', '2001:db9'), fc.nat(3), fc.nat(0xffff))
      .map(([head, group, last]) => `${head}:${group}::${last.toString(16)}`);
    const ranges = fc.array(
      fc.oneof(
        fc.tuple(v4, fc.integer({ min: 1, max: 32 })),
        fc.tuple(v6, fc.integer({ min: 17, max: 128 })),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(ranges, fc.array(fc.oneof(v4, v6), { maxLength: 20 }), (given, addresses) => {
        const index = new SubjectIndex();
        const model = new NodeBlockList();
        given.forEach(([address, prefix], n) => {
          index.add(block(`blk_${n}`, range(`${address}/${prefix}`)));
          model.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4');
        });
        for (const address of addresses) {
          const blocked = index.ofAddress(address, NOW) !== undefined;
          expect({ address, blocked }).toEqual({
            address,
            blocked: model.check(address, address.includes(':') ? 'ipv6' : 'ipv4'),
          });
        }
      }),
    );
  });
});
