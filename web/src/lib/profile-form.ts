import type { MerchantProfile, UpdateMerchant } from '../api/types.js';

/** A merchant's profile as somebody types it: what is empty is none. */
export interface ProfileForm {
  name: string;
  timeZone: string;
  color: string;
  address: string;
  terms: string;
  email: string;
  phone: string;
  website: string;
}

export const profileForm = (profile: MerchantProfile): ProfileForm => ({
  name: profile.name,
  timeZone: profile.time_zone,
  color: profile.color ?? '',
  address: profile.address ?? '',
  terms: profile.terms ?? '',
  email: profile.contact.email ?? '',
  phone: profile.contact.phone ?? '',
  website: profile.contact.website ?? '',
});

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** The fields that somebody changed. A website is typed without its `https://` more often than with it. */
export function profileChanges(form: ProfileForm, profile: MerchantProfile): UpdateMerchant {
  const before = profileForm(profile);
  const changed = (name: keyof ProfileForm): boolean => form[name].trim() !== before[name];
  const text = (name: keyof ProfileForm): string | null => form[name].trim() || null;
  const website = text('website');
  const contact = {
    ...(changed('email') ? { email: text('email') } : {}),
    ...(changed('phone') ? { phone: text('phone') } : {}),
    ...(changed('website')
      ? { website: website === null || HAS_SCHEME.test(website) ? website : `https://${website}` }
      : {}),
  };
  return {
    ...(changed('name') ? { name: form.name.trim() } : {}),
    ...(changed('timeZone') ? { time_zone: form.timeZone } : {}),
    ...(changed('color') ? { color: text('color') } : {}),
    ...(changed('address') ? { address: text('address') } : {}),
    ...(changed('terms') ? { terms: text('terms') } : {}),
    ...(Object.keys(contact).length > 0 ? { contact } : {}),
  };
}
