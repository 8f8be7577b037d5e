import type { ClaimBody, Captcha } from '../../claim/index.js';
import { markup, type Html, type Part } from '../markup.js';
import type { Refusal } from '../words.js';
import { layout, notice, type Place } from './layout.js';

/** A refusal on the page where it can be mended. */
export interface Mishap {
  readonly words: Refusal;
  readonly waitS: number | undefined;
}

const mishapNotice = ({ words }: Place, mishap: Mishap | undefined): Html | undefined =>
  mishap &&
  notice('bad', ...mishap.words, ...(mishap.waitS === undefined ? [] : [words.waitS(mishap.waitS)]));

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

const formPage = (place: Place, title: string, lead: string, ...parts: readonly Part[]): Html =>
  layout(
    place,
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
  readonly mishap?: Mishap | undefined;
}

const CODE = markup` inputmode="numeric" maxlength="6" pattern="[0-9]{6}"`;

export function loginPage(place: Place, { next, email, phone, codeSent, mishap }: LoginState): Html {
  const { words } = place;
  const byCode = codeSent === true && phone !== undefined;
  const password = markup`<form class="form" method="post" action="/login">
    ${hidden('next', next)}
    ${field({ name: 'email', label: words.email, type: 'email', autocomplete: 'username', value: email })}
    ${field({ name: 'password', label: words.password, type: 'password', autocomplete: 'current-password' })}
    <button class="button button--wide">${words.signIn}</button>
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
    ${hidden('next', next)}${hidden('phone', phone)}
    ${field({ name: 'code', label: words.code, autocomplete: 'one-time-code', hint: words.codeHint(phone ?? ''), more: CODE })}
    <button class="button button--wide">${words.signIn}</button>
  </form>`;
  return formPage(
    place,
    words.signIn,
    words.signInLead,
    mishapNotice(place, mishap),
    byCode ? code : [password, number],
  );
}

export interface ChallengeState {
  readonly voucherId: string;
  readonly after: string | undefined;
  /** `undefined` where the voucher asks for no more than one press more. */
  readonly captcha: Captcha | undefined;
  readonly mishap?: Mishap | undefined;
}

/** What stands before the claim of a protected voucher. */
export function challengePage(place: Place, { voucherId, after, captcha, mishap }: ChallengeState): Html {
  const { words } = place;
  const action = `/drops/${voucherId}/challenge`;
  if (!captcha)
    return formPage(
      place,
      words.confirmTitle,
      words.confirmText,
      mishapNotice(place, mishap),
      markup`<form class="form" method="post" action="${action}">
        ${hidden('after', after)}
        <button class="button button--large button--wide">${words.claim}</button>
      </form>`,
    );
  const { id, kind, picture, question } = captcha;
  const inWords = `${action}?words=1${after === undefined ? '' : `&after=${after}`}`;
  const asked =
    question === undefined ? (kind === 'math' ? words.captchaMath : words.captchaImage) : question;
  return formPage(
    place,
    words.captchaTitle,
    '',
    mishapNotice(place, mishap),
    markup`<form class="form" method="post" action="${action}">
      ${hidden('captcha_id', id)}${hidden('after', after)}
      ${picture && markup`<img class="captcha__picture" src="data:image/png;base64,${picture.toString('base64')}" alt="${words.captchaPicture}" width="220" height="72" />`}
      ${field({ name: 'captcha_answer', label: words.captchaAnswer, autocomplete: 'off', hint: asked, more: markup` maxlength="64"` })}
      <button class="button button--large button--wide">${words.captchaSubmit}</button>
    </form>`,
    picture && markup`<p><a href="${inWords}">${words.captchaWords}</a></p>`,
  );
}

const KINDS = {
  pending: 'info',
  issued: 'good',
  rejected: 'bad',
  cancelled: 'warn',
  expired: 'warn',
  redeemed: 'good',
} as const satisfies Record<ClaimBody['status'], string>;

/** `/claims/:id`: what became of a claim. */
export function claimPage(place: Place, claim: ClaimBody, another: boolean): Html {
  const { words } = place;
  return layout(
    place,
    markup`<main id="main" class="page page--text">
      <header class="page-head"><h1 tabindex="-1">${words.yourClaim}</h1></header>
      <div class="card">
        <div class="stack" data-test="outcome" data-status="${claim.status}">
          ${notice(KINDS[claim.status], ...words.claimStates[claim.status])}
          ${claim.code !== null && markup`<p class="ticket__code"><code>${claim.code}</code></p>`}
          <dl class="facts small">
            <dt>${words.claimNumber}</dt>
            <dd><code>${claim.id}</code></dd>
          </dl>
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

/** Shown for the moment in which a session is renewed; see `/session`. */
export const renewalPage = (place: Place, url: string): Html =>
  layout(
    place,
    markup`<main id="main" class="page page--text">
      <noscript
        >${notice('info', place.words.renewing)}
        <p><a href="${url}">${place.words.goOn}</a></p></noscript
      >
    </main>`,
  );

/** A page of which everything is made by the script. */
export const scriptPage = (place: Place): Html =>
  layout(
    place,
    markup`<main id="main" class="page"><noscript>${notice('info', place.words.needsScript)}</noscript></main>`,
  );

/** A refusal as a page of its own. */
export function problemPage(place: Place, mishap: Mishap, missing: boolean, requestId: string): Html {
  const { words } = place;
  return layout(
    place,
    markup`<main id="main" class="page page--text">
      <header class="page-head">
        <h1 tabindex="-1">${missing ? words.notFoundTitle : words.problemTitle}</h1>
      </header>
      ${mishapNotice(place, mishap)}
      <p class="row">
        <a class="button button--quiet" href="${place.path}"
          >${place.path === '/' ? words.other : words.toDrop}</a
        >
      </p>
      <p class="muted small">${words.reference(requestId)}</p>
    </main>`,
  );
}
