import { describe, expect, it } from '@jest/globals';
import { ClaimIds, eventId } from '../../../src/common/ids.js';
import { compare } from '../../rehearsal/compare.js';
import type { Books, History, LedgerClaim, Send } from '../../rehearsal/history.js';

const ids = new ClaimIds('s'.repeat(32));
const VOUCHER = 'vch_0000000000000001';
const USERS = ['usr_a', 'usr_b', 'usr_c'];
const idOf = (userId: string, ordinal = 1): string => ids.id(VOUCHER, userId, ordinal);

const send = (claimId: string | undefined): Send => ({
  to: 0,
  sentAt: 1,
  answeredAt: 2,
  status: claimId === undefined ? 0 : 202,
  code: '',
  claimId,
});

const row = (userId: string, sequence: number, ordinal = 1): LedgerClaim => ({
  id: idOf(userId, ordinal),
  userId,
  ordinal,
  epoch: 1,
  sequence,
  status: 'issued',
  code: `code-${userId}-${ordinal}`,
});

const eventOf = ({ id }: LedgerClaim) => ({ id: eventId('claim.issued', id), claimId: id });

/** Three shoppers with one intent each; all were promised, issued and told. */
const history: History = {
  voucherId: VOUCHER,
  perUserLimit: 1,
  total: 3,
  intents: USERS.map((userId) => ({
    userId,
    key: `${userId}-0`,
    sends: [send(undefined), send(idOf(userId))],
  })),
};
const rows = USERS.map((userId, index) => row(userId, index + 1));
const books = (claims: readonly LedgerClaim[], events = claims.map(eventOf)): Books => ({
  claims,
  issued: claims.length,
  events,
});
const found = (against: Books, of: History = history) =>
  compare(of, against, ids).violations.map(({ kind, what }) => `${kind}: ${what}`);

describe('the comparison at the end of a rehearsal', () => {
  it('is content with a history that the books agree with, and an event that was sent twice', () => {
    const twice = [...rows.map(eventOf), ...rows.map(eventOf)];
    expect(compare(history, books(rows, twice), ids)).toEqual({
      accepted: 3,
      issued: 3,
      events: 3,
      violations: [],
    });
  });

  it('names a claim that was answered 202 and is not issued', () => {
    expect(found(books(rows.slice(1)))).toEqual([`lost: ${idOf('usr_a')}`]);
    const refused = [{ ...rows[0], status: 'rejected' } as LedgerClaim, ...rows.slice(1)];
    const events = rows.slice(1).map(eventOf);
    expect(found({ claims: refused, issued: 2, events })).toEqual([`lost: ${idOf('usr_a')}`]);
  });

  it('names a unit that went away twice', () => {
    const samePlace = [...rows.slice(0, 2), row('usr_c', 2)];
    expect(found(books(samePlace))).toEqual(['doubled: place 1/2']);
    const sameCode = [...rows.slice(0, 2), { ...row('usr_c', 3), code: 'code-usr_a-1' }];
    expect(found(books(sameCode))).toEqual(['doubled: code code-usr_a-1']);
  });

  it('names a claim that nobody asked for', () => {
    const stranger = row('usr_z', 4);
    expect(found(books([...rows, stranger]), { ...history, total: 4 })).toEqual([`unasked: ${stranger.id}`]);
    const second = row('usr_a', 4, 2);
    expect(found(books([...rows, second]), { ...history, total: 4, perUserLimit: 2 })).toEqual([
      `unasked: ${second.id}`,
    ]);
  });

  it('names a user above the limit, and more units than there are', () => {
    const greedy = {
      ...history,
      intents: [...history.intents, { userId: 'usr_a', key: 'usr_a-1', sends: [] }],
    };
    expect(found(books([...rows, row('usr_a', 4, 2)]), greedy)).toEqual([
      'above-limit: usr_a holds 2 of 1',
      'oversold: 4 rows and a counter of 4 for 3 units',
    ]);
    expect(found({ ...books(rows), issued: 2 })).toEqual(['oversold: 3 rows and a counter of 2 for 3 units']);
  });

  it('names an event that is missing, one that comes under two ids, and one of no claim', () => {
    const [first, ...others] = rows.map(eventOf);
    if (!first) throw new Error('there are rows');
    expect(found(books(rows, others))).toEqual([`event-missing: ${first.claimId}`]);
    expect(found(books(rows, [first, { ...first, id: 'evt_other' }, ...others]))).toEqual([
      `event-doubled: ${first.claimId}`,
    ]);
    expect(found(books(rows, [first, ...others, { id: 'evt_x', claimId: 'clm_x' }]))).toEqual([
      'event-unasked: clm_x',
    ]);
  });

  it('names two answers to one Idempotency-Key', () => {
    const [intent, ...others] = history.intents;
    if (!intent) throw new Error('there are intents');
    const torn = { ...intent, sends: [send(idOf('usr_a')), send(idOf('usr_b'))] };
    expect(found(books(rows), { ...history, intents: [torn, ...others] })).toEqual([
      `answers-differ: key usr_a-0 of usr_a: ${idOf('usr_a')}, ${idOf('usr_b')}`,
    ]);
  });
});
