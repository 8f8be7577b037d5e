import { useI18n } from 'vue-i18n';
import type { VoucherStatus } from '../../api/types.js';
import { isFixed } from '../../lib/voucher-changes.js';
import type { VoucherTerms } from '../../lib/voucher-form.js';

/** What can no longer be changed in the state of a voucher is shown, and says so in place of its hint. */
export function useFixedTerms(props: { readonly status?: VoucherStatus | undefined }) {
  const { t } = useI18n();
  const fixed = (name: keyof VoucherTerms): boolean => isFixed(props.status, name);
  const hint = (name: keyof VoucherTerms, text?: string): { hint?: string } => {
    if (fixed(name)) return { hint: t('console.form.fixed') };
    return text === undefined ? {} : { hint: t(text) };
  };
  return { fixed, hint };
}
