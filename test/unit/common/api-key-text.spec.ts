import { describe, expect, it } from '@jest/globals';
import { apiKeysIn, loggableUrl } from '../../../src/common/api-key-text.js';

const KEY = 'vck_live_3k9z3v8f0abcdefghjkmnpqrstvwxyz0123456789abcdefghjkm';

describe('API keys in text', () => {
  it('are found wherever they stand in a URL', () => {
    for (const url of [`/v1/vouchers?key=${KEY}`, `/v1/${KEY}/x`, `/v1/vouchers?a=1&b=Bearer%20${KEY}&c=2`])
      expect(apiKeysIn(url)).toEqual([KEY]);
  });

  it('are found percent-encoded, beside escapes that are broken', () => {
    const encoded = KEY.replaceAll('_', '%5F').replace('v', '%76');
    expect(apiKeysIn(`/v1/vouchers?key=${encoded}`)).toEqual([KEY]);
    expect(apiKeysIn(`/v1/vouchers?q=%zz%e4&key=${encoded}`)).toEqual([KEY]);
  });

  it('are found in any case, and of the kind that is not issued yet', () => {
    expect(apiKeysIn(`/x?k=${KEY.replace('vck', 'VCK')}`)).toHaveLength(1);
    expect(apiKeysIn(`/x?k=${KEY.replace('live', 'test')}`)).toHaveLength(1);
  });

  it('are not seen where there are none', () => {
    for (const url of ['/', '/v1/vouchers/vch_01k9z3v8f0abcdef/claims', '/x?q=%76ck', '/x?q=100%'])
      expect(apiKeysIn(url)).toEqual([]);
  });
});

describe('the URL in a log', () => {
  it('has neither query nor keys', () => {
    expect(loggableUrl(`/v1/vouchers?key=${KEY}`)).toBe('/v1/vouchers');
    expect(loggableUrl(`/v1/${KEY}/x?y`)).toBe('/v1/[API key]/x');
    expect(loggableUrl('/v1/a%20b?c')).toBe('/v1/a%20b');
  });
});
