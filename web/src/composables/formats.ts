import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { Formats, zonedTime } from '../lib/format.js';

/** A time in the merchant's zone, which is named, with the reader's own beside it: for sentences; `ZonedTime` for all else. */
export function useZonedText(): (at: string, zone: string) => string {
  const { t, locale } = useI18n();
  return (at, zone) => {
    const { text, own } = zonedTime(locale.value === 'zh' ? 'zh-CN' : 'en-GB', at, zone);
    return own === undefined ? text : `${text} (${t('app.ownTime', { time: own })})`;
  };
}

/** Formats of the chosen language; changes with it. */
export function useFormats(): ComputedRef<Formats> {
  const { locale } = useI18n();
  return computed(() => new Formats(locale.value === 'zh' ? 'zh-CN' : 'en-GB'));
}
