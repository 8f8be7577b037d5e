import { markup } from '../../common/markup.js';
import { visibleText } from '../../common/text.js';
import { languageTag, type Language } from '../../http/language.js';
import type { MailWords } from './mail-words.js';

const BUTTON =
  'display:inline-block;padding:12px 20px;border-radius:8px;background:#1d4ed8;color:#ffffff;text-decoration:none;font-weight:600';
const BODY =
  'margin:0;padding:24px;background:#f5f5f4;color:#1c1917;font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif';
const CARD = 'max-width:480px;margin:0 auto;padding:24px;border-radius:12px;background:#ffffff';
const QUOTE = 'margin:16px 0;padding:0 0 0 16px;border-left:4px solid #d6d3d1';
const NOTE = 'color:#57534e;font-size:14px';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly unsubscribeUrl: string | undefined;
}

type MailLink = NonNullable<MailWords['unsubscribe']>;

/** A mail as text and as HTML; every word is escaped, and the subject is one line. */
export function renderMail(words: MailWords, language: Language): RenderedMail {
  const { action, unsubscribe } = words;
  const subject = oneLine(words.subject);
  const lines = words.lines.map(oneLine);
  const quote = paragraphs(words.quote ?? []);
  const notes = words.notes.map(oneLine);
  const links = (link: MailLink | undefined): string[] =>
    link ? [`${oneLine(link.label)}:\n${link.url}`] : [];
  const text = [subject, ...lines, ...quote.map(quoted), ...links(action), ...notes, ...links(unsubscribe)];
  const html = markup`<!doctype html>
<html lang="${languageTag(language)}">
  <head><meta charset="utf-8"><title>${subject}</title></head>
  <body style="${BODY}">
    <div style="${CARD}">
      <h1 style="margin:0 0 16px;font-size:20px">${subject}</h1>
      ${lines.map((line) => markup`<p>${line}</p>`)}
      ${
        quote.length > 0 &&
        markup`<blockquote style="${QUOTE}">${quote.map((each) => markup`<p style="white-space:pre-line">${each.join('\n')}</p>`)}</blockquote>`
      }
      ${
        action &&
        markup`<p style="margin:24px 0"><a href="${action.url}" style="${BUTTON}">${oneLine(action.label)}</a></p>
      <p style="${NOTE};word-break:break-all">${action.url}</p>`
      }
      ${notes.map((note) => markup`<p style="${NOTE}">${note}</p>`)}
      ${unsubscribe && markup`<p style="${NOTE}"><a href="${unsubscribe.url}">${oneLine(unsubscribe.label)}</a></p>`}
    </div>
  </body>
</html>`;
  return { subject, text: `${text.join('\n\n')}\n`, html: html.text, unsubscribeUrl: unsubscribe?.url };
}

/** Lines with an empty one between them stand apart. */
function paragraphs(lines: readonly string[]): string[][] {
  const all: string[][] = [[]];
  for (const line of lines.map(oneLine)) {
    if (line === '') all.push([]);
    else all.at(-1)?.push(line);
  }
  return all.filter((each) => each.length > 0);
}

const quoted = (lines: readonly string[]): string => lines.map((line) => `> ${line}`).join('\n');

/** Without what breaks a line, turns it or shows nothing. */
const oneLine = (text: string): string =>
  visibleText(text)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
