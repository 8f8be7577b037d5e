import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccountDeletion, AuthService, passwordBody, SessionCookies } from '../auth/index.js';
import { GuardedBy } from '../http/route-guards.js';
import { validated } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import { context } from '../common/request-context.js';
import type { Problem } from '../common/problems.js';
import { OptionalSessionGuard } from './optional-session.guard.js';
import { Pages, seeOther } from './pages.js';
import { showForm } from './problem-pages.js';
import { refusalOf, type Form } from './read-form.js';
import { SignInSteps, toLogin } from './sign-in-steps.js';
import { deletionPage, passwordPage } from './views/account-forms.js';

const PASSWORD = '/account/password';
const DELETION = '/account/deletion';

/** Changing the password and deleting the account by plain forms, through the services that the API calls. */
@ApiExcludeController()
@GuardedBy(OptionalSessionGuard)
@RateLimited('status', 'user')
@Controller('account')
export class AccountFormsController {
  constructor(
    private readonly pages: Pages,
    private readonly auth: AuthService,
    private readonly deletion: AccountDeletion,
    private readonly cookies: SessionCookies,
    private readonly steps: SignInSteps,
  ) {}

  @Get('password')
  async passwordForm(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!context.actor()) return this.steps.renewOrLogin(request, reply);
    await this.showPassword(request, reply);
  }

  @Post('password')
  async changePassword(
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!context.actor()) return toLogin(reply, PASSWORD);
    const refused = await refusalOf(async () => {
      const body = validated(passwordBody, {
        current_password: form?.['current_password'],
        new_password: form?.['new_password'],
      });
      this.cookies.keep(reply, await this.auth.changePassword(body));
    });
    await this.showPassword(request, reply, !refused, refused);
  }

  @Get('deletion')
  deletionForm(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!context.actor()) return this.steps.renewOrLogin(request, reply);
    this.showDeletion(request, reply);
  }

  @Post('deletion')
  async delete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!context.actor()) return toLogin(reply, DELETION);
    const refused = await refusalOf(() => this.deletion.delete());
    if (refused) return this.showDeletion(request, reply, refused);
    this.cookies.clear(reply);
    seeOther(reply, '/');
  }

  private async showPassword(
    request: FastifyRequest,
    reply: FastifyReply,
    isChanged = false,
    refused?: Problem,
  ): Promise<void> {
    const user = await this.auth.me();
    showForm(this.pages, request, reply, PASSWORD, refused, (renderContext, problemView) => ({
      title: renderContext.t('account.password.change'),
      body: passwordPage(renderContext, user, { isChanged, problemView }),
    }));
  }

  private showDeletion(request: FastifyRequest, reply: FastifyReply, refused?: Problem): void {
    showForm(this.pages, request, reply, DELETION, refused, (renderContext, problemView) => ({
      title: renderContext.t('account.delete.title'),
      body: deletionPage(renderContext, problemView, refused?.code === 'login_again'),
    }));
  }
}
