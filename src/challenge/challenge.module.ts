import { Module } from '@nestjs/common';
import { ClaimModule } from '../claim/index.js';
import { RateLimitModule } from '../rate-limit/index.js';
import { Captchas } from './captchas.js';
import { ChallengeController } from './challenge.controller.js';
import { ClaimLinks } from './claim-links.js';
import { LoginCaptchasController } from './login-captchas.controller.js';

/** Captchas, and claim links that are had for them. */
@Module({
  imports: [ClaimModule, RateLimitModule],
  controllers: [ChallengeController, LoginCaptchasController],
  providers: [Captchas, ClaimLinks],
  exports: [Captchas, ClaimLinks],
})
export class ChallengeModule {}
