import type { Voucher, VoucherStatus } from '../api/types.js';

export type Move = 'publish' | 'pause' | 'resume' | 'end' | 'archive' | 'delete';

/** What can be done from a state; the server has the last word. */
const MOVES: Readonly<Record<VoucherStatus, readonly Move[]>> = {
  draft: ['publish', 'delete'],
  scheduled: ['end'],
  live: ['pause', 'end'],
  paused: ['resume', 'end'],
  ended: ['archive'],
  archived: [],
};

export const movesFrom = (status: VoucherStatus): readonly Move[] => MOVES[status];

export const canAdjust = (status: VoucherStatus): boolean =>
  status === 'scheduled' || status === 'live' || status === 'paused';

/** Whether shoppers see it: a test voucher is for test shoppers alone, and they have no pages. */
export const isPublic = ({ status, mode }: Pick<Voucher, 'status' | 'mode'>): boolean =>
  mode === 'live' && status !== 'draft' && status !== 'archived';
