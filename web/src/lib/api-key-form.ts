import type { Schemas } from '../../../clients/typescript/src/types.js';
import type { FieldProblem } from '../api/types.js';
import { resolveWallTime } from './zoned-time.js';

export type ApiKey = Schemas['ApiKey'];
export type ApiKeyWithSecret = Schemas['ApiKeyWithSecret'];
export type ApiScope = Schemas['ApiScope'];
type NewApiKey = Schemas['ApiKeyRequest'];

const SCOPES: Readonly<Record<ApiScope, true>> = {
  'vouchers:read': true,
  'vouchers:write': true,
  'claims:read': true,
  'claims:write': true,
  'redemptions:read': true,
  'redemptions:write': true,
  'webhooks:read': true,
  'webhooks:write': true,
};
export const API_SCOPES = Object.keys(SCOPES) as readonly ApiScope[];

/** Days from now; a time of its own is typed beside it. Nobody gets a key without an end by leaving a field empty. */
export const EXPIRIES = ['never', '30', '90', '365', 'date'] as const;

const DAY_MS = 86_400_000;

export interface ApiKeyForm {
  name: string;
  mode: 'live' | 'test';
  scopes: ApiScope[];
  /** One a line. */
  addresses: string;
  expires: (typeof EXPIRIES)[number];
  /** As `<input type="datetime-local">` has it, in the device's zone. */
  expiresAt: string;
}

export const emptyApiKeyForm = (mode: ApiKeyForm['mode']): ApiKeyForm => ({
  name: '',
  mode,
  scopes: [],
  addresses: '',
  expires: 'never',
  expiresAt: '',
});

export interface ReadApiKeyForm {
  readonly body: NewApiKey;
  /** What the page itself finds wrong; the server is asked only without. */
  readonly errors: readonly FieldProblem[];
  /** On which line each address of the body stands, from 1: the server names a wrong one by its place. */
  readonly addressLines: readonly number[];
}

/**
 * @param now ms since 1970
 * @param zone the device's, in which `expiresAt` was typed
 */
export function readApiKeyForm(form: ApiKeyForm, now: number, zone: string): ReadApiKeyForm {
  const errors: FieldProblem[] = [];
  const wrong = (pointer: string, code: string, detail: string): void =>
    void errors.push({ pointer, code, detail });

  const name = form.name.trim();
  if (name === '') wrong('/name', 'required', 'is needed');
  const scopes = API_SCOPES.filter((scope) => form.scopes.includes(scope));
  if (scopes.length === 0) wrong('/scopes', 'required', 'must name a scope');

  const addresses = form.addresses
    .split('\n')
    .map((line, index) => ({ text: line.trim(), line: index + 1 }))
    .filter(({ text }) => text !== '');

  const expiresAt = expiry(form, now, zone);
  if (expiresAt === 'no_time' || expiresAt === 'in_the_past' || expiresAt === 'skipped_time')
    wrong('/expires_at', expiresAt, 'must be a time to come');

  return {
    body: {
      name,
      mode: form.mode,
      scopes,
      ...(addresses.length === 0 ? {} : { addresses: addresses.map(({ text }) => text) }),
      ...(typeof expiresAt === 'number' ? { expires_at: new Date(expiresAt).toISOString() } : {}),
    },
    errors,
    addressLines: addresses.map(({ line }) => line),
  };
}

/** Ms since 1970, `null` for never, or what is wrong. A time that comes twice is the earlier one: a key rather ends too soon. */
function expiry(
  { expires, expiresAt }: ApiKeyForm,
  now: number,
  zone: string,
): number | null | 'no_time' | 'in_the_past' | 'skipped_time' {
  if (expires === 'never') return null;
  if (expires !== 'date') return now + Number(expires) * DAY_MS;
  const time = resolveWallTime(expiresAt, zone);
  if (time.kind === 'invalid') return 'no_time';
  if (time.kind === 'skipped') return 'skipped_time';
  return time.at <= now ? 'in_the_past' : time.at;
}
