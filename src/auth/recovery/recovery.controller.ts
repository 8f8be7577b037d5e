import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Idempotent } from '../../http/idempotency/idempotency.js';
import { languageOf } from '../../http/language.js';
import { Answers, Refuses } from '../../http/openapi/openapi.js';
import { RateLimited } from '../../rate-limit/index.js';
import { Authenticated } from '../access.js';
import {
  phoneCodeAnswer,
  phoneCodeBody,
  userAnswer,
  type PhoneCodeAnswer,
  type PhoneCodeBody,
  type UserAnswer,
} from '../schemas.js';
import { SessionCookies } from '../session-cookies.js';
import { EmailProofs, PROOF_HOURS } from './email-proofs.js';
import { PhoneProofs } from './phone-proofs.js';
import { PasswordResets, RESET_MINUTES } from './password-resets.js';
import {
  emailProofAnswer,
  emailProofBody,
  emailProofConfirmBody,
  passwordResetAnswer,
  passwordResetBody,
  passwordResetConfirmBody,
  phoneProofConfirmBody,
  type EmailProofAnswer,
  type EmailProofBody,
  type EmailProofConfirmBody,
  type PasswordResetAnswer,
  type PasswordResetBody,
  type PasswordResetConfirmBody,
  type PhoneProofConfirmBody,
} from './schemas.js';

@ApiTags('Accounts')
@RateLimited('login', 'address')
@Controller('password-resets')
export class PasswordResetsController {
  constructor(private readonly resets: PasswordResets) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'requestPasswordReset',
    summary: 'Request a password reset',
    description:
      'Mails a link that is valid for 30 minutes, once, in the language of `Accept-Language`. The answer is the same for every ' +
      'address, even without an account. In embedded mode and development `/dev/mail` shows the mail.',
  })
  @Answers(202, 'If there is such an account, a mail is on its way', passwordResetAnswer)
  @Refuses('too_many_mails', 'mail_unavailable', 'validation_failed', 'overloaded', 'dependency_unavailable')
  @Idempotent()
  async request(
    @Body({ schema: passwordResetBody }) body: PasswordResetBody,
    @Req() request: FastifyRequest,
  ): Promise<PasswordResetAnswer> {
    await this.resets.request(body.email, languageOf(request.headers));
    return { object: 'password_reset', expires_in: RESET_MINUTES * 60 };
  }

  @Post('confirm')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'confirmPasswordReset',
    summary: 'Set a new password by a mailed link',
    description:
      'Ends all sessions of the account; their tokens are refused on all instances within a second. Log in with the new ' +
      'password afterwards. The link is no longer valid once the password was changed in another way.',
  })
  @Answers(204, 'The password is set')
  @Refuses('invalid_link', 'validation_failed', 'overloaded', 'dependency_unavailable')
  confirm(@Body({ schema: passwordResetConfirmBody }) body: PasswordResetConfirmBody): Promise<void> {
    return this.resets.confirm(body.token, body.password);
  }
}

@ApiTags('Accounts')
@Authenticated()
@RateLimited('status', 'user')
@Controller('me/email-proofs')
export class EmailProofsController {
  constructor(private readonly proofs: EmailProofs) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'requestEmailProof',
    summary: 'Request a confirmation link for your e-mail address',
    description:
      'Mails a link that is valid for 24 hours, once. `email` is that of the account. An account without one, created by phone ' +
      'login, names its first address here and gets it once it is confirmed.',
  })
  @Answers(202, 'A mail is on its way', emailProofAnswer)
  @Refuses('too_many_mails', 'mail_unavailable', 'validation_failed', 'overloaded', 'dependency_unavailable')
  @Idempotent()
  async request(
    @Body({ schema: emailProofBody }) { email }: EmailProofBody,
    @Req() request: FastifyRequest,
  ): Promise<EmailProofAnswer> {
    await this.proofs.request(email, languageOf(request.headers));
    return { object: 'email_proof', email, expires_in: PROOF_HOURS * 3_600 };
  }

  @Post('confirm')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'confirmEmailProof',
    summary: 'Confirm your e-mail address by a mailed link',
    description: 'Log in with the account that requested the link: for another account it is not valid.',
  })
  @Answers(200, 'The account, with `email_verified` set', userAnswer)
  @Refuses('invalid_link', 'email_taken', 'validation_failed', 'dependency_unavailable')
  confirm(@Body({ schema: emailProofConfirmBody }) body: EmailProofConfirmBody): Promise<UserAnswer> {
    return this.proofs.confirm(body.token);
  }
}

@ApiTags('Accounts')
@Authenticated()
@RateLimited('status', 'user')
@Controller('me/phone-proofs')
export class PhoneProofsController {
  constructor(
    private readonly proofs: PhoneProofs,
    private readonly cookies: SessionCookies,
  ) {}

  @Post()
  @RateLimited('login', 'address')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'requestPhoneProof',
    summary: 'Request a code for your phone number',
    description:
      'For an account without a phone number: sends a code of 6 digits there. Like a login code, but good for this account ' +
      'alone. After many requests a captcha is required first.',
  })
  @Answers(202, 'A code is on its way', phoneCodeAnswer)
  @Refuses('forbidden', 'captcha_required', 'captcha_failed', 'phone_login_unavailable')
  @Refuses('too_many_codes', 'validation_failed', 'overloaded', 'dependency_unavailable')
  @Idempotent()
  request(
    @Body({ schema: phoneCodeBody }) body: PhoneCodeBody,
    @Req() { headers }: FastifyRequest,
  ): Promise<PhoneCodeAnswer> {
    return this.proofs.request(body, body.device_token ?? this.cookies.deviceToken(headers));
  }

  @Post('confirm')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'confirmPhoneProof',
    summary: 'Confirm your phone number by the code',
    description: 'The number is the account’s from then on, and logs in to it as well.',
  })
  @Answers(200, 'The account, with its phone number', userAnswer)
  @Refuses('unauthenticated', 'token_expired')
  @Refuses('invalid_code', 'phone_taken', 'too_many_attempts', 'phone_login_unavailable')
  @Refuses('validation_failed', 'dependency_unavailable')
  confirm(@Body({ schema: phoneProofConfirmBody }) body: PhoneProofConfirmBody): Promise<UserAnswer> {
    return this.proofs.confirm(body);
  }
}
