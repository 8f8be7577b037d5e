import { describe, expect, it } from '@jest/globals';
import { mailboxOf } from '../../../src/common/mailbox.js';

describe('the mailbox of an address', () => {
  it.each([
    ['lin@x.com', ['lin+1@x.com', 'lin+a+b@x.com']],
    ['linyue@gmail.com', ['lin.yue@gmail.com', 'l.i.n.yue+shop@googlemail.com', 'linyue@googlemail.com']],
    ['linyue@proton.me', ['lin-yue@protonmail.com', 'lin_yue@pm.me', 'lin.yue+1@proton.me']],
    ['lin@icloud.com', ['lin@me.com', 'lin+1@mac.com']],
  ])('%s is that of its other spellings', (mailbox, spellings) => {
    expect(mailboxOf(mailbox)).toBe(mailbox);
    for (const spelling of spellings) expect(mailboxOf(spelling)).toBe(mailbox);
  });

  it.each([
    ['lin.yue@x.com', 'linyue@x.com'],
    ['lin-yue@gmail.com', 'linyue@gmail.com'],
    ['lin@hotmail.com', 'lin@outlook.com'],
    ['+1@x.com', '+2@x.com'],
    ['...@gmail.com', 'a@gmail.com'],
    ['"lin+1 yue"@x.com', '"lin+2 yue"@x.com'],
  ])('%s and %s are two', (one, other) => {
    expect(mailboxOf(one)).not.toBe(mailboxOf(other));
  });
});
