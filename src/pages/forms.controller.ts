import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageSessions } from '../auth/index.js';
import { Captchas } from '../challenge/index.js';
import { asksForLink, ClaimStatusService, ContactConsents } from '../claim/index.js';
import { setCookie } from '../http/cookies.js';
import { GuardedBy } from '../http/route-guards.js';
import { RateLimited } from '../rate-limit/index.js';
import { context, type Actor } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { VoucherCatalogue, type VoucherView } from '../voucher/index.js';
import { FormClaims, type ClaimRedirect, type ClaimIntent } from './form-claims.js';
import { intentCookie } from './intent-cookie.js';
import { LANGUAGE_COOKIE } from '../http/language.js';
import { safeNext } from './next-page.js';
import { Pages, seeOther } from './pages.js';
import { problemViewOf } from './problem-pages.js';
import { challengePage, claimPage } from './views/forms.js';
import { OptionalSessionGuard } from './optional-session.guard.js';
import { asksForCaptcha, type Form } from './read-form.js';
import { SignInSteps, toLogin } from './sign-in-steps.js';

const PENDING_REFRESH_S = 2;
const YEAR_S = 31_536_000;
const ID_MAX = 64;
const ANSWER_MAX = 64;

/** The way from a drop to its code without a script. Everything is decided by the services that the API calls. */
@ApiExcludeController()
@GuardedBy(OptionalSessionGuard)
@Controller()
export class FormsController {
  constructor(
    private readonly pages: Pages,
    private readonly vouchers: VoucherCatalogue,
    private readonly formClaims: FormClaims,
    private readonly captchas: Captchas,
    private readonly statuses: ClaimStatusService,
    private readonly consents: ContactConsents,
    private readonly sessions: PageSessions,
    private readonly steps: SignInSteps,
  ) {}

  @Post('drops/:id/claim')
  @HttpCode(303)
  async claim(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = await this.drop(id);
    const intent = intentOf(view, form?.['after']);
    if (!intent) {
      // Whoever signs in next has pressed already: the script goes on with it.
      void reply.header('set-cookie', intentCookie(id));
      return toLogin(reply, `/drops/${id}`, '&resume=1');
    }
    void reply.header('set-cookie', intentCookie(undefined));
    if (asksForLink(view.protection)) return seeOther(reply, challengePath(intent));
    toClaim(request, reply, await this.formClaims.claim(intent));
  }

  @Get('drops/:id/challenge')
  @RateLimited('challenge', 'user')
  async challenge(
    @Param('id') id: string,
    @Query() query: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = await this.drop(id);
    const intent = intentOf(view, query?.['after']);
    if (!intent) return this.steps.renewOrLogin(request, reply);
    await this.ask(request, reply, view, intent, { words: query?.['words'] === '1' });
  }

  @Post('drops/:id/challenge')
  @RateLimited('challenge', 'user')
  async answer(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = await this.drop(id);
    const intent = intentOf(view, form?.['after']);
    if (!intent) return toLogin(reply, `/drops/${id}`);
    const [captchaId, answer] = [form?.['captcha_id'] ?? '', form?.['captcha_answer'] ?? ''];
    const solved =
      captchaId === '' || captchaId.length > ID_MAX || answer.length > ANSWER_MAX
        ? undefined
        : { captchaId, answer };
    try {
      toClaim(request, reply, await this.formClaims.claimByLink(intent, solved));
    } catch (error) {
      if (!asksForCaptcha(error)) throw error;
      request.problem = error;
      await this.ask(request, reply, view, intent, { words: false, refused: error });
    }
  }

  @Get('claims/:claim')
  @RateLimited('status', 'user')
  async status(
    @Param('claim') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const actor = context.actor();
    if (!actor) return this.steps.renewOrLogin(request, reply);
    const claim = await this.statuses.get(actor.userId, id);
    const view = await this.vouchers.findPublic(claim.voucher_id);
    const another =
      view?.status === 'live' &&
      claim.status !== 'pending' &&
      (claim.status === 'rejected' || claim.ordinal < view.perUserLimit);
    // The page shows the claim also while the database is away.
    const consent =
      claim.status === 'pending'
        ? undefined
        : await this.consents.find(actor.userId, id).catch(() => undefined);
    const renderContext = this.pages.renderContext(request, `/claims/${id}`);
    this.pages.send(reply, renderContext, {
      title: `${renderContext.t('claim.title')} · ${renderContext.t('app.name')}`,
      body: claimPage(renderContext, claim, another, consent),
      refreshS: claim.status === 'pending' ? PENDING_REFRESH_S : undefined,
    });
  }

  /** Whether the merchant may see a contact: asked for, and taken back, where there is no script. */
  @Post('claims/:claim/contact')
  @HttpCode(303)
  @RateLimited('write', 'user')
  async contact(@Param('claim') id: string, @Body() form: Form, @Res() reply: FastifyReply): Promise<void> {
    const actor = context.actor();
    if (!actor) return toLogin(reply, `/claims/${id}`);
    await this.consents.set(actor.userId, id, form?.['share_contact'] === '1');
    seeOther(reply, `/claims/${id}`);
  }

  /** Renews a session and goes on. Scripts do that by the API. */
  @Get('session')
  @RateLimited('login', 'address')
  async session(
    @Query('next') next: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const path = safeNext(next);
    const actor = context.actor() ?? (await this.sessions.renew(request, reply));
    if (actor) seeOther(reply, path);
    else toLogin(reply, path);
  }

  /** The choice is kept where scripts can read and change it. */
  @Get('language/:language')
  language(
    @Param('language') language: string,
    @Query('next') next: unknown,
    @Res() reply: FastifyReply,
  ): void {
    if (language !== 'en' && language !== 'zh') throw new Problem('not_found');
    const cookie = setCookie(LANGUAGE_COOKIE, language, { maxAgeS: YEAR_S, secure: false, httpOnly: false });
    void reply.header('set-cookie', cookie);
    seeOther(reply, safeNext(next));
  }

  private async ask(
    request: FastifyRequest,
    reply: FastifyReply,
    view: VoucherView,
    intent: ClaimIntent,
    how: { readonly words: boolean; readonly refused?: Problem },
  ): Promise<void> {
    const { id, protection } = view;
    if (!asksForLink(protection)) return seeOther(reply, `/drops/${id}`);
    const renderContext = this.pages.renderContext(request, challengePath(intent));
    const captcha =
      protection.captcha === 'none'
        ? undefined
        : await this.captchas.make(id, intent.userId, how.words ? renderContext.language : undefined);
    const problemView = how.refused && problemViewOf(renderContext.language, how.refused);
    this.pages.send(
      reply,
      renderContext,
      {
        title: `${view.title} · ${renderContext.t('app.name')}`,
        body: challengePage(renderContext, { voucherId: id, after: intent.after, captcha, problemView }),
        withoutScript: true,
      },
      problemView?.status ?? 200,
    );
  }

  /** @throws Problem not_found */
  private async drop(id: string): Promise<VoucherView> {
    const view = await this.vouchers.findPublic(id);
    if (!view) throw new Problem('not_found');
    return view;
  }
}

/** Whoever counts the answers to claims is told what this one is. */
function toClaim(request: FastifyRequest, reply: FastifyReply, { claimId, because }: ClaimRedirect): void {
  if (because === 'replayed') void reply.header('idempotent-replayed', 'true');
  else if (because) request.problem = because;
  seeOther(reply, `/claims/${claimId}`);
}

/** `undefined` for whoever is not logged in. */
function intentOf(
  view: VoucherView,
  after: string | undefined,
  actor: Actor | undefined = context.actor(),
): ClaimIntent | undefined {
  if (!actor) return undefined;
  const beside =
    after !== undefined && after.length <= ID_MAX && /^clm_[0-9a-z]+$/.test(after) ? after : undefined;
  return { userId: actor.userId, voucherId: view.id, after: beside };
}

const challengePath = ({ voucherId, after }: ClaimIntent): string =>
  `/drops/${voucherId}/challenge${after === undefined ? '' : `?after=${after}`}`;
