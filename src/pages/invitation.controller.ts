import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ELIGIBILITY_TOKEN_MAX, EligibilityProofs } from '../claim/index.js';
import { invalidField, Problem } from '../common/problems.js';
import { context } from '../common/request-context.js';
import { GuardedBy } from '../http/route-guards.js';
import { RateLimited } from '../rate-limit/index.js';
import { VoucherCatalogue } from '../voucher/index.js';
import { OptionalSessionGuard } from './optional-session.guard.js';
import { Pages } from './pages.js';
import { showForm } from './problem-pages.js';
import { refusalOf, secretOf, type Form } from './read-form.js';
import { toLogin } from './sign-in-steps.js';
import { invitationPage } from './views/invitation.js';

/** A token of the merchant, pasted where there is no script that takes it out of the address (docs/adr/0105). */
@ApiExcludeController()
@GuardedBy(OptionalSessionGuard)
@Controller()
export class InvitationController {
  constructor(
    private readonly pages: Pages,
    private readonly vouchers: VoucherCatalogue,
    private readonly proofs: EligibilityProofs,
  ) {}

  /** Brings it, and then offers to claim. Whoever is not signed in does that first, and pastes it again: it is kept nowhere. */
  @Post('drops/:id/invitation')
  @HttpCode(200)
  @RateLimited('challenge', 'user')
  async bring(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = await this.vouchers.findPublic(id);
    if (!view) throw new Problem('not_found');
    const actor = context.actor();
    if (!actor) return toLogin(reply, `/drops/${id}`);
    const token = secretOf(form?.['invitation']).replace(/^token=/, '');
    const refused = await refusalOf(async () => {
      if (token === '' || token.length > ELIGIBILITY_TOKEN_MAX)
        throw invalidField('/token', 'malformed', 'is no token');
      await this.proofs.prove(actor, id, token);
    });
    if (refused) request.problem = refused;
    showForm(this.pages, request, reply, `/drops/${id}`, refused, (renderContext, problemView) => ({
      title: renderContext.t('plain.invitation.title'),
      body: invitationPage(renderContext, view, problemView, refused),
    }));
  }
}
