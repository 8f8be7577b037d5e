import { describe, expect, it } from '@jest/globals';
import { sealFor, sealingSecrets, type SealingSecrets } from '../../../src/config/secrets.js';

const [FIRST, SECOND, THIRD] = ['f', 's', 't'].map((letter) => letter.repeat(32)) as [string, string, string];
const sealWith = (config: SealingSecrets, purpose = 'test') => sealFor(sealingSecrets(config), purpose);

describe('a sealed text', () => {
  const sealed = sealWith({ JWT_SECRET: FIRST }).seal('row', 'a secret');

  it('opens for its owner, with its key and purpose, unaltered; else not at all', () => {
    const seal = sealWith({ JWT_SECRET: FIRST });
    expect(seal.open('row', sealed)).toBe('a secret');
    expect(sealed).not.toContain('secret');
    const altered = `${sealed.startsWith('A') ? 'B' : 'A'}${sealed.slice(1)}`;
    for (const [owner, text] of [
      ['another', sealed],
      ['row', altered],
      ['row', ''],
      ['row', sealed.slice(0, 24)],
    ] as const)
      expect(seal.open(owner, text)).toBeUndefined();
    expect(sealWith({ JWT_SECRET: FIRST }, 'other').open('row', sealed)).toBeUndefined();
    expect(sealWith({ JWT_SECRET: SECOND }).open('row', sealed)).toBeUndefined();
  });

  it.each<[string, SealingSecrets]>([
    ['SECRETS_KEY takes the place of JWT_SECRET', { JWT_SECRET: FIRST, SECRETS_KEY: SECOND }],
    ['JWT_SECRET is changed', { JWT_SECRET: SECOND, JWT_SECRET_PREVIOUS: FIRST }],
    ['JWT_SECRET is changed, and SECRETS_KEY is what it was', { JWT_SECRET: SECOND, SECRETS_KEY: FIRST }],
    ['all is changed', { JWT_SECRET: SECOND, SECRETS_KEY: THIRD, SECRETS_KEY_PREVIOUS: FIRST }],
  ])('opens where %s, and is then sealed with the key that counts', (_what, config) => {
    const seal = sealWith(config);
    expect(seal.open('row', sealed)).toBe('a secret');
    const present = sealWith({ JWT_SECRET: config.SECRETS_KEY ?? config.JWT_SECRET });
    const renewed = seal.renewed('row', sealed);
    if (config.SECRETS_KEY === FIRST) expect(renewed).toBeUndefined();
    else expect(present.open('row', renewed ?? '')).toBe('a secret');
    expect(seal.renewed('row', seal.seal('row', 'new'))).toBeUndefined();
    expect(present.open('row', seal.seal('row', 'new'))).toBe('new');
  });
});
