import {
  compile,
  createCoreContext,
  registerMessageCompiler,
  registerMessageResolver,
  resolveValue,
  translate,
} from '@intlify/core-base';
import type { FieldProblem, Problem, ProblemCode } from '../../common/problems.js';
import enRefusals from '../../common/refusals.en.js';
import zhRefusals from '../../common/refusals.zh.js';
import type { Language } from '../../http/language.js';
import enAccountForms from './en/account-forms.js';
import enPlain from './en/plain.js';
import enShopper from './en/shopper.js';
import zhAccountForms from './zh/account-forms.js';
import zhPlain from './zh/plain.js';
import zhShopper from './zh/shopper.js';

/** The words of the shopper's and the account's pages, which the script has too, and what only pages without one say. */
const MESSAGES = {
  en: { ...enShopper, account: enAccountForms, plain: enPlain },
  zh: { ...zhShopper, account: zhAccountForms, plain: zhPlain },
} satisfies Record<Language, unknown>;

/** Where a text stands: `drop.claim`. */
type KeyOf<Messages> = {
  [Key in keyof Messages & string]: Messages[Key] extends string ? Key : `${Key}.${KeyOf<Messages[Key]>}`;
}[keyof Messages & string];

/**
 * A text of the dictionary, as `t` of the script's pages gives it: by the library below that one.
 * @param values of its placeholders, as they are shown
 * @param count by which one of its plural forms is chosen
 */
export type Translate = (
  key: KeyOf<(typeof MESSAGES)['en']>,
  values?: Readonly<Record<string, string>>,
  count?: number,
) => string;

/** What happened, and what to do next. */
export type TextAndNext = readonly [text: string, next: string];

registerMessageCompiler(compile);
registerMessageResolver(resolveValue);

function translator(locale: Language): Translate {
  const context = createCoreContext({ locale, messages: MESSAGES });
  return (key, values = {}, count) =>
    String(count === undefined ? translate(context, key, values) : translate(context, key, values, count));
}

const TRANSLATORS = { en: translator('en'), zh: translator('zh') } satisfies Record<Language, Translate>;

export const translatorOf = (language: Language): Translate => TRANSLATORS[language];

/** Where nothing on the page goes on by itself, something else is to be done next. */
const isWithoutScript = (code: ProblemCode): code is ProblemCode & keyof typeof enPlain.problem.next =>
  code in enPlain.problem.next;

/** Fields of the plain forms, by pointer: what to enter. */
const AT_FIELD = {
  '/email': 'fieldErrors.at.email',
  '/phone': 'fieldErrors.at.phone',
  '/password': 'plain.problem.at.password',
  '/current_password': 'plain.problem.at.password',
  '/new_password': 'account.password.hint',
  '/code': 'plain.problem.at.code',
  '/token': 'plain.problem.at.token',
} as const;
/** What is wrong at such a field is not how it is written. */
const IS_NO_FORMAT: ReadonlySet<string> = new Set(['not_yours', 'has_one']);

/** What to enter at a field that is wrong. A password that is chosen has bounds. */
function wordsAt(language: Language, { pointer, code, bound = 0 }: FieldProblem): string {
  const t = translatorOf(language);
  if (!pointer.endsWith('password') || bound <= 1) return t(AT_FIELD[pointer as keyof typeof AT_FIELD]);
  const key = code === 'too_big' ? 'fieldErrors.too_big_characters' : 'fieldErrors.too_small_characters';
  return t(key, { bound: String(bound) }, bound);
}

/** A refusal in plain words, for a page that needs no script. */
export function refusalWords(language: Language, { code, options }: Problem): TextAndNext {
  const wrong = options.errors?.find((error) => error.pointer in AT_FIELD && !IS_NO_FORMAT.has(error.code));
  const { text, next } = (language === 'zh' ? zhRefusals : enRefusals)[code];
  if (wrong) return [text, wordsAt(language, wrong)];
  return [text, isWithoutScript(code) ? translatorOf(language)(`plain.problem.next.${code}`) : next];
}
