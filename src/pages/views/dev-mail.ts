import { markup, type Html } from '../../common/markup.js';
import { localeTag, type Language } from '../../http/language.js';
import type { DevMessage } from '../../mail/index.js';
import { layout, notice, type RenderContext } from './layout.js';

const WORDS = {
  en: {
    title: 'Mails and login codes',
    lead: 'What would have been sent since this process began, the newest first. Only in development, and only on this machine.',
    none: 'Nothing yet',
    noneText: 'Ask for a login code or a new password, then reload this page.',
    code: 'Login code',
    mail: 'Mail',
    to: (whom: string) => `to ${whom}`,
  },
  zh: {
    title: '邮件与验证码',
    lead: '本进程启动以来本应发送的内容，最新的在前。仅限开发环境，且仅限本机。',
    none: '暂无内容',
    noneText: '请获取验证码或申请新密码，然后刷新此页。',
    code: '验证码',
    mail: '邮件',
    to: (whom: string) => `发送至 ${whom}`,
  },
} as const satisfies Record<Language, unknown>;

const LINK = /(https?:\/\/[^\s]+)/;

/** `/dev/mail`: what people would have been sent. */
export function devMailPage(
  renderContext: RenderContext,
  messages: readonly DevMessage[],
): { readonly title: string; readonly body: Html } {
  const { language } = renderContext;
  const words = WORDS[language];
  const time = new Intl.DateTimeFormat(localeTag(language), { timeStyle: 'medium' });
  const card = ({ kind, at, to, subject, text, file }: DevMessage): Html =>
    markup`<section class="card stack" data-test="${kind}">
      <h2>${kind === 'code' ? markup`${words.code}: <code>${subject}</code>` : subject}</h2>
      <p class="muted small">${words[kind]} ${words.to(to)} · ${time.format(at)}</p>
      ${kind === 'mail' && text.split('\n\n').map((part) => markup`<p>${withLinks(part)}</p>`)}
      ${file !== null && markup`<p class="muted small"><code>${file}</code></p>`}
    </section>`;
  const body = layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <header class="page-head">
        <h1 tabindex="-1">${words.title}</h1>
        <p class="muted">${words.lead}</p>
      </header>
      ${messages.length === 0 ? notice('info', words.none, words.noneText) : messages.map(card)}
    </main>`,
  );
  return { title: `${words.title} · ${renderContext.words.name}`, body };
}

const withLinks = (text: string) =>
  text.split(LINK).map((part) => (LINK.test(part) ? markup`<a href="${part}">${part}</a>` : part));
