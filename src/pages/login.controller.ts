import { Body, Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthService, loginBody, PhoneLogin, phoneLoginBody, SessionCookies } from '../auth/index.js';
import { CONFIG, type Config } from '../config/index.js';
import { GuardedBy } from '../http/route-guards.js';
import { validated } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import { context } from '../common/request-context.js';
import type { Problem } from '../common/problems.js';
import { intentCookie } from './intent-cookie.js';
import { safeNext } from './next-page.js';
import { Pages, seeOther } from './pages.js';
import { showForm } from './problem-pages.js';
import { loginPage, type LoginState } from './views/forms.js';
import { OptionalSessionGuard } from './optional-session.guard.js';
import { PhoneCodeForms } from './phone-code-forms.js';
import { refusalOf, type Form } from './read-form.js';

/** Logging in and out by plain forms. */
@ApiExcludeController()
@GuardedBy(OptionalSessionGuard)
@RateLimited('login', 'address')
@Controller()
export class LoginController {
  constructor(
    private readonly pages: Pages,
    private readonly auth: AuthService,
    private readonly phones: PhoneLogin,
    private readonly codes: PhoneCodeForms,
    private readonly cookies: SessionCookies,
    @Inject(CONFIG) private readonly config: Pick<Config, 'devInbox'>,
  ) {}

  @Get('login')
  @RateLimited('read', 'address', 'route')
  form(@Query('next') next: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.show(request, reply, { next: safeNext(next) });
  }

  @Post('login')
  async byPassword(
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const state = { next: safeNext(form?.['next']), email: form?.['email']?.slice(0, 254) };
    await this.orShow(request, reply, state, async () => {
      const body = validated(loginBody, { email: form?.['email'], password: form?.['password'] });
      this.cookies.keep(reply, await this.auth.login(body, this.cookies.deviceToken(request.headers)));
      seeOther(reply, state.next);
    });
  }

  @Post('login/phone')
  async sendCode(
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const state = { next: safeNext(form?.['next']), phone: form?.['phone']?.slice(0, 40) };
    await this.orShow(request, reply, state, async () => {
      const step = await this.codes.ask(form, request, (body, device) =>
        this.phones.requestCode(body, device),
      );
      const codeSent = 'requestId' in step;
      this.show(request, reply, { ...state, ...step, codeSent }, codeSent ? undefined : step.refused);
    });
  }

  @Post('login/code')
  async byCode(
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const requestId = form?.['request_id']?.slice(0, 64);
    const state = {
      next: safeNext(form?.['next']),
      phone: form?.['phone']?.slice(0, 40),
      codeSent: true,
      requestId,
    };
    await this.orShow(request, reply, state, async () => {
      const body = validated(phoneLoginBody, {
        phone: form?.['phone'],
        code: form?.['code']?.trim(),
        request_id: requestId,
      });
      this.cookies.keep(reply, await this.phones.login(body, this.cookies.deviceToken(request.headers)));
      seeOther(reply, state.next);
    });
  }

  @Post('logout')
  @RateLimited('status', 'user')
  async logout(@Res() reply: FastifyReply): Promise<void> {
    if (context.actor()) await this.auth.logout();
    this.cookies.clear(reply);
    void reply.header('set-cookie', intentCookie(undefined));
    seeOther(reply, '/');
  }

  /** What the person can mend is said on the form. */
  private async orShow(
    request: FastifyRequest,
    reply: FastifyReply,
    state: LoginState,
    work: () => Promise<void>,
  ): Promise<void> {
    const refused = await refusalOf(work);
    if (refused) this.show(request, reply, state, refused);
  }

  private show(request: FastifyRequest, reply: FastifyReply, state: LoginState, refused?: Problem): void {
    showForm(this.pages, request, reply, '/login', refused, (renderContext, problemView) => ({
      title: renderContext.t('nav.signIn'),
      body: loginPage(renderContext, { ...state, problemView, devInbox: this.config.devInbox }),
      withoutScript: state.codeSent === true || problemView !== undefined,
    }));
  }
}
