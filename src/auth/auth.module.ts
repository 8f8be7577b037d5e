import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { CONFIG, type Config } from '../config/index.js';
import { AccessTokenGuard, AdminGuard, MerchantRoleGuard } from './access.js';
import { AuthController, MeController, MerchantController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { PasswordHasher } from './password.js';
import { SessionRenewalInterceptor } from './session-renewal.interceptor.js';
import { JWT_ALGORITHM, JWT_ISSUER, Tokens } from './tokens.js';

/** Accounts, logins and who may do what. `SessionStore` and the platform come from the composition root. */
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
  controllers: [AuthController, MerchantController, MeController],
  providers: [
    AuthService,
    PasswordHasher,
    Tokens,
    JwtStrategy,
    AccessTokenGuard,
    AdminGuard,
    MerchantRoleGuard,
    { provide: APP_INTERCEPTOR, useClass: SessionRenewalInterceptor },
  ],
})
export class AuthModule {}
