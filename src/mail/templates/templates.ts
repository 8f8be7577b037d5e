import type { Language } from '../../http/language.js';
import { en } from './en.js';
import type { MailKind, MailParams, MailWords } from './mail-words.js';
import { zh } from './zh.js';

export const wordsOf = <K extends MailKind>(kind: K, params: MailParams[K], language: Language): MailWords =>
  (language === 'zh' ? zh : en)[kind](params);
