import { describe, expect, it } from '@jest/globals';
import {
  dueMove,
  effectiveStatus,
  judgeMove,
  MERCHANT_MOVES,
  TIME_MOVES,
  VOUCHER_STATUSES,
  type Move,
  type VoucherStatus,
} from '../../../../src/voucher/domain/lifecycle.js';
import { fixedFields, MAX_STOCK, takesTimeAway, termBreaches } from '../../../../src/voucher/domain/terms.js';

const OPENS = 1_000;
const CLOSES = 2_000;
const voucher = (status: VoucherStatus) => ({ status, opensAt: OPENS, closesAt: CLOSES });

const TIMES = {
  before: OPENS - 1,
  opening: OPENS,
  within: 1_500,
  last: CLOSES - 1,
  closing: CLOSES,
  after: 9_000,
};
type When = keyof typeof TIMES;
const OPEN: readonly When[] = ['opening', 'within', 'last'];
const OVER: readonly When[] = ['closing', 'after'];
const NOT_OVER: readonly When[] = ['before', ...OPEN];
const ANY: readonly When[] = [...NOT_OVER, ...OVER];

interface Allowed {
  readonly move: Move;
  readonly stored: VoucherStatus;
  readonly when: readonly When[];
  readonly to: VoucherStatus;
}

/** Everything that is allowed, by the stored state. Whatever is not here must be refused. */
const ALLOWED: readonly Allowed[] = [
  { move: 'publish', stored: 'draft', when: ['before'], to: 'scheduled' },
  { move: 'publish', stored: 'draft', when: OPEN, to: 'live' },
  { move: 'pause', stored: 'live', when: NOT_OVER, to: 'paused' },
  { move: 'pause', stored: 'scheduled', when: OPEN, to: 'paused' },
  { move: 'resume', stored: 'paused', when: NOT_OVER, to: 'live' },
  { move: 'end', stored: 'scheduled', when: NOT_OVER, to: 'ended' },
  { move: 'end', stored: 'live', when: NOT_OVER, to: 'ended' },
  { move: 'end', stored: 'paused', when: NOT_OVER, to: 'ended' },
  { move: 'archive', stored: 'ended', when: ANY, to: 'archived' },
  { move: 'archive', stored: 'scheduled', when: OVER, to: 'archived' },
  { move: 'archive', stored: 'live', when: OVER, to: 'archived' },
  { move: 'archive', stored: 'paused', when: OVER, to: 'archived' },
  { move: 'open', stored: 'scheduled', when: OPEN, to: 'live' },
  { move: 'close', stored: 'scheduled', when: OVER, to: 'ended' },
  { move: 'close', stored: 'live', when: OVER, to: 'ended' },
  { move: 'close', stored: 'paused', when: OVER, to: 'ended' },
];

describe('the life of a voucher', () => {
  const table = [...MERCHANT_MOVES, ...TIME_MOVES].flatMap((move) =>
    VOUCHER_STATUSES.map((stored) => ({ move, stored })),
  );

  it.each(table)(
    '$move from $stored goes where it may, at every time, and nowhere else',
    ({ move, stored }) => {
      for (const when of ANY) {
        const allowed = ALLOWED.find((a) => a.move === move && a.stored === stored && a.when.includes(when));
        const outcome = judgeMove(voucher(stored), move, TIMES[when]);
        if (allowed)
          expect({ when, outcome }).toEqual({ when, outcome: { kind: 'moved', status: allowed.to } });
        else expect({ when, kind: outcome.kind }).not.toEqual({ when, kind: 'moved' });
      }
    },
  );

  it('says why a draft whose window is over cannot be published', () => {
    expect(judgeMove(voucher('draft'), 'publish', CLOSES)).toEqual({ kind: 'window-over', closesAt: CLOSES });
  });

  it('names the effective state in a refusal', () => {
    expect(judgeMove(voucher('live'), 'pause', CLOSES)).toEqual({ kind: 'wrong-state', from: 'ended' });
  });

  const shown: Readonly<Record<VoucherStatus, readonly VoucherStatus[]>> = {
    draft: ['draft', 'draft', 'draft', 'draft', 'draft', 'draft'],
    scheduled: ['scheduled', 'live', 'live', 'live', 'ended', 'ended'],
    live: ['live', 'live', 'live', 'live', 'ended', 'ended'],
    paused: ['paused', 'paused', 'paused', 'paused', 'ended', 'ended'],
    ended: ['ended', 'ended', 'ended', 'ended', 'ended', 'ended'],
    archived: ['archived', 'archived', 'archived', 'archived', 'archived', 'archived'],
  };

  it.each(VOUCHER_STATUSES)('shows %s as what time makes of it', (status) => {
    expect(ANY.map((when) => effectiveStatus(voucher(status), TIMES[when]))).toEqual(shown[status]);
  });

  it('has a move due exactly where the stored state is not the effective one', () => {
    for (const status of VOUCHER_STATUSES) {
      for (const now of Object.values(TIMES)) {
        const due = dueMove(voucher(status), now);
        const effective = effectiveStatus(voucher(status), now);
        expect(due !== undefined).toBe(effective !== status);
        if (due) expect(judgeMove(voucher(status), due, now)).toEqual({ kind: 'moved', status: effective });
      }
    }
  });
});

describe('the terms of a voucher', () => {
  const STOCK = { totalStock: 10, waves: [], codePattern: null, faceAmount: null, budgetMinor: null };

  const wave = (at: number, units = 1, released = false) => ({ at, units, released });
  it.each([
    [[wave(11), wave(19)], []],
    [[wave(19), wave(11)], ['not_in_order']],
    [[wave(11), wave(11)], ['not_in_order']],
    [[wave(10)], ['outside_window']],
    [[wave(20)], ['outside_window']],
    [[wave(5, 1, true), wave(11)], []],
    [[wave(11, MAX_STOCK - 10)], []],
    [[wave(11, MAX_STOCK - 10), wave(12)], ['too_many']],
    [[wave(11, MAX_STOCK - 10, true), wave(12)], []],
  ])('with a window of 10 to 20, waves %j breach %j', (waves, codes) => {
    const terms = { opensAt: 10, closesAt: 20, redeemFrom: null, redeemUntil: null, confirmWithinS: null };
    const breaches = termBreaches({ ...terms, ...STOCK, waves });
    expect(breaches.map(({ field, code }) => [field, code])).toEqual(codes.map((code) => ['waves', code]));
  });

  it.each([
    [{ opensAt: 1, closesAt: 3, redeemFrom: null, redeemUntil: null }, []],
    [{ opensAt: 1, closesAt: 3, redeemFrom: null, redeemUntil: 3 }, []],
    [{ opensAt: 3, closesAt: 3, redeemFrom: null, redeemUntil: null }, ['opens_at']],
    [{ opensAt: 0, closesAt: 2, redeemFrom: null, redeemUntil: null }, ['closes_at']],
    [{ opensAt: 1, closesAt: 3, redeemFrom: null, redeemUntil: 2 }, ['redeem_until']],
    [{ opensAt: 1, closesAt: 3, redeemFrom: 4, redeemUntil: 4 }, ['redeem_from']],
    [{ opensAt: 1, closesAt: 3, redeemFrom: 2, redeemUntil: 4 }, []],
    [
      { opensAt: 5, closesAt: 1, redeemFrom: null, redeemUntil: 0 },
      ['opens_at', 'closes_at', 'redeem_until'],
    ],
  ])('at the time 2, %j breaches %j', (terms, fields) => {
    expect(termBreaches({ ...terms, ...STOCK, confirmWithinS: null }, 2).map(({ field }) => field)).toEqual(
      fields,
    );
  });

  it('lets an edit leave a window alone that is over', () => {
    const terms = { opensAt: 0, closesAt: 1, redeemFrom: null, redeemUntil: null, confirmWithinS: null };
    expect(termBreaches({ ...terms, ...STOCK })).toEqual([]);
  });

  it('leave time to confirm the last claim before redemption ends', () => {
    const terms = { opensAt: 0, closesAt: 1_000, redeemFrom: null, redeemUntil: 11_000, ...STOCK };
    expect(termBreaches({ ...terms, confirmWithinS: 10 })).toEqual([]);
    expect(termBreaches({ ...terms, redeemUntil: null, confirmWithinS: 11 })).toEqual([]);
    expect(termBreaches({ ...terms, confirmWithinS: 11 })).toMatchObject([
      { field: 'confirm_within_s', code: 'beyond_redeem_until' },
    ]);
  });

  const all = [
    'title',
    'description',
    'total_stock',
    'per_user_limit',
    'opens_at',
    'closes_at',
    'redeem_until',
    'time_zone',
    'face_value',
    'protection',
  ] as const;
  const over = [
    'total_stock',
    'per_user_limit',
    'opens_at',
    'closes_at',
    'time_zone',
    'face_value',
    'protection',
  ];
  it.each([
    ['draft', []],
    ['scheduled', ['total_stock', 'protection']],
    ['live', ['total_stock', 'per_user_limit', 'opens_at', 'time_zone', 'face_value', 'protection']],
    ['paused', ['total_stock', 'per_user_limit', 'opens_at', 'time_zone', 'face_value', 'protection']],
    ['ended', over],
    ['archived', over],
  ] as const)('once %s, these are fixed: %j', (status, fixed) => {
    expect(fixedFields(status, all)).toEqual(fixed);
  });

  it.each([
    [null, 50, true],
    [60, 50, true],
    [60, 60, false],
    [60, 70, false],
    [60, null, false],
    [null, null, false],
    [40, 30, false], // over before: there is nothing left to take
  ])('at the time 40, an end that moves from %j to %j takes time away: %j', (before, after, takes) => {
    expect(takesTimeAway(before, after, 40)).toBe(takes);
  });
});
