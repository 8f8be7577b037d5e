import { describe, expect, it } from '@jest/globals';
import { emptyApiKeyForm, readApiKeyForm, type ApiKeyForm } from '../../../web/src/lib/api-key-form.js';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const ZONE = 'America/New_York';

describe('the form of an API key', () => {
  const read = (changes: Partial<ApiKeyForm>, now = NOW) =>
    readApiKeyForm(
      { ...emptyApiKeyForm('live'), name: ' Shop ', scopes: ['claims:read', 'vouchers:write'], ...changes },
      now,
      ZONE,
    );
  const codes = (changes: Partial<ApiKeyForm>, now = NOW) =>
    read(changes, now).errors.map(({ pointer, code }) => `${pointer} ${code}`);

  it('asks for no more than what was chosen', () => {
    const { body, errors } = read({});
    expect(errors).toEqual([]);
    expect(body).toEqual({ name: 'Shop', mode: 'live', scopes: ['vouchers:write', 'claims:read'] });
  });

  it('counts days from now, and reads a time in the zone of the device', () => {
    expect(read({ expires: '30' }).body.expires_at).toBe('2030-01-31T00:00:00.000Z');
    expect(read({ expires: 'date', expiresAt: '2030-06-01T12:00' }).body.expires_at).toBe(
      '2030-06-01T16:00:00.000Z',
    );
    // It comes twice that night: the key ends at the first.
    expect(read({ expires: 'date', expiresAt: '2030-11-03T01:30' }).body.expires_at).toBe(
      '2030-11-03T05:30:00.000Z',
    );
  });

  it('takes a time that was not finished, never was or has passed for an error, not for "never"', () => {
    expect(codes({ expires: 'date' })).toEqual(['/expires_at no_time']);
    expect(codes({ expires: 'date', expiresAt: '2030-03-10T02:30' })).toEqual(['/expires_at skipped_time']);
    expect(codes({ expires: 'date', expiresAt: '2029-12-31T12:00' })).toEqual(['/expires_at in_the_past']);
    expect(codes({ name: ' ', scopes: [] })).toEqual(['/name required', '/scopes required']);
  });

  it('knows on which line each address stands', () => {
    const { body, addressLines } = read({ addresses: '203.0.113.0/24\n\n 2001:db8::/32 \n' });
    expect(body.addresses).toEqual(['203.0.113.0/24', '2001:db8::/32']);
    expect(addressLines).toEqual([1, 3]);
  });
});
