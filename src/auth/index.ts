import { Merchant } from './merchant.entity.js';
import { User } from './user.entity.js';

export { AccessTokens } from './access-tokens.js';
export { setUpKeysInUrls } from './api-keys/keys-in-urls.js';
export { setUpSessionRenewal } from './session-renewal.js';
export { RecoveryModule } from './recovery/recovery.module.js';
export { Staff } from './staff/staff.service.js';
export { StaffModule } from './staff/staff.module.js';
export { AccountTokens } from './recovery/account-tokens.js';
export { EmailProofs } from './recovery/email-proofs.js';
export { PhoneProofs } from './recovery/phone-proofs.js';
export {
  emailProofBody,
  emailProofConfirmBody,
  passwordResetBody,
  passwordResetConfirmBody,
  phoneProofConfirmBody,
} from './recovery/schemas.js';
export { PasswordResets } from './recovery/password-resets.js';
export { AccountDeletion } from './deletion/account-deletion.js';
export { AuthModule } from './auth.module.js';
export { AuthService } from './auth.service.js';
export {
  Authenticated,
  currentActor,
  currentMerchant,
  ForAdmin,
  ForMerchant,
  TakesApiKey,
  TakesTestShoppers,
  type MerchantActor,
} from './access.js';
export { Attempts, type AttemptPolicy, type AttemptSubject } from './ports/attempts.js';
export { KnownPlaces } from './ports/known-places.js';
export { Logins } from './logins.js';
export { PageSessions } from './page-sessions.js';
export { toE164 } from './phone.js';
export { PhoneLogin } from './phone-login.service.js';
export {
  loginBody,
  passwordBody,
  phoneCodeBody,
  phoneLoginBody,
  type PhoneCodeBody,
  type UserAnswer,
} from './schemas.js';
export { privately, SessionCookies } from './session-cookies.js';
export { SessionStreams } from './session-streams.js';
export { CodeCaptcha, type CaptchaSolution } from './ports/code-captcha.js';
export { LOGIN_CAPTCHA } from './phone-code-caps.js';
export { CodeSender } from './ports/code-sender.js';
export { DisabledAccounts, type Disabled } from './disabled-accounts.js';
export { Customers, type Customer, type ProvenAddresses } from './customers.js';
export { TestShoppers } from './test-mode/test-shoppers.service.js';
export { UserNames } from './user-names.js';
export { PhoneCodes } from './ports/phone-codes.js';
export { RevocationLog } from './ports/revocation-log.js';
export { revocationLifetimeMs } from './revocations.js';
export { SessionStore } from './ports/session-store.js';
export { Merchant, User };

/** For the data source. */
export const AUTH_ENTITIES = [User, Merchant] as const;
