import { Global, Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { CONFIG, type Config } from '../config/index.js';
import { AccessTokens } from './access-tokens.js';
import { AccessTokenGuard, AdminGuard, MerchantRoleGuard } from './access.js';
import { ApiKeyAccess } from './api-keys/api-key-access.js';
import { ApiKeyStore } from './api-keys/api-key.store.js';
import { ApiKeysController } from './api-key-management/api-keys.controller.js';
import { ApiKeys } from './api-key-management/api-keys.service.js';
import { AuthController, MerchantController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { Customers } from './customers.js';
import { DisabledAccounts } from './disabled-accounts.js';
import { FirstAdmin } from './first-admin.js';
import { Guesses } from './guesses.js';
import { JwtStrategy } from './jwt.strategy.js';
import { KnownDevices } from './known-devices.js';
import { Logins } from './logins.js';
import { MeController } from './me.controller.js';
import { OwnAccountGuard, OwnMerchant } from './own-merchant.js';
import { PageSessions } from './page-sessions.js';
import { PasswordHasher } from './password.js';
import { PhoneCodeCaps } from './phone-code-caps.js';
import { PhoneCodeDesk } from './phone-code-desk.js';
import { PhoneLogin } from './phone-login.service.js';
import { Revocations } from './revocations.js';
import { SessionCookies } from './session-cookies.js';
import { SessionRenewal } from './session-renewal.js';
import { SessionStreams } from './session-streams.js';
import { StaffStore } from './staff/staff.store.js';
import { TestShoppersController } from './test-mode/test-shoppers.controller.js';
import { TestShoppers } from './test-mode/test-shoppers.service.js';
import { JWT_ALGORITHM, JWT_ISSUER, Tokens } from './tokens.js';
import { UserNames } from './user-names.js';

/** Accounts, logins and who may do what. The ports' adapters and the platform come from the composition root. */
@Global()
@Module({
  imports: [
    PassportModule,
    JwtModule.registerAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => ({
        secret: config.JWT_SECRET,
        signOptions: { algorithm: JWT_ALGORITHM, issuer: JWT_ISSUER, expiresIn: config.ACCESS_TOKEN_TTL_S },
      }),
    }),
  ],
  controllers: [AuthController, MerchantController, MeController, ApiKeysController, TestShoppersController],
  providers: [
    AuthService,
    OwnMerchant,
    OwnAccountGuard,
    PhoneLogin,
    PhoneCodeDesk,
    PhoneCodeCaps,
    Logins,
    Guesses,
    KnownDevices,
    Revocations,
    FirstAdmin,
    Customers,
    UserNames,
    DisabledAccounts,
    PasswordHasher,
    Tokens,
    AccessTokens,
    SessionCookies,
    PageSessions,
    SessionStreams,
    JwtStrategy,
    ApiKeyStore,
    ApiKeyAccess,
    ApiKeys,
    TestShoppers,
    AccessTokenGuard,
    AdminGuard,
    MerchantRoleGuard,
    SessionRenewal,
    StaffStore,
  ],
  exports: [
    AccessTokens,
    ApiKeyAccess,
    Revocations,
    SessionCookies,
    PageSessions,
    SessionStreams,
    PasswordHasher,
    AuthService,
    PhoneLogin,
    PhoneCodeDesk,
    Logins,
    Customers,
    UserNames,
    TestShoppers,
    DisabledAccounts,
    StaffStore,
  ],
})
export class AuthModule {}
