import type { VoucherStatus } from '../api/types.js';

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

/** Whether shoppers see it. */
export const isPublic = (status: VoucherStatus): boolean => status !== 'draft' && status !== 'archived';
