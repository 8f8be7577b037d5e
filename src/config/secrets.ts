import { deriveKey } from '../common/derive-key.js';
import { Seal } from '../common/sealed-text.js';
import type { Env } from './schema.js';

/** What signs and seals for as long as a session lasts; as parts of the configuration. */
export type SessionSecrets = Pick<Env, 'JWT_SECRET' | 'JWT_SECRET_PREVIOUS'>;
/** What seals for good. */
export type SealingSecrets = SessionSecrets & Pick<Env, 'SECRETS_KEY' | 'SECRETS_KEY_PREVIOUS'>;

/** The first makes; what each has made is accepted. */
export type Secrets = readonly [string, ...string[]];

export const sessionSecrets = ({
  JWT_SECRET: secret,
  JWT_SECRET_PREVIOUS: previous,
}: SessionSecrets): Secrets => distinct(secret, previous);

/** Without `SECRETS_KEY` it is `JWT_SECRET`, and what that has sealed stays open to whoever sets one. */
export const sealingSecrets = (config: SealingSecrets): Secrets =>
  distinct(config.SECRETS_KEY ?? config.JWT_SECRET, config.SECRETS_KEY_PREVIOUS, ...sessionSecrets(config));

/** @param purpose see `deriveKey` */
export const sealFor = ([first, ...others]: Secrets, purpose: string): Seal =>
  new Seal(
    deriveKey(first, purpose),
    others.map((secret) => deriveKey(secret, purpose)),
  );

const distinct = (first: string, ...others: readonly (string | undefined)[]): Secrets => [
  first,
  ...new Set(others.filter((other) => other !== undefined && other !== first) as string[]),
];
