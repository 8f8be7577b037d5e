import type { Merchant } from '../auth/index.js';
import { rfc3339 } from '../common/clock.js';
import type { ClaimMerchantAnswer, MerchantCardAnswer, MerchantProfileAnswer } from './merchant.dto.js';

const logoUrl = ({ id, logo }: Readonly<Merchant>): string | null =>
  logo === null ? null : `/v1/merchants/${id}/logos/${logo}`;

export const merchantCardBody = (merchant: Readonly<Merchant>): MerchantCardAnswer => ({
  id: merchant.id,
  name: merchant.name,
  logo_url: logoUrl(merchant),
  color: merchant.color,
});

const contactOf = (merchant: Readonly<Merchant>): ClaimMerchantAnswer['contact'] => ({
  email: merchant.contactEmail,
  phone: merchant.contactPhone,
  website: merchant.contactWebsite,
});

export const claimMerchantBody = (merchant: Readonly<Merchant>): ClaimMerchantAnswer => ({
  ...merchantCardBody(merchant),
  address: merchant.address,
  terms: merchant.terms,
  contact: contactOf(merchant),
});

export const merchantEtag = ({ version }: Readonly<Merchant>): string => `"m${version}"`;

export const merchantBody = (merchant: Readonly<Merchant>): MerchantProfileAnswer => ({
  object: 'merchant',
  id: merchant.id,
  name: merchant.name,
  time_zone: merchant.timeZone,
  logo_url: logoUrl(merchant),
  color: merchant.color,
  address: merchant.address,
  terms: merchant.terms,
  contact: contactOf(merchant),
  created_at: rfc3339(merchant.createdAt),
});
