import { markup, type Html } from '../../common/markup.js';
import type { Problem } from '../../common/problems.js';
import type { VoucherView } from '../../voucher/index.js';
import { field, formPage, problemNotice, type ProblemView } from './forms.js';
import { notice, type RenderContext } from './layout.js';

/** What is wrong with a token, as the script says it too. */
const FAULTS = [
  'malformed',
  'wrong_signature',
  'wrong_audience',
  'expired',
  'lives_too_long',
  'not_yet_valid',
  'not_eligible',
  'one_per_person',
] as const;

/** Where a token of the merchant is pasted. It stands in the body alone: no address and no log has it. */
export const invitationForm = ({ t }: RenderContext, voucherId: string): Html =>
  markup`<form class="form" method="post" action="/drops/${voucherId}/invitation">
    ${field({
      name: 'invitation',
      label: t('plain.invitation.label'),
      autocomplete: 'off',
      hint: t('plain.invitation.hint'),
      more: markup` maxlength="6144"`,
    })}
    <button class="button button--quiet button--wide">${t('plain.invitation.bring')}</button>
  </form>`;

/** What became of it: the button that claims, or why not and the form once more. */
export function invitationPage(
  renderContext: RenderContext,
  view: VoucherView,
  problemView: ProblemView | undefined,
  refused: Problem | undefined,
): Html {
  const { t } = renderContext;
  const back = markup`<p class="row"><a class="button button--quiet" href="/drops/${view.id}">${t('claim.toDrop')}</a></p>`;
  const page = (...parts: Parameters<typeof formPage>[3][]): Html =>
    formPage(renderContext, t('plain.invitation.title'), view.title, ...parts, back);
  if (refused) {
    const code = refused.code === 'validation_failed' ? refused.options.errors?.[0]?.code : refused.code;
    const fault = FAULTS.find((one) => one === code);
    const said = fault
      ? notice('bad', t('drop.invitation.refusedTitle'), t(`drop.invitation.refused.${fault}`))
      : problemNotice(renderContext, problemView);
    return page(said, invitationForm(renderContext, view.id));
  }
  return page(
    notice('good', t('drop.invitation.accepted')),
    view.status === 'live' &&
      markup`<form class="form" method="post" action="/drops/${view.id}/claim">
        <button class="button button--large button--wide">${t('drop.claim')}</button>
      </form>`,
  );
}
