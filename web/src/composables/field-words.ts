import { computed, type ComputedRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { NO_ANSWER, type Failure } from '../api/failure.js';
import type { FieldProblem } from '../api/types.js';

/** The same refusal with what is wrong at its fields in the chosen language; the server's own words where there are none. */
export function useFieldWords(failure: Ref<Failure | undefined>): ComputedRef<Failure | undefined> {
  const i18n = useI18n();
  const { t, locale } = i18n;
  return computed(() => {
    const { value } = failure;
    if (!value) return undefined;
    const inWords = (error: FieldProblem): FieldProblem => {
      const { code, pointer, bound, counts } = error;
      const isForm = code === 'custom' || code === 'invalid_format';
      const atField = `fieldErrors.at.${pointer.split('/').at(-1) ?? ''}`;
      if (isForm && i18n.te(atField)) return { ...error, detail: t(atField) };
      // A rule of its own is told by the server more exactly than a word of ours could.
      if (code === 'custom' && locale.value === 'en') return error;
      const bounded = `fieldErrors.${code}_${counts ?? ''}`;
      if (bound !== undefined && i18n.te(bounded)) return { ...error, detail: t(bounded, { bound }, bound) };
      const key = `fieldErrors.${code}`;
      return i18n.te(key) ? { ...error, detail: t(key) } : error;
    };
    return { ...value, errors: value.errors.map(inWords) };
  });
}

/** What the page itself finds wrong, in the form in which the server says such things. */
export const wrongFields = (errors: readonly FieldProblem[]): Failure => ({
  ...NO_ANSWER,
  code: 'validation_failed',
  status: 422,
  errors: [...errors],
});

/** Keyboard and screen reader go on at the first field that is wrong. */
export const focusWrongField = (): void =>
  document.querySelector<HTMLElement>('main [aria-invalid="true"]')?.focus();
