import type { FastifyRequest } from 'fastify';
import { readCookie } from './cookies.js';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
export const LANGUAGE_COOKIE = 'vc_lang';

/**
 * The first of the languages that a browser lists which pages are written in; the order counts, not the weights, as
 * browsers write what they prefer first. docker/nginx/nginx.conf.template has the same pattern, so that the gateway keeps one page a language.
 */
const CHINESE_FIRST = /^(?:(?!\s*(?:en|zh)\b)[^,]*,)*\s*zh\b/i;

/** The language that was chosen, else the one that the browser asks for, else English. */
export function languageOf(headers: FastifyRequest['headers']): Language {
  const chosen = readCookie(headers.cookie, LANGUAGE_COOKIE);
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return CHINESE_FIRST.test(headers['accept-language'] ?? '') ? 'zh' : 'en';
}

/** What Intl and the `lang` attribute call it. */
export const languageTag = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en');

/** For dates and numbers. */
export const localeTag = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en-GB');
