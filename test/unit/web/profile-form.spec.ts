import { describe, expect, it } from '@jest/globals';
import type { MerchantProfile } from '../../../web/src/api/types.js';
import { profileChanges, profileForm } from '../../../web/src/lib/profile-form.js';

const profile: MerchantProfile = {
  object: 'merchant',
  id: 'mer_01k9z3v8f0abcdef',
  name: 'Tea House',
  time_zone: 'Asia/Shanghai',
  logo_url: null,
  color: '#0f766e',
  address: null,
  terms: null,
  contact: { email: 'hello@tea.example', phone: null, website: null },
  created_at: '2029-12-01T09:00:00.000Z',
};

describe('the changes of a profile', () => {
  it('are none where nothing was touched', () => {
    expect(profileChanges(profileForm(profile), profile)).toEqual({});
  });

  it('are what was touched; what was emptied is none', () => {
    const form = {
      ...profileForm(profile),
      name: ' Tea & Sons ',
      color: '',
      email: '',
      terms: 'One per bill',
    };
    expect(profileChanges(form, profile)).toEqual({
      name: 'Tea & Sons',
      color: null,
      terms: 'One per bill',
      contact: { email: null },
    });
  });

  it.each([
    ['tea.example', 'https://tea.example'],
    ['http://tea.example', 'http://tea.example'],
    ['javascript:alert(1)', 'javascript:alert(1)'], // the server refuses it
  ])('takes the website %s as %s', (typed, website) => {
    expect(profileChanges({ ...profileForm(profile), website: typed }, profile)).toEqual({
      contact: { website },
    });
  });
});
