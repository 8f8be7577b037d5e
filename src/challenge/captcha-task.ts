import { randomInt } from 'node:crypto';

export type CaptchaKind = 'math' | 'image';

export interface CaptchaTask {
  /** How it is answered: with a number, or with the characters seen. */
  readonly kind: CaptchaKind;
  /** Shown to the eye. */
  readonly picture?: string;
  /** Read by a screen reader. */
  readonly question?: string;
  /** In the form that `normalAnswer` brings answers to. */
  readonly answer: string;
}

/** Without what looks alike when it is bent: 0 O Q, 1 I, 2 Z, 5 S, 6 G, 8 B, V beside U. */
const CHARACTERS = 'ACDEFHJKLMNPRTUWXY3479';
const LENGTH = 5;

/** Languages of a question in words. */
export const CAPTCHA_LANGUAGES = ['en', 'zh'] as const;
export type CaptchaLanguage = (typeof CAPTCHA_LANGUAGES)[number];

/** Whole numbers from `min` to `max`; injected so that a test can repeat a task. */
export type Dice = (min: number, max: number) => number;

const dice: Dice = (min, max) => randomInt(min, max + 1);

/**
 * A task of the kind that a voucher asks for. Blind guesses hit one of 79 or more results (math) or of 5 million (image).
 * @param wordsIn for people who see no pictures: a sum in words of that language, whatever the kind
 */
export function newTask(
  kind: CaptchaKind,
  wordsIn: CaptchaLanguage | undefined,
  roll: Dice = dice,
): CaptchaTask {
  if (kind === 'image' && wordsIn === undefined) {
    const text = Array.from({ length: LENGTH }, () => CHARACTERS[roll(0, CHARACTERS.length - 1)]).join('');
    return { kind, picture: text, answer: text };
  }
  const [left, right, plus] = [roll(11, 89), roll(2, 9), roll(0, 1) === 1];
  const answer = String(plus ? left + right : left - right);
  if (wordsIn === undefined) return { kind: 'math', picture: `${left}${plus ? '+' : '−'}${right}`, answer };
  return { kind: 'math', question: QUESTIONS[wordsIn](left, right, plus), answer };
}

const QUESTIONS: Readonly<Record<CaptchaLanguage, (left: number, right: number, plus: boolean) => string>> = {
  en: (left, right, plus) =>
    `What is ${inWords(left)} ${plus ? 'plus' : 'minus'} ${inWords(right)}? Answer in digits.`,
  zh: (left, right, plus) =>
    `${inChinese(left)}${plus ? '加' : '减'}${inChinese(right)}等于多少？请用数字回答。`,
};

/** What people type, with wide digits, small letters and spaces, in one form. */
export const normalAnswer = (text: string): string =>
  text.normalize('NFKC').replaceAll(/\s/g, '').toUpperCase();

const UNITS = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
  ...['eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** @param value 0 to 99 */
export function inWords(value: number): string {
  const small = UNITS[value];
  if (small !== undefined) return small;
  const ten = TENS[Math.floor(value / 10)] ?? '';
  return value % 10 === 0 ? ten : `${ten}-${UNITS[value % 10]}`;
}

const HAN = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/** @param value 0 to 99 */
export function inChinese(value: number): string {
  const ten = Math.floor(value / 10);
  const unit = HAN[value % 10] ?? '';
  if (ten === 0) return unit;
  return `${ten === 1 ? '' : HAN[ten]}十${value % 10 === 0 ? '' : unit}`;
}
