import { useI18n } from 'vue-i18n';
import type { Voucher } from '../api/types.js';
import { useFormats } from './formats.js';

/** Of a drop that is over nobody can have what is left. */
export const claimedOf = (total: number, remaining: number): number => Math.max(0, total - remaining);

/** What is left of a drop's units, or what was claimed of them once it is over, in words. */
export function useUnitWords(): (status: Voucher['status'], units: number, remaining: number) => string {
  const { t } = useI18n();
  const formats = useFormats();
  return (status, units, remaining) => {
    const total = formats.value.number(units);
    if (status !== 'ended') return t('drops.left', { left: formats.value.number(remaining), total });
    const claimed = claimedOf(units, remaining);
    return t('drops.claimed', { claimed: formats.value.number(claimed), total }, claimed);
  };
}
