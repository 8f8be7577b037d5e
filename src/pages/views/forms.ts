import type { Captcha } from '../../challenge/index.js';
import type { ClaimBody, ContactConsent } from '../../claim/index.js';
import { markup, type Html, type Part } from '../../common/markup.js';
import type { TextAndNext } from './words.js';
import { layout, notice, type RenderContext } from './layout.js';

/** A refusal on the page where it can be mended. */
export interface ProblemView {
  readonly words: TextAndNext;
  readonly waitS: number | undefined;
  /** The account page is where it is mended. */
  readonly atAccount: boolean;
}

const problemNotice = ({ words }: RenderContext, problemView: ProblemView | undefined): Html | undefined =>
  problemView &&
  notice(
    'bad',
    ...problemView.words,
    ...(problemView.waitS === undefined ? [] : [words.waitS(problemView.waitS)]),
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

const field = ({ name, label, type = 'text', autocomplete, value, hint, more }: Field): Html =>
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

const hidden = (name: string, value: string | undefined): Html | undefined =>
  value === undefined ? undefined : markup`<input type="hidden" name="${name}" value="${value}" />`;

const formPage = (
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

const CODE = markup` inputmode="numeric" maxlength="32"`;

export function loginPage(
  renderContext: RenderContext,
  { next, email, phone, codeSent, requestId, captcha, problemView, devInbox }: LoginState,
): Html {
  const { words } = renderContext;
  if (captcha) return codeCaptchaPage(renderContext, next, phone, captcha, problemView);
  const byCode = codeSent === true && phone !== undefined;
  const password = markup`<form class="form" method="post" action="/login">
    ${hidden('next', next)}
    ${field({ name: 'email', label: words.email, type: 'email', autocomplete: 'username', value: email })}
    ${field({ name: 'password', label: words.password, type: 'password', autocomplete: 'current-password' })}
    <button class="button button--wide">${words.signIn}</button>
    <p><a href="/password-reset">${words.forgotten}</a></p>
  </form>`;
  const number = markup`<section class="section">
    <h2>${words.byPhone}</h2>
    <form class="form" method="post" action="/login/phone">
      ${hidden('next', next)}
      ${field({ name: 'phone', label: words.phone, type: 'tel', autocomplete: 'tel', value: phone, hint: words.phoneHint })}
      <button class="button button--quiet button--wide">${words.sendCode}</button>
    </form>
  </section>`;
  const code = markup`<form class="form" method="post" action="/login/code">
    ${hidden('next', next)}${hidden('phone', phone)}${hidden('request_id', requestId)}
    ${field({ name: 'code', label: words.code, autocomplete: 'one-time-code', hint: words.codeHint(phone ?? ''), more: CODE })}
    <button class="button button--wide">${words.signIn}</button>
  </form>`;
  return formPage(
    renderContext,
    words.signIn,
    words.signInLead,
    problemNotice(renderContext, problemView),
    byCode ? code : [password, number],
    devInbox === true && markup`<p class="small"><a href="/dev/mail">${words.devInbox}</a></p>`,
  );
}

const captchaFields = ({ words }: RenderContext, { id, kind, picture, question }: Captcha): Html => {
  const asked =
    question === undefined ? (kind === 'math' ? words.captchaMath : words.captchaImage) : question;
  return markup`${hidden('captcha_id', id)}
    ${picture && markup`<img class="captcha__picture" src="data:image/png;base64,${picture.toString('base64')}" alt="${words.captchaPicture}" width="220" height="72" />`}
    ${field({ name: 'captcha_answer', label: words.captchaAnswer, autocomplete: 'off', hint: asked, more: markup` maxlength="64"` })}`;
};

function codeCaptchaPage(
  renderContext: RenderContext,
  next: string,
  phone: string | undefined,
  captcha: Captcha,
  problemView: ProblemView | undefined,
): Html {
  const { words } = renderContext;
  const state = markup`${hidden('next', next)}${hidden('phone', phone)}`;
  return formPage(
    renderContext,
    words.captchaTitle,
    '',
    problemNotice(renderContext, problemView),
    markup`<form class="form" method="post" action="/login/phone">
      ${state}${captchaFields(renderContext, captcha)}
      <button class="button button--wide">${words.sendCode}</button>
    </form>`,
    captcha.picture &&
      markup`<form method="post" action="/login/phone">
        ${state}<button class="button button--link" name="words" value="1">${words.captchaWords}</button>
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
  const { words } = renderContext;
  const action = `/drops/${voucherId}/challenge`;
  if (!captcha)
    return formPage(
      renderContext,
      words.confirmTitle,
      words.confirmText,
      problemNotice(renderContext, problemView),
      markup`<form class="form" method="post" action="${action}">
        ${hidden('after', after)}
        <button class="button button--large button--wide">${words.claim}</button>
      </form>`,
    );
  const inWords = `${action}?words=1${after === undefined ? '' : `&after=${after}`}`;
  return formPage(
    renderContext,
    words.captchaTitle,
    '',
    problemNotice(renderContext, problemView),
    markup`<form class="form" method="post" action="${action}">
      ${hidden('after', after)}${captchaFields(renderContext, captcha)}
      <button class="button button--large button--wide">${words.captchaSubmit}</button>
    </form>`,
    captcha.picture && markup`<p><a href="${inWords}">${words.captchaWords}</a></p>`,
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

/** `/claims/:id`: what became of a claim. */
export function claimPage(
  renderContext: RenderContext,
  claim: ClaimBody,
  another: boolean,
  consent: ContactConsent | undefined,
): Html {
  const { words } = renderContext;
  return layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <header class="page-head"><h1 tabindex="-1">${words.yourClaim}</h1></header>
      <div class="card">
        <div class="stack" data-test="outcome" data-status="${claim.status}">
          ${notice(KINDS[claim.status], ...words.claimStates[claim.status])}
          ${claim.status === 'issued' && claim.code !== null && markup`<p class="ticket__code"><code>${claim.code}</code></p>`}
          <dl class="facts small">
            <dt>${words.claimNumber}</dt>
            <dd><code>${claim.id}</code></dd>
          </dl>
          ${consent?.isAsked && contactForm(renderContext, consent)}
        </div>
      </div>
      <div class="row">
        ${
          another &&
          markup`<form method="post" action="/drops/${claim.voucher_id}/claim">
            ${hidden('after', claim.id)}<button class="button button--quiet">${words.claimAnother}</button>
          </form>`
        }
        <a href="/drops/${claim.voucher_id}">${words.toDrop}</a>
        <form method="post" action="/logout">
          <button class="button button--link">${words.signOut}</button>
        </form>
      </div>
    </main>`,
  );
}

const contactForm = ({ words }: RenderContext, { claimId, isGiven }: ContactConsent): Html =>
  markup`<form class="form" method="post" action="/claims/${claimId}/contact">
    <p class="small">${isGiven ? words.contactShared : words.contactNotShared}</p>
    ${hidden('share_contact', isGiven ? '0' : '1')}
    <button class="button button--quiet">${isGiven ? words.contactTakeBack : words.contactShare}</button>
  </form>`;

/** Shown for the moment in which a session is renewed; see `/session`. */
export const renewalPage = (renderContext: RenderContext, url: string): Html =>
  layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <noscript
        >${notice('info', renderContext.words.renewing)}
        <p><a href="${url}">${renderContext.words.goOn}</a></p></noscript
      >
    </main>`,
  );

/** A page of which everything is made by the script. */
export const scriptPage = (renderContext: RenderContext): Html =>
  layout(
    renderContext,
    markup`<main id="main" class="page"><noscript>${notice('info', renderContext.words.needsScript)}</noscript></main>`,
  );

/** A refusal as a page of its own. */
export function problemPage(
  renderContext: RenderContext,
  problemView: ProblemView,
  missing: boolean,
  requestId: string,
): Html {
  const { words } = renderContext;
  return layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <header class="page-head">
        <h1 tabindex="-1">${missing ? words.notFoundTitle : words.problemTitle}</h1>
      </header>
      ${problemNotice(renderContext, problemView)}
      ${
        problemView.atAccount &&
        markup`<p><a href="/account">${words.account}</a> <noscript>${words.accountNeedsScript}</noscript></p>`
      }
      <p class="row">
        <a class="button button--quiet" href="${renderContext.path}"
          >${renderContext.path === '/' ? words.other : words.toDrop}</a
        >
      </p>
      <p class="muted small">${words.reference(requestId)}</p>
    </main>`,
  );
}
