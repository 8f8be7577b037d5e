import { Body, Controller, HttpCode, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Idempotent } from '../http/idempotency/idempotency.js';
import { Answers, Refuses } from '../http/openapi/openapi.js';
import { GuardedBy } from '../http/route-guards.js';
import { RateLimited } from '../rate-limit/index.js';
import { invalidField, Problem } from '../common/problems.js';
import { Authenticated, TakesTestShoppers } from './access.js';
import { AuthService } from './auth.service.js';
import { OwnAccountGuard, OwnMerchant } from './own-merchant.js';
import { PhoneLogin } from './phone-login.service.js';
import {
  loginBody,
  merchantBody,
  merchantResult,
  phoneCodeAnswer,
  phoneCodeBody,
  phoneLoginBody,
  refreshBody,
  registerBody,
  sessionResult,
  type CookieSessionAnswer,
  type LoginBody,
  type MerchantAnswer,
  type MerchantBody,
  type PhoneCodeAnswer,
  type PhoneCodeBody,
  type PhoneLoginBody,
  type RefreshBody,
  type RegisterBody,
  type SessionAnswer,
} from './schemas.js';
import { SessionCookieInterceptor, TakesSessionHeader } from './session-cookie.interceptor.js';
import { isByCookie, SessionCookies } from './session-cookies.js';

@ApiTags('Accounts')
@UseInterceptors(SessionCookieInterceptor)
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly phones: PhoneLogin,
    private readonly cookies: SessionCookies,
  ) {}

  @Post('register')
  @RateLimited('register', 'address')
  @TakesSessionHeader()
  @ApiOperation({
    operationId: 'registerShopper',
    summary: 'Register as a shopper',
    description:
      'Creates the account and logs it in. Press *Authorize* and paste `access_token` to go on from here.',
  })
  @Answers(201, 'The account, logged in', sessionResult)
  @Refuses('email_taken', 'validation_failed', 'overloaded', 'dependency_unavailable')
  @Idempotent()
  register(@Body({ schema: registerBody }) body: RegisterBody): Promise<SessionAnswer> {
    return this.auth.register(body);
  }

  @Post('login')
  @RateLimited('login', 'address')
  @TakesSessionHeader()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'loginWithPassword',
    summary: 'Log in with e-mail and password',
    description:
      'An unknown e-mail and a wrong password get the same answer. After several failed attempts, each further one has to wait, ' +
      'twice as long every time: `Retry-After` says how long. A client that sends the `device_token` of an earlier login, or has ' +
      'the address of one, does not wait for the failed attempts of others.',
  })
  @Answers(200, 'Logged in', sessionResult)
  @Refuses(
    'invalid_credentials',
    'account_disabled',
    'too_many_attempts',
    'validation_failed',
    'overloaded',
    'dependency_unavailable',
  )
  login(
    @Body({ schema: loginBody }) body: LoginBody,
    @Req() { headers }: FastifyRequest,
  ): Promise<SessionAnswer> {
    return this.auth.login(body, body.device_token ?? this.cookies.deviceToken(headers));
  }

  @Post('phone/code')
  @RateLimited('login', 'address')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'requestPhoneCode',
    summary: 'Request a login code by phone',
    description:
      'Sends a code of 6 digits to a US or Chinese mobile number. The answer does not wait for the delivery and is the same ' +
      'for every number. Send its `id` with the code: the code is then valid for this login alone. After many requests a captcha ' +
      'is required first. In embedded mode and development the code is in the log.',
  })
  @Answers(202, 'A code is on its way', phoneCodeAnswer)
  @Refuses('captcha_required', 'captcha_failed')
  @Refuses(
    'too_many_codes',
    'phone_login_unavailable',
    'validation_failed',
    'overloaded',
    'dependency_unavailable',
  )
  @Idempotent()
  phoneCode(
    @Body({ schema: phoneCodeBody }) body: PhoneCodeBody,
    @Req() { headers }: FastifyRequest,
  ): Promise<PhoneCodeAnswer> {
    return this.phones.requestCode(body, body.device_token ?? this.cookies.deviceToken(headers));
  }

  @Post('phone/login')
  @RateLimited('login', 'address')
  @TakesSessionHeader()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'loginWithPhone',
    summary: 'Log in with a code',
    description:
      'A code is good for one login. The first login of a number creates its account. After some wrong codes each further ' +
      'try has to wait, as with passwords.',
  })
  @Answers(200, 'Logged in', sessionResult)
  @Refuses(
    'invalid_code',
    'account_disabled',
    'too_many_attempts',
    'phone_login_unavailable',
    'validation_failed',
    'dependency_unavailable',
  )
  @Idempotent()
  phoneLogin(
    @Body({ schema: phoneLoginBody }) body: PhoneLoginBody,
    @Req() { headers }: FastifyRequest,
  ): Promise<SessionAnswer> {
    return this.phones.login(body, body.device_token ?? this.cookies.deviceToken(headers));
  }

  @Post('refresh')
  @RateLimited('login', 'address')
  @TakesSessionHeader()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'refreshSession',
    summary: 'Exchange a refresh token for new tokens',
    description:
      'Keep the new refresh token of the answer. The old one may come again for half a minute and gets the same new one, so ' +
      'an answer that was lost, or several tabs at once, cost nothing. Used later, it means that somebody has a copy: the ' +
      'session ends for everyone who holds its tokens, and the user has to log in again. Without a body the token of the session cookie ' +
      'is exchanged.',
  })
  @Answers(200, 'New tokens of the same session', sessionResult)
  @Refuses('invalid_refresh_token', 'refresh_token_reused', 'validation_failed', 'dependency_unavailable')
  @Refuses('csrf_refused')
  async refresh(
    @Body({ schema: refreshBody }) body: RefreshBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionAnswer | CookieSessionAnswer> {
    if (body) return this.auth.refresh(body.refresh_token);
    const token = this.cookies.refreshToken(request.headers);
    if (token === undefined) throw noRefreshToken();
    this.cookies.requireSameOrigin(request);
    try {
      return this.cookies.keep(reply, await this.auth.refresh(token));
    } catch (error) {
      if (error instanceof Problem && ENDED.has(error.code)) this.cookies.clear(reply);
      throw error;
    }
  }

  @Post('logout')
  @RateLimited('status', 'user')
  @HttpCode(204)
  @Authenticated()
  @TakesTestShoppers()
  @ApiOperation({
    operationId: 'endSession',
    summary: 'Log out',
    description:
      'Ends the session of the access token: refresh token and access token are refused from now on, on all instances ' +
      'within a second.',
  })
  @Answers(204, 'Logged out')
  @Refuses('dependency_unavailable')
  async logout(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.auth.logout();
    if (isByCookie(request)) this.cookies.clear(reply);
  }
}

/** The cookies are of no use any more. */
const ENDED: ReadonlySet<string> = new Set(['invalid_refresh_token', 'refresh_token_reused']);

const noRefreshToken = (): Problem =>
  invalidField('/refresh_token', 'missing', 'is needed where there is no session cookie');

@ApiTags('Merchants')
@UseInterceptors(SessionCookieInterceptor)
@Controller('merchants')
export class MerchantController {
  constructor(
    private readonly auth: AuthService,
    private readonly own: OwnMerchant,
  ) {}

  @Post()
  @RateLimited('register', 'address')
  @TakesSessionHeader()
  @GuardedBy(OwnAccountGuard)
  @ApiOperation({
    operationId: 'registerMerchant',
    summary: 'Register a merchant with its owner',
    description:
      'Creates the merchant and the account of its owner, and logs the owner in: `session.access_token`. Without `owner` the ' +
      'account that is signed in becomes the owner’s, and `session` takes the place of the one before.',
  })
  @Answers(201, 'The merchant, with its owner logged in', merchantResult)
  @Refuses('email_taken', 'validation_failed', 'overloaded', 'dependency_unavailable')
  @Refuses('already_merchant', 'unauthenticated', 'token_expired', 'forbidden', 'csrf_refused')
  @Idempotent()
  register(@Body({ schema: merchantBody }) body: MerchantBody): Promise<MerchantAnswer> {
    const { owner } = body;
    return owner ? this.auth.registerMerchant({ ...body, owner }) : this.own.register(body);
  }
}
