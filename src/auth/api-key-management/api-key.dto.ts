import { z } from 'zod';
import { secretRotation } from '../../http/validation/secret-rotation.js';
import {
  instant,
  listSchema,
  mode,
  pageQuery,
  plainText,
  timestamp,
} from '../../http/validation/validation.js';
import { isAddressRange } from '../../common/address.js';
import { rfc3339, rfc3339OrNull } from '../../common/clock.js';
import type { ApiKeyWithSecrets } from '../api-keys/api-key.store.js';
import { API_SCOPES } from '../api-keys/scopes.js';

const ID = 'key_01k9z3v8f0abcdef';
const SECRET = 'vck_live_3k9z3v8f0abcdefghjkmnpqrstvwxyz0123456789abcdefghjkm';
const ADDRESSES_MAX = 20;

const scope = z.enum(API_SCOPES).meta({ id: 'ApiScope' });

const addressRangeText = z
  .string()
  .max(64)
  .refine(isAddressRange, { message: 'must be an address, or a range such as 203.0.113.0/24' })
  .meta({ examples: ['203.0.113.0/24'] });

export const createApiKeyBody = z
  .strictObject({
    name: plainText(1, 100).meta({
      description: 'For people to recognize it by.',
      examples: ['Shop backend'],
    }),
    mode: mode()
      .default('live')
      .meta({ description: 'A `test` key sees and creates objects of test mode only.' }),
    scopes: z
      .array(scope)
      .min(1)
      .refine((scopes) => new Set(scopes).size === scopes.length, { message: 'must not repeat a scope' })
      .meta({ description: 'What the key may do. Cannot be changed later.' }),
    addresses: z.array(addressRangeText).max(ADDRESSES_MAX).optional().meta({
      description: 'IP addresses and CIDR ranges from which the key may be used. If empty, from anywhere.',
    }),
    expires_at: instant()
      .optional()
      .meta({ description: 'When the key expires. If left out, it does not expire.' }),
  })
  .meta({
    id: 'ApiKeyRequest',
    examples: [
      { name: 'Shop backend', scopes: ['vouchers:write', 'claims:read'], addresses: ['203.0.113.0/24'] },
    ],
  });

export const rotateApiKeyBody = secretRotation(
  'ApiKeyRotationRequest',
  'How many seconds the previous secret stays valid. Use 0 if it has leaked.',
);

export const apiKeysQuery = pageQuery({});

export type CreateApiKeyBody = z.output<typeof createApiKeyBody>;
export type RotateApiKeyBody = z.output<typeof rotateApiKeyBody>;
export type ApiKeysQuery = z.output<typeof apiKeysQuery>;

const members = {
  object: z.literal('api_key'),
  id: z.string(),
  name: z.string(),
  mode: mode(),
  status: z.enum(['active', 'expired', 'revoked']),
  scopes: z.array(scope),
  addresses: z.array(z.string()),
  hint: z.string().meta({ description: 'The last characters of the secret, to tell keys apart.' }),
  created_by: z.string().meta({ description: 'the user' }),
  created_at: timestamp('2030-01-01T09:00:00.000Z'),
  expires_at: timestamp('2031-01-01T00:00:00.000Z').nullable(),
  last_used_at: timestamp('2030-01-02T18:30:00.000Z')
    .nullable()
    .meta({ description: 'Accurate to the minute.' }),
  rotated_at: timestamp('2030-01-02T09:00:00.000Z')
    .nullable()
    .meta({ description: 'When its current secret was created by a rotation.' }),
  previous_secret_until: timestamp('2030-01-03T09:00:00.000Z')
    .nullable()
    .meta({ description: 'The previous secret is accepted until this time.' }),
  revoked_at: timestamp('2030-01-05T09:00:00.000Z').nullable(),
};

const EXAMPLE = {
  object: 'api_key',
  id: ID,
  name: 'Shop backend',
  mode: 'live',
  status: 'active',
  scopes: ['vouchers:write', 'claims:read'],
  addresses: ['203.0.113.0/24'],
  hint: SECRET.slice(-4),
  created_by: 'usr_01k9z3v8f0000000',
  created_at: '2030-01-01T09:00:00.000Z',
  expires_at: '2031-01-01T00:00:00.000Z',
  last_used_at: '2030-01-02T18:30:00.000Z',
  rotated_at: null,
  previous_secret_until: null,
  revoked_at: null,
} as const;

export const apiKeyAnswer = z.object(members).meta({ id: 'ApiKey', examples: [EXAMPLE] });

export const mintedApiKeyAnswer = z
  .object({
    ...members,
    secret: z.string().meta({ description: 'Returned only in this response. Store it safely.' }),
  })
  .meta({ id: 'ApiKeyWithSecret', examples: [{ ...EXAMPLE, secret: SECRET }] });

export const apiKeyListAnswer = listSchema(apiKeyAnswer, '/v1/api-keys');

export type ApiKeyBody = z.output<typeof apiKeyAnswer>;
export type MintedApiKeyBody = z.output<typeof mintedApiKeyAnswer>;

/** @param now ms since 1970: a key expires by itself */
export function apiKeyBody(key: ApiKeyWithSecrets, now: number): ApiKeyBody {
  const [newest, before] = key.secrets;
  const isExpired = key.expiresAt !== null && key.expiresAt <= now;
  const previousUntil = before?.endsAt ?? null;
  return {
    object: 'api_key',
    id: key.id,
    name: key.name,
    mode: key.mode,
    status: key.revokedAt !== null ? 'revoked' : isExpired ? 'expired' : 'active',
    scopes: [...key.scopes],
    addresses: [...key.addresses],
    hint: newest?.hint ?? '',
    created_by: key.createdBy,
    created_at: rfc3339(key.createdAt),
    expires_at: rfc3339OrNull(key.expiresAt),
    last_used_at: rfc3339OrNull(key.lastUsedAt),
    rotated_at: newest && newest.createdAt !== key.createdAt ? rfc3339(newest.createdAt) : null,
    previous_secret_until: previousUntil !== null && previousUntil > now ? rfc3339(previousUntil) : null,
    revoked_at: rfc3339OrNull(key.revokedAt),
  };
}
