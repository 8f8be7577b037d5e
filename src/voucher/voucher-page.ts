import { firstTestId } from '../common/mode.js';
import type { Dialect } from '../database/database.js';
import type { Keyset } from '../database/keyset.js';
import type { Page } from '../http/validation/validation.js';
import { RUNNING_STATUSES, type VoucherStatus } from './domain/lifecycle.js';
import {
  VOUCHERS_BY_STATUS,
  VOUCHERS_OF_MERCHANT,
  VOUCHERS_OF_MERCHANT_BY_STATUS,
} from './voucher.entity.js';

export interface VoucherFilter {
  /** All of one side of a merchant; without it what the public may see, which is live. */
  readonly merchantId?: string;
  /** The effective one. */
  readonly status?: VoucherStatus | undefined;
}

/** Vouchers of one kind: a stretch of one index. */
interface Stretch {
  readonly from: string;
  readonly where: readonly string[];
  readonly values: readonly unknown[];
  readonly order: string;
}

const PUBLIC_STATUSES = [...RUNNING_STATUSES, 'ended'] as const;

/**
 * The ids of a page, and of one voucher more where there are more, in no order. Each stored status that may be meant is read along its
 * index from the cursor on, so that a page reads about what it returns however many vouchers are over (docs/adr/0077). Those that time
 * has moved and the job has not stored yet are few, and found by their time.
 */
export function idsOfPage(
  dialect: Dialect,
  filter: VoucherFilter,
  { limit, starting_after: after, ending_before: before }: Page,
  now: number,
): [sql: string, values: unknown[]] {
  const { merchantId, status } = filter;
  const place = { dialect, direction: before === undefined ? 'DESC' : 'ASC' } as const;
  const cursor = before ?? after;
  const indexed = (index: string): string =>
    dialect === 'sqlite' ? 'vouchers' : `vouchers FORCE INDEX (${index})`;
  const along = (
    keyset: Keyset,
    list: readonly unknown[],
    also: readonly string[],
    times: number,
  ): Stretch => ({
    from: keyset.from(place),
    where: [keyset.list(place), ...also, ...(cursor === undefined ? [] : [keyset.behind(place)])],
    values: [
      ...list,
      ...Array.from({ length: times }, () => now),
      ...(cursor === undefined ? [] : keyset.behindValues([cursor])),
    ],
    order: keyset.order(place),
  });
  /** The index begins with `taken_down_at`: those that were taken down are not read past. */
  const shown = (name: VoucherStatus, times: readonly string[]): Stretch => ({
    ...along(VOUCHERS_BY_STATUS, [name], times, times.length),
    from: indexed('vouchers_shown'),
  });
  const stored = (name: VoucherStatus, ...times: readonly string[]): Stretch =>
    merchantId === undefined
      ? shown(name, times)
      : along(VOUCHERS_OF_MERCHANT_BY_STATUS, [merchantId, name], times, times.length);
  const overdue = (name: VoucherStatus, index: string, ...times: readonly string[]): Stretch => ({
    from: indexed(index),
    where: [
      'status = ?',
      ...times,
      ...(merchantId === undefined ? [] : ['merchant_id = ?']),
      ...(cursor === undefined ? [] : [`id ${before === undefined ? '<' : '>'} ?`]),
    ],
    values: [
      name,
      ...times.map(() => now),
      ...(merchantId === undefined ? [] : [merchantId]),
      ...(cursor === undefined ? [] : [cursor]),
    ],
    order: `id ${place.direction}`,
  });
  const stretches = ((): readonly Stretch[] => {
    switch (status) {
      case undefined:
        return merchantId === undefined
          ? PUBLIC_STATUSES.map((name) => stored(name))
          : [along(VOUCHERS_OF_MERCHANT, [merchantId], [], 0)];
      case 'scheduled':
        return [stored('scheduled', 'opens_at > ?', 'closes_at > ?')];
      case 'live':
        return [
          stored('live', 'closes_at > ?'),
          overdue('scheduled', 'vouchers_by_opening', 'opens_at <= ?', 'closes_at > ?'),
        ];
      case 'paused':
        return [stored('paused', 'closes_at > ?')];
      case 'ended':
        return [
          stored('ended'),
          ...RUNNING_STATUSES.map((name) => overdue(name, 'vouchers_by_end', 'closes_at <= ?')),
        ];
      case 'draft':
      case 'archived':
        return [stored(status)];
    }
  })();
  const open = merchantId === undefined ? ' AND taken_down_at IS NULL AND id < ?' : '';
  return [
    stretches
      .map(
        ({ from, where, order }, n) =>
          // In its own brackets each is cut to a page before they come together.
          `SELECT id FROM (SELECT id FROM ${from} WHERE ${where.join(' AND ')}${open} ORDER BY ${order} LIMIT ${limit + 1}) s${n}`,
      )
      .join(' UNION ALL '),
    stretches.flatMap(({ values }) => [...values, ...(open === '' ? [] : [firstTestId('vch')])]),
  ];
}
