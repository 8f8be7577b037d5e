import { Body, Controller, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Idempotent } from '../platform/http/idempotency.js';
import { Answers, Refuses } from '../platform/http/openapi.js';
import { RateLimited } from '../rate-limit/index.js';
import { Authenticated } from './access.js';
import { AuthService } from './auth.service.js';
import {
  loginBody,
  merchantAnswer,
  merchantBody,
  patchMeBody,
  refreshBody,
  registerBody,
  sessionAnswer,
  userAnswer,
  type LoginBody,
  type MerchantAnswer,
  type MerchantBody,
  type PatchMeBody,
  type RefreshBody,
  type RegisterBody,
  type SessionAnswer,
  type UserAnswer,
} from './schemas.js';

@ApiTags('Accounts')
@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('register')
  @RateLimited('register', 'address')
  @ApiOperation({
    summary: 'Register as a shopper',
    description:
      'Creates the account and logs it in. Press *Authorize* and paste `access_token` to go on from here.',
  })
  @Answers(201, 'The account, logged in', sessionAnswer)
  @Refuses('email_taken', 'validation_failed', 'overloaded', 'dependency_unavailable')
  @Idempotent()
  register(@Body({ schema: registerBody }) body: RegisterBody): Promise<SessionAnswer> {
    return this.auth.register(body);
  }

  @Post('login')
  @RateLimited('login', 'address')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Log in with e-mail and password',
    description: 'An unknown e-mail and a wrong password get the same answer.',
  })
  @Answers(200, 'Logged in', sessionAnswer)
  @Refuses('invalid_credentials', 'validation_failed', 'overloaded', 'dependency_unavailable')
  login(@Body({ schema: loginBody }) body: LoginBody): Promise<SessionAnswer> {
    return this.auth.login(body);
  }

  @Post('refresh')
  @RateLimited('login', 'address')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Exchange a refresh token for new tokens',
    description:
      'A refresh token is good for one call: keep the new one of the answer. Using an old one again means that a copy is ' +
      'about; it ends the session for everyone who holds its tokens, and the user logs in anew.',
  })
  @Answers(200, 'New tokens of the same session', sessionAnswer)
  @Refuses('invalid_refresh_token', 'refresh_token_reused', 'validation_failed', 'dependency_unavailable')
  refresh(@Body({ schema: refreshBody }) body: RefreshBody): Promise<SessionAnswer> {
    return this.auth.refresh(body.refresh_token);
  }

  @Post('logout')
  @RateLimited('status', 'user')
  @HttpCode(204)
  @Authenticated()
  @ApiOperation({
    summary: 'Log out',
    description:
      'Ends the session of the access token: its refresh token is refused from now on. The access token itself is ' +
      'stateless and good until it expires.',
  })
  @Answers(204, 'Logged out')
  @Refuses('dependency_unavailable')
  logout(): Promise<void> {
    return this.auth.logout();
  }
}

@ApiTags('Merchants')
@Controller('merchants')
export class MerchantController {
  constructor(private readonly auth: AuthService) {}

  @Post()
  @RateLimited('register', 'address')
  @ApiOperation({
    summary: 'Register a merchant with its owner',
    description:
      'Creates the merchant and the account of its owner, and logs the owner in: `session.access_token`.',
  })
  @Answers(201, 'The merchant, with its owner logged in', merchantAnswer)
  @Refuses('email_taken', 'validation_failed', 'overloaded', 'dependency_unavailable')
  @Idempotent()
  register(@Body({ schema: merchantBody }) body: MerchantBody): Promise<MerchantAnswer> {
    return this.auth.registerMerchant(body);
  }
}

@ApiTags('Accounts')
@Authenticated()
@RateLimited('status', 'user')
@Controller('me')
export class MeController {
  constructor(private readonly auth: AuthService) {}

  @Get()
  @ApiOperation({ summary: 'Who am I', description: 'The account of the access token.' })
  @Answers(200, 'The account', userAnswer)
  @Refuses('dependency_unavailable')
  me(): Promise<UserAnswer> {
    return this.auth.me();
  }

  @Patch()
  @ApiOperation({ summary: 'Change my name', description: 'Answers the account as it is afterwards.' })
  @Answers(200, 'The account', userAnswer)
  @Refuses('validation_failed', 'dependency_unavailable')
  change(@Body({ schema: patchMeBody }) body: PatchMeBody): Promise<UserAnswer> {
    return this.auth.changeMe(body);
  }
}
