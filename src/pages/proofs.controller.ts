import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AuthService,
  emailProofBody,
  emailProofConfirmBody,
  EmailProofs,
  phoneProofConfirmBody,
  PhoneProofs,
} from '../auth/index.js';
import { GuardedBy } from '../http/route-guards.js';
import { validated } from '../http/validation/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import { context } from '../common/request-context.js';
import type { Problem } from '../common/problems.js';
import { safeNext } from './next-page.js';
import { OptionalSessionGuard } from './optional-session.guard.js';
import { Pages, seeOther } from './pages.js';
import { showForm } from './problem-pages.js';
import { PhoneCodeForms } from './phone-code-forms.js';
import { refusalOf, secretOf, type Form } from './read-form.js';
import { SignInSteps, toLogin } from './sign-in-steps.js';
import { proofsPage, type ProofsState } from './views/proofs.js';

const PATH = '/account/proofs';

/** Confirming an e-mail address and a phone number by plain forms. All is decided by the services that the API calls. */
@ApiExcludeController()
@GuardedBy(OptionalSessionGuard)
@RateLimited('status', 'user')
@Controller('account/proofs')
export class ProofsController {
  constructor(
    private readonly pages: Pages,
    private readonly auth: AuthService,
    private readonly emails: EmailProofs,
    private readonly phones: PhoneProofs,
    private readonly codes: PhoneCodeForms,
    private readonly steps: SignInSteps,
  ) {}

  @Get()
  async form(
    @Query('next') next: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!context.actor()) return this.steps.renewOrLogin(request, reply);
    await this.show(request, reply, { next: safeNext(next) });
  }

  @Post('email')
  async mail(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const state = { next: safeNext(form?.['next']), email: form?.['email']?.slice(0, 254) };
    await this.orShow(request, reply, state, async () => {
      const { email } = validated(emailProofBody, { email: form?.['email'] });
      await this.emails.request(email, this.pages.renderContext(request).language);
      await this.show(request, reply, { ...state, mailedTo: email });
    });
  }

  /** The secret stands behind the `#` of the link, which no browser sends: so it is pasted. */
  @Post('link')
  async link(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const state = { next: safeNext(form?.['next']), asksLink: true };
    await this.orShow(request, reply, state, async () => {
      const { token } = validated(emailProofConfirmBody, { token: secretOf(form?.['link']) });
      await this.emails.confirm(token);
      seeOther(reply, pathTo(state.next));
    });
  }

  @Post('phone')
  @RateLimited('login', 'address')
  async sendCode(
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const state = { next: safeNext(form?.['next']), phone: form?.['phone']?.slice(0, 40) };
    await this.orShow(request, reply, state, async () => {
      const step = await this.codes.ask(form, request, (body, device) => this.phones.request(body, device));
      await this.show(request, reply, { ...state, ...step }, 'refused' in step ? step.refused : undefined);
    });
  }

  @Post('code')
  async code(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const state = {
      next: safeNext(form?.['next']),
      phone: form?.['phone']?.slice(0, 40),
      requestId: form?.['request_id']?.slice(0, 64),
    };
    await this.orShow(request, reply, state, async () => {
      const { phone, requestId } = state;
      const body = { phone, code: form?.['code']?.trim(), request_id: requestId };
      await this.phones.confirm(validated(phoneProofConfirmBody, body));
      seeOther(reply, pathTo(state.next));
    });
  }

  /** What the person can mend is said on the form. */
  private async orShow(
    request: FastifyRequest,
    reply: FastifyReply,
    state: ProofsState,
    work: () => Promise<void>,
  ): Promise<void> {
    if (!context.actor()) return toLogin(reply, pathTo(state.next));
    const refused = await refusalOf(work);
    if (refused) await this.show(request, reply, state, refused);
  }

  private async show(
    request: FastifyRequest,
    reply: FastifyReply,
    state: ProofsState,
    refused?: Problem,
  ): Promise<void> {
    const user = await this.auth.me();
    showForm(this.pages, request, reply, pathTo(state.next), refused, (renderContext, problemView) => ({
      title: renderContext.t('plain.proofs.title'),
      body: proofsPage(renderContext, user, { ...state, problemView }),
    }));
  }
}

const pathTo = (next: string): string => (next === '/' ? PATH : `${PATH}?next=${encodeURIComponent(next)}`);
