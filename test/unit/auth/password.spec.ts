import { describe, expect, it } from '@jest/globals';
import { PasswordHasher } from '../../../src/auth/password.js';

const weak = new PasswordHasher({ PASSWORD_MEMORY_KIB: 64, PASSWORD_ITERATIONS: 1 });

describe('passwords', () => {
  it('are hashed with argon2id, the configured parameters and a salt', async () => {
    const hashes = await Promise.all([weak.hash('password1'), weak.hash('password1')]);
    expect(hashes[0]).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('are right or wrong', async () => {
    const stored = await weak.hash('password1');
    expect(await weak.check('password1', stored)).toBe('right');
    expect(await weak.check('password2', stored)).toBe('wrong');
  });

  it('are wrong for an unknown account and for one without a password', async () => {
    expect(await weak.check('password1', undefined)).toBe('wrong');
    expect(await weak.check('password1', null)).toBe('wrong');
  });

  it('are the same composed and decomposed', async () => {
    expect(await weak.check('cafe\u0301 cr\u00e8me', await weak.hash('caf\u00e9 cre\u0300me'))).toBe('right');
  });

  it.each([
    { PASSWORD_MEMORY_KIB: 128, PASSWORD_ITERATIONS: 1 },
    { PASSWORD_MEMORY_KIB: 64, PASSWORD_ITERATIONS: 2 },
  ])('are outdated once the parameters were raised: %j', async (raised) => {
    const stored = await weak.hash('password1');
    const stronger = new PasswordHasher(raised);
    expect(await stronger.check('password1', stored)).toBe('right-but-outdated');
    expect(await stronger.check('password2', stored)).toBe('wrong');
    expect(await weak.check('password1', await stronger.hash('password1'))).toBe('right');
  });

  it('are refused as overload instead of waiting without end', async () => {
    const results = await Promise.allSettled(Array.from({ length: 1_001 }, () => weak.hash('password1')));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'overloaded' });
    await expect(weak.hash('password1')).resolves.toBeDefined();
  });
});
