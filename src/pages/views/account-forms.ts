import type { UserAnswer } from '../../auth/index.js';
import { markup, type Html } from '../../common/markup.js';
import { field, formPage, linkField, problemNotice, type ProblemView } from './forms.js';
import { notice, type RenderContext } from './layout.js';

/** As the API bounds it: a browser tells it before anything is sent. */
const NEW_PASSWORD = markup` minlength="8" maxlength="128"`;

export interface ForgottenState {
  readonly email?: string | undefined;
  /** A mail is on its way, where there is such an account. */
  readonly isSent?: boolean;
  /** A link was pasted. */
  readonly asksLink?: boolean;
  /** The password is set. */
  readonly isDone?: boolean;
  readonly problemView?: ProblemView | undefined;
  /** Whether mails are shown on a page of development. */
  readonly devInbox?: boolean;
}

/** `/login/forgotten`: a new password by a mailed link, which is pasted. */
export function forgottenPage(renderContext: RenderContext, state: ForgottenState): Html {
  const { t } = renderContext;
  const { email, isSent, asksLink, isDone, problemView, devInbox } = state;
  if (isDone === true)
    return formPage(
      renderContext,
      t('account.reset.title'),
      '',
      notice('good', t('account.reset.done')),
      markup`<p><a class="button button--wide" href="/login">${t('account.reset.signIn')}</a></p>`,
    );
  const ask = markup`<form class="form" method="post" action="/login/forgotten">
    ${field({ name: 'email', label: t('login.email'), type: 'email', autocomplete: 'username', value: email })}
    <button class="button button--quiet button--wide">${t('account.reset.send')}</button>
  </form>`;
  const set = markup`<section class="section">
    <h2>${t('plain.forgotten.haveLink')}</h2>
    <p class="muted">${t('account.reset.newLead')}</p>
    <form class="form" method="post" action="/login/new-password">
      ${linkField(renderContext)}
      ${field({ name: 'password', label: t('account.reset.password'), type: 'password', autocomplete: 'new-password', hint: t('account.password.hint'), more: NEW_PASSWORD })}
      <button class="button button--wide">${t('account.reset.save')}</button>
    </form>
  </section>`;
  return formPage(
    renderContext,
    t('account.reset.title'),
    isSent === true || asksLink === true ? '' : t('account.reset.lead'),
    problemNotice(renderContext, problemView),
    isSent === true && notice('good', t('account.reset.sent'), t('account.reset.sentText')),
    devInbox === true && markup`<p class="small"><a href="/dev/mail">${t('login.devInbox')}</a></p>`,
    isSent === true || asksLink === true ? [set, ask] : [ask, set],
  );
}

export interface PasswordState {
  readonly isChanged?: boolean;
  readonly problemView?: ProblemView | undefined;
}

/** `/account/password`: another password, by the one that is known. */
export function passwordPage(
  renderContext: RenderContext,
  { email }: UserAnswer,
  state: PasswordState,
): Html {
  const { t } = renderContext;
  const form = markup`<form class="form" method="post" action="/account/password">
    <input class="visually-hidden" value="${email ?? ''}" autocomplete="username" tabindex="-1" aria-hidden="true" readonly />
    ${field({ name: 'current_password', label: t('account.password.current'), type: 'password', autocomplete: 'current-password' })}
    ${field({ name: 'new_password', label: t('account.password.next'), type: 'password', autocomplete: 'new-password', hint: t('account.password.hint'), more: NEW_PASSWORD })}
    <button class="button button--wide">${t('account.password.change')}</button>
  </form>`;
  return formPage(
    renderContext,
    t('account.password.change'),
    email === null ? '' : t('account.password.lead'),
    problemNotice(renderContext, state.problemView),
    state.isChanged === true && notice('good', t('account.password.changed')),
    email === null ? notice('info', t('account.password.none'), t('account.password.noneHint')) : form,
    email === null
      ? markup`<p><a href="/account/proofs">${t('plain.proofs.title')}</a></p>`
      : markup`<p><a href="/login/forgotten">${t('account.password.choose')}</a></p>`,
  );
}

/** `/account/deletion`: says what goes and what stays, and asks. @param asksLogin the session is no fresh proof */
export function deletionPage(
  renderContext: RenderContext,
  problemView: ProblemView | undefined,
  asksLogin: boolean,
): Html {
  const { t } = renderContext;
  return formPage(
    renderContext,
    t('account.delete.ask'),
    '',
    problemNotice(renderContext, problemView),
    asksLogin && markup`<p><a href="/login?next=/account/deletion">${t('nav.signIn')}</a></p>`,
    markup`<p>${t('account.delete.text')}</p>
    <p class="muted">${t('account.delete.stays')}</p>
    <form class="form" method="post" action="/account/deletion">
      <button class="button button--danger button--wide">${t('account.delete.submit')}</button>
    </form>
    <p><a href="/">${t('app.cancel')}</a></p>`,
  );
}

const LINKS = {
  forgotten: ['/login/forgotten', 'account.reset.title'],
  proofs: ['/account/proofs', 'plain.proofs.title'],
  password: ['/account/password', 'account.password.change'],
  deletion: ['/account/deletion', 'account.delete.title'],
} as const;

/** Where the pages of the script say that they need it: what is there without one. */
export const plainLinks = ({ t }: RenderContext, ...names: readonly (keyof typeof LINKS)[]): Html =>
  markup`${names.map((name) => {
    const [path, words] = LINKS[name];
    return markup`<p><a href="${path}">${t(words)}</a></p>`;
  })}`;
