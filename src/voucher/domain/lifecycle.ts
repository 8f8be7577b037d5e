export const VOUCHER_STATUSES = ['draft', 'scheduled', 'live', 'paused', 'ended', 'archived'] as const;
export type VoucherStatus = (typeof VOUCHER_STATUSES)[number];

/** Published and not over: units may still be claimed, now or later. */
export const RUNNING_STATUSES = ['scheduled', 'live', 'paused'] as const satisfies readonly VoucherStatus[];

export const isRunning = (status: VoucherStatus): boolean =>
  (RUNNING_STATUSES as readonly VoucherStatus[]).includes(status);

/** What a merchant can do. A draft that is not wanted is deleted, and does not move. */
export const MERCHANT_MOVES = ['publish', 'pause', 'resume', 'end', 'archive'] as const;
export type MerchantMove = (typeof MERCHANT_MOVES)[number];

/** What time does. */
export const TIME_MOVES = ['open', 'close'] as const;
export type TimeMove = (typeof TIME_MOVES)[number];

export type Move = MerchantMove | TimeMove;

/** The window is [opensAt, closesAt), in milliseconds since 1970. */
export interface Timed {
  readonly status: VoucherStatus;
  readonly opensAt: number;
  readonly closesAt: number;
}

export type MoveOutcome =
  | { readonly kind: 'moved'; readonly status: VoucherStatus }
  /** Not from this state. */
  | { readonly kind: 'wrong-state'; readonly from: VoucherStatus }
  /** There would be no time left to claim. */
  | { readonly kind: 'window-over'; readonly closesAt: number }
  /** A move of time whose time has not come. */
  | { readonly kind: 'not-due' };

/**
 * The state that time makes of the stored one. The job that stores it comes up to a second late; everybody who looks at a
 * voucher looks through this function, so nobody sees the difference.
 */
export function effectiveStatus({ status, opensAt, closesAt }: Timed, now: number): VoucherStatus {
  switch (status) {
    case 'scheduled':
      if (closesAt <= now) return 'ended';
      return opensAt <= now ? 'live' : 'scheduled';
    case 'live':
    case 'paused':
      return closesAt <= now ? 'ended' : status;
    case 'draft':
    case 'ended':
    case 'archived':
      return status;
  }
}

/** Judges a move at the time `now`. Whatever is not named here is refused. */
export function judgeMove(voucher: Timed, move: Move, now: number): MoveOutcome {
  if (move === 'open' || move === 'close') return judgeTimeMove(voucher, move, now);
  const from = effectiveStatus(voucher, now);
  switch (move) {
    case 'publish':
      if (from !== 'draft') break;
      if (voucher.closesAt <= now) return { kind: 'window-over', closesAt: voucher.closesAt };
      return { kind: 'moved', status: voucher.opensAt <= now ? 'live' : 'scheduled' };
    case 'pause':
      if (from !== 'live') break;
      return { kind: 'moved', status: 'paused' };
    case 'resume':
      if (from !== 'paused') break;
      return { kind: 'moved', status: 'live' };
    case 'end':
      // From scheduled too: a drop that was published by mistake must be stoppable before it opens.
      if (!isRunning(from)) break;
      return { kind: 'moved', status: 'ended' };
    case 'archive':
      if (from !== 'ended') break;
      return { kind: 'moved', status: 'archived' };
  }
  return { kind: 'wrong-state', from };
}

/** These start from the stored state: they are how the effective one gets stored. */
function judgeTimeMove(voucher: Timed, move: TimeMove, now: number): MoveOutcome {
  const { status } = voucher;
  if (move === 'open' ? status !== 'scheduled' : !isRunning(status))
    return { kind: 'wrong-state', from: status };
  const target = move === 'open' ? 'live' : 'ended';
  const due = target !== status && effectiveStatus(voucher, now) === target;
  return due ? { kind: 'moved', status: target } : { kind: 'not-due' };
}

/** The move of time that is due, if any. */
export const dueMove = (voucher: Timed, now: number): TimeMove | undefined =>
  TIME_MOVES.find((move) => judgeMove(voucher, move, now).kind === 'moved');

/** Shoppers see neither what is not published yet nor what is put away. */
export const isPublic = (status: VoucherStatus): boolean => status !== 'draft' && status !== 'archived';
