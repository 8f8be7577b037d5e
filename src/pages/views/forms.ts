import type { Captcha } from '../../challenge/index.js';
import type { ClaimBody, ContactConsent } from '../../claim/index.js';
import { markup, type Html, type Part } from '../../common/markup.js';
import type { TextAndNext, Translate } from '../words/words.js';
import { layout, notice, type RenderContext } from './layout.js';

/** A refusal on the page where it can be mended. */
export interface ProblemView {
  readonly words: TextAndNext;
  readonly waitS: number | undefined;
  /** A proof of an address or a number mends it. */
  readonly asksProof: boolean;
}

export const problemNotice = ({ t }: RenderContext, problemView: ProblemView | undefined): Html | undefined =>
  problemView &&
  notice(
    'bad',
    ...problemView.words,
    ...(problemView.waitS === undefined ? [] : [t('app.tryAgainIn', { seconds: String(problemView.waitS) })]),
  );

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: string;
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly hint?: Part;
  readonly more?: Html;
}

export const field = ({ name, label, type = 'text', autocomplete, value, hint, more }: Field): Html =>
  markup`<div class="field">
    <label for="${name}">${label}</label>
    ${hint !== undefined && markup`<p id="${name}-hint" class="field__hint">${hint}</p>`}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      required${
        hint !== undefined && markup` aria-describedby="${name}-hint"`
      }${value !== undefined && markup` value="${value}"`}${more}
    />
  </div>`;

/** For what a mail leads to: its link is pasted. */
export const linkField = ({ t }: RenderContext): Html =>
  field({
    name: 'link',
    label: t('plain.proofs.link'),
    autocomplete: 'off',
    hint: t('plain.proofs.linkHint'),
    more: markup` maxlength="2048"`,
  });

export const hidden = (name: string, value: string | undefined): Html | undefined =>
  value === undefined ? undefined : markup`<input type="hidden" name="${name}" value="${value}" />`;

export const formPage = (
  renderContext: RenderContext,
  title: string,
  lead: string,
  ...parts: readonly Part[]
): Html =>
  layout(
    renderContext,
    markup`<main id="main" class="page page--form">
      <header class="page-head">
        <h1 tabindex="-1">${title}</h1>
        ${lead !== '' && markup`<p class="muted">${lead}</p>`}
      </header>
      ${parts}
    </main>`,
  );

export interface LoginState {
  readonly next: string;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  /** A code is on its way to `phone`. */
  readonly codeSent?: boolean;
  /** Of the request for that code. */
  readonly requestId?: string | undefined;
  /** Stands before a code to `phone`. */
  readonly captcha?: Captcha | undefined;
  readonly problemView?: ProblemView | undefined;
  /** Whether mails and codes are shown on a page of development. */
  readonly devInbox?: boolean;
}

export const CODE = markup` inputmode="numeric" maxlength="32"`;

/** As on the page of the script: who wants to the console has a business, or works for one. */
const isForMerchants = (next: string): boolean => /^\/(console|counter)(?=[/?]|$)/.test(next);

export function loginPage(
  renderContext: RenderContext,
  { next, email, phone, codeSent, requestId, captcha, problemView, devInbox }: LoginState,
): Html {
  const { t } = renderContext;
  if (captcha) return codeCaptchaPage(renderContext, '/login/phone', { next, phone }, captcha, problemView);
  const byCode = codeSent === true && phone !== undefined;
  const password = markup`<form class="form" method="post" action="/login">
    ${hidden('next', next)}
    ${field({ name: 'email', label: t('login.email'), type: 'email', autocomplete: 'username', value: email })}
    ${field({ name: 'password', label: t('login.password'), type: 'password', autocomplete: 'current-password' })}
    <button class="button button--wide">${t('nav.signIn')}</button>
    <p><a href="/login/forgotten">${t('login.forgotten')}</a></p>
  </form>`;
  const number = markup`<section class="section">
    <h2>${t('plain.login.byPhone')}</h2>
    <form class="form" method="post" action="/login/phone">
      ${hidden('next', next)}
      ${field({ name: 'phone', label: t('login.phoneNumber'), type: 'tel', autocomplete: 'tel', value: phone, hint: t('login.phoneHint') })}
      <button class="button button--quiet button--wide">${t('login.sendCode')}</button>
    </form>
  </section>`;
  const code = markup`<form class="form" method="post" action="/login/code">
    ${hidden('next', next)}${hidden('phone', phone)}${hidden('request_id', requestId)}
    ${field({ name: 'code', label: t('login.code'), autocomplete: 'one-time-code', hint: t('login.codeHint', { phone: phone ?? '' }), more: CODE })}
    <button class="button button--wide">${t('nav.signIn')}</button>
  </form>`;
  return formPage(
    renderContext,
    t('nav.signIn'),
    isForMerchants(next) ? t('login.merchantLead') : t('login.lead'),
    problemNotice(renderContext, problemView),
    byCode ? code : [password, number],
    devInbox === true && markup`<p class="small"><a href="/dev/mail">${t('login.devInbox')}</a></p>`,
  );
}

const captchaFields = ({ t }: RenderContext, { id, kind, picture, question }: Captcha): Html => {
  const asked =
    question === undefined ? (kind === 'math' ? t('captcha.math') : t('captcha.image')) : question;
  return markup`${hidden('captcha_id', id)}
    ${picture && markup`<img class="captcha__picture" src="data:image/png;base64,${picture.toString('base64')}" alt="${t('captcha.picture')}" width="220" height="72" />`}
    ${field({ name: 'captcha_answer', label: t('captcha.answer'), autocomplete: 'off', hint: asked, more: markup` maxlength="64"` })}`;
};

/** Stands before a code to a phone. @param action takes the answer */
export function codeCaptchaPage(
  renderContext: RenderContext,
  action: string,
  { next, phone }: Pick<LoginState, 'next' | 'phone'>,
  captcha: Captcha,
  problemView: ProblemView | undefined,
): Html {
  const { t } = renderContext;
  const state = markup`${hidden('next', next)}${hidden('phone', phone)}`;
  return formPage(
    renderContext,
    t('captcha.title'),
    '',
    problemNotice(renderContext, problemView),
    markup`<form class="form" method="post" action="${action}">
      ${state}${captchaFields(renderContext, captcha)}
      <button class="button button--wide">${t('login.sendCode')}</button>
    </form>`,
    captcha.picture &&
      markup`<form method="post" action="${action}">
        ${state}<button class="button button--link" name="words" value="1">${t('captcha.words')}</button>
      </form>`,
  );
}

export interface ChallengeState {
  readonly voucherId: string;
  readonly after: string | undefined;
  /** `undefined` where the voucher asks for no more than one press more. */
  readonly captcha: Captcha | undefined;
  readonly problemView?: ProblemView | undefined;
}

/** What stands before the claim of a protected voucher. */
export function challengePage(
  renderContext: RenderContext,
  { voucherId, after, captcha, problemView }: ChallengeState,
): Html {
  const { t } = renderContext;
  const action = `/drops/${voucherId}/challenge`;
  if (!captcha)
    return formPage(
      renderContext,
      t('plain.confirm.title'),
      t('plain.confirm.text'),
      problemNotice(renderContext, problemView),
      markup`<form class="form" method="post" action="${action}">
        ${hidden('after', after)}
        <button class="button button--large button--wide">${t('drop.claim')}</button>
      </form>`,
    );
  const inWords = `${action}?words=1${after === undefined ? '' : `&after=${after}`}`;
  return formPage(
    renderContext,
    t('captcha.title'),
    '',
    problemNotice(renderContext, problemView),
    markup`<form class="form" method="post" action="${action}">
      ${hidden('after', after)}${captchaFields(renderContext, captcha)}
      <button class="button button--large button--wide">${t('captcha.submit')}</button>
    </form>`,
    captcha.picture && markup`<p><a href="${inWords}">${t('captcha.words')}</a></p>`,
  );
}

const KINDS = {
  pending: 'info',
  held: 'info',
  issued: 'good',
  rejected: 'bad',
  released: 'warn',
  cancelled: 'warn',
  expired: 'warn',
  redeemed: 'good',
} as const satisfies Record<ClaimBody['status'], string>;

/** What became of it, and what to do next. */
function claimWords(t: Translate, status: ClaimBody['status']): TextAndNext {
  switch (status) {
    case 'pending':
    case 'held':
      return [t(`claim.${status}`), t(`plain.claim.${status}Text`)];
    case 'issued':
    case 'rejected':
    case 'released':
      return [t(`claim.${status}`), t(`claim.${status}Text`)];
    case 'cancelled':
    case 'expired':
    case 'redeemed':
      return [t(`claim.${status}`), ''];
  }
}

/** `/claims/:id`: what became of a claim. */
export function claimPage(
  renderContext: RenderContext,
  claim: ClaimBody,
  another: boolean,
  consent: ContactConsent | undefined,
): Html {
  const { t } = renderContext;
  return layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <header class="page-head"><h1 tabindex="-1">${t('claim.title')}</h1></header>
      <div class="card">
        <div class="stack" data-test="outcome" data-status="${claim.status}">
          ${notice(KINDS[claim.status], ...claimWords(t, claim.status))}
          ${claim.status === 'issued' && claim.code !== null && markup`<p class="ticket__code"><code>${claim.code}</code></p>`}
          <dl class="facts small">
            <dt>${t('claim.number')}</dt>
            <dd><code>${claim.id}</code></dd>
          </dl>
          ${consent?.isAsked && contactForm(renderContext, consent)}
        </div>
      </div>
      <div class="row">
        ${
          another &&
          markup`<form method="post" action="/drops/${claim.voucher_id}/claim">
            ${hidden('after', claim.id)}<button class="button button--quiet">${t('drop.claimAnother')}</button>
          </form>`
        }
        <a href="/drops/${claim.voucher_id}">${t('claim.toDrop')}</a>
        <form method="post" action="/logout">
          <button class="button button--link">${t('nav.signOut')}</button>
        </form>
      </div>
    </main>`,
  );
}

const contactForm = ({ t }: RenderContext, { claimId, isGiven }: ContactConsent): Html =>
  markup`<form class="form" method="post" action="/claims/${claimId}/contact">
    <p class="small">${isGiven ? t('claim.contact.shared') : t('claim.contact.notShared')}</p>
    <p class="muted small">${t('claim.contact.hint')}</p>
    ${hidden('share_contact', isGiven ? '0' : '1')}
    <button class="button button--quiet">${isGiven ? t('plain.claim.takeBack') : t('claim.contact.allow')}</button>
  </form>`;

/** Shown for the moment in which a session is renewed; see `/session`. */
export const renewalPage = (renderContext: RenderContext, url: string): Html =>
  layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <noscript
        ><h1>${renderContext.t('plain.renewing')}</h1>
        <p><a href="${url}">${renderContext.t('plain.goOn')}</a></p></noscript
      >
    </main>`,
  );

/** A page of which everything is made by the script. @param plain leads to what can be done there without one */
export const scriptPage = (renderContext: RenderContext, plain?: Html): Html =>
  layout(
    renderContext,
    markup`<main id="main" class="page"><noscript><h1>${renderContext.t('plain.needsScript')}</h1><p>${renderContext.t('plain.needsScriptText')}</p>${plain}</noscript></main>`,
  );

/** A refusal as a page of its own. */
export function problemPage(
  renderContext: RenderContext,
  problemView: ProblemView,
  missing: boolean,
  requestId: string,
): Html {
  const { t } = renderContext;
  return layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <header class="page-head">
        <h1 tabindex="-1">${missing ? t('notFound.title') : t('plain.problem.title')}</h1>
      </header>
      ${problemNotice(renderContext, problemView)}
      ${
        problemView.asksProof &&
        markup`<p><a href="/account/proofs?next=${encodeURIComponent(renderContext.path)}">${t('plain.proofs.here')}</a></p>`
      }
      <p class="row">
        ${
          missing || renderContext.path === '/'
            ? markup`<a class="button button--quiet" href="/">${t('notFound.back')}</a>`
            : markup`<a class="button button--quiet" href="${renderContext.path}">${t('claim.toDrop')}</a>`
        }
      </p>
      ${!missing && markup`<p class="muted small">${t('app.reference', { id: requestId })}</p>`}
    </main>`,
  );
}
