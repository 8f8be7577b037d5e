/** What an API key may be for; a route that names none of these takes no keys. */
export const API_SCOPES = [
  'vouchers:read',
  'vouchers:write',
  'claims:read',
  'claims:write',
  'redemptions:read',
  'redemptions:write',
  'webhooks:read',
  'webhooks:write',
] as const;

export type ApiScope = (typeof API_SCOPES)[number];
