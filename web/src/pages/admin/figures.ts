import { useI18n } from 'vue-i18n';
import { localeTag } from '../../i18n/index.js';
import * as units from '../../lib/units.js';

/** Figures in the language of the page; they change with it. */
export function useFigures() {
  const { locale } = useI18n();
  const tag = (): string => (locale.value === '' ? 'en' : localeTag());
  return {
    count: (value: number) => units.count(tag(), value),
    percent: (part: number) => units.percent(tag(), part),
    duration: (ms: number) => units.duration(tag(), ms),
    ago: (ms: number) => units.ago(tag(), ms),
    megabytes: (bytes: number) => units.megabytes(tag(), bytes),
    dateTime: (instant: string) => units.dateTime(tag(), instant),
  };
}
