import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { Formats } from '../lib/format.js';

/** Formats of the chosen language; changes with it. */
export function useFormats(): ComputedRef<Formats> {
  const { locale } = useI18n();
  return computed(() => new Formats(locale.value === 'zh' ? 'zh-CN' : 'en-GB'));
}
