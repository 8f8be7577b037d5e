import type { UserAnswer } from '../../auth/index.js';
import type { Captcha } from '../../challenge/index.js';
import { markup, type Html } from '../../common/markup.js';
import {
  CODE,
  codeCaptchaPage,
  field,
  formPage,
  hidden,
  linkField,
  problemNotice,
  type ProblemView,
} from './forms.js';
import { notice, type RenderContext } from './layout.js';

export interface ProofsState {
  readonly next: string;
  readonly email?: string | undefined;
  /** A link is on its way there. */
  readonly mailedTo?: string | undefined;
  /** A link was pasted. */
  readonly asksLink?: boolean;
  readonly phone?: string | undefined;
  /** Of the request for the code that is on its way to `phone`. */
  readonly requestId?: string | undefined;
  /** Stands before a code to `phone`. */
  readonly captcha?: Captcha | undefined;
  readonly problemView?: ProblemView | undefined;
}

/** `/account/proofs`: an e-mail address and a phone number are confirmed, each once. */
export function proofsPage(renderContext: RenderContext, user: UserAnswer, state: ProofsState): Html {
  const { next, phone, captcha, problemView } = state;
  const { t } = renderContext;
  if (captcha)
    return codeCaptchaPage(renderContext, '/account/proofs/phone', { next, phone }, captcha, problemView);
  return formPage(
    renderContext,
    t('plain.proofs.title'),
    t('plain.proofs.lead'),
    problemNotice(renderContext, problemView),
    markup`<section class="section">
      <h2>${t('login.email')}</h2>
      ${user.email !== null && user.email_verified ? done(renderContext, user.email) : emailForms(renderContext, user, state)}
    </section>
    <section class="section">
      <h2>${t('login.phoneNumber')}</h2>
      ${user.phone === null ? phoneForms(renderContext, state) : done(renderContext, user.phone)}
    </section>
    ${next !== '/' && markup`<p><a href="${next}">${next.startsWith('/drops/') ? t('claim.toDrop') : t('plain.goOn')}</a></p>`}`,
  );
}

const done = ({ t }: RenderContext, what: string): Html =>
  notice('good', t('plain.proofs.confirmed', { what }));

function emailForms(renderContext: RenderContext, { email: own }: UserAnswer, state: ProofsState): Html {
  const { t } = renderContext;
  const { next, mailedTo, asksLink } = state;
  const address =
    own === null
      ? field({
          name: 'email',
          label: t('login.email'),
          type: 'email',
          autocomplete: 'email',
          value: state.email,
        })
      : markup`<p>${own}</p>${hidden('email', own)}`;
  return markup`${mailedTo !== undefined && notice('info', t('plain.proofs.mailedTo', { email: mailedTo }))}
    <form class="form" method="post" action="/account/proofs/email">
      ${hidden('next', next)}${address}
      <button class="button button--quiet button--wide">${t('plain.proofs.sendLink')}</button>
    </form>
    ${(mailedTo !== undefined || asksLink === true || own !== null) && linkForm(renderContext, next)}`;
}

/** For whoever has the mail: what stands behind the `#` of its link comes to no server, so it is pasted. */
const linkForm = (renderContext: RenderContext, next: string): Html =>
  markup`<form class="form" method="post" action="/account/proofs/link">
    ${hidden('next', next)}
    ${linkField(renderContext)}
    <button class="button button--wide">${renderContext.t('plain.proofs.confirmEmail')}</button>
  </form>`;

function phoneForms({ t }: RenderContext, { next, phone, requestId }: ProofsState): Html {
  const send = markup`<form class="form" method="post" action="/account/proofs/phone">
    ${hidden('next', next)}
    ${field({ name: 'phone', label: t('login.phoneNumber'), type: 'tel', autocomplete: 'tel', value: phone, hint: t('login.phoneHint') })}
    <button class="button button--quiet button--wide">${t('login.sendCode')}</button>
  </form>`;
  if (requestId === undefined || phone === undefined) return send;
  return markup`<form class="form" method="post" action="/account/proofs/code">
      ${hidden('next', next)}${hidden('phone', phone)}${hidden('request_id', requestId)}
      ${field({ name: 'code', label: t('login.code'), autocomplete: 'one-time-code', hint: t('login.codeHint', { phone }), more: CODE })}
      <button class="button button--wide">${t('plain.proofs.confirmPhone')}</button>
    </form>
    ${send}`;
}
