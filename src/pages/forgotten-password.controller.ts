import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { passwordResetBody, passwordResetConfirmBody, PasswordResets } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { GuardedBy } from '../http/route-guards.js';
import { validated } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import type { Problem } from '../common/problems.js';
import { OptionalSessionGuard } from './optional-session.guard.js';
import { Pages } from './pages.js';
import { showForm } from './problem-pages.js';
import { refusalOf, secretOf, type Form } from './read-form.js';
import { forgottenPage, type ForgottenState } from './views/account-forms.js';

/** A new password by a mailed link, by plain forms. The link is pasted: no browser sends what stands behind its `#`. */
@ApiExcludeController()
@GuardedBy(OptionalSessionGuard)
@RateLimited('login', 'address')
@Controller('login')
export class ForgottenPasswordController {
  constructor(
    private readonly pages: Pages,
    private readonly resets: PasswordResets,
    @Inject(CONFIG) private readonly config: Pick<Config, 'devInbox'>,
  ) {}

  @Get('forgotten')
  @RateLimited('read', 'address', 'route')
  form(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.show(request, reply, {});
  }

  @Post('forgotten')
  async ask(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const refused = await refusalOf(async () => {
      const { email } = validated(passwordResetBody, { email: form?.['email'] });
      await this.resets.request(email, this.pages.renderContext(request).language);
    });
    this.show(request, reply, { email: form?.['email']?.slice(0, 254), isSent: !refused }, refused);
  }

  @Post('new-password')
  async set(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const refused = await refusalOf(async () => {
      const body = { token: secretOf(form?.['link']), password: form?.['password'] };
      const { token, password } = validated(passwordResetConfirmBody, body);
      await this.resets.confirm(token, password);
    });
    this.show(request, reply, { asksLink: true, isDone: !refused }, refused);
  }

  private show(request: FastifyRequest, reply: FastifyReply, state: ForgottenState, refused?: Problem): void {
    const devInbox = this.config.devInbox && state.isSent === true;
    showForm(this.pages, request, reply, '/login/forgotten', refused, (renderContext, problemView) => ({
      title: renderContext.t('account.reset.title'),
      body: forgottenPage(renderContext, { ...state, problemView, devInbox }),
    }));
  }
}
