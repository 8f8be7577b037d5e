import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  claimIdsOf,
  eventsOf,
  linesOf,
  inOrder,
  PACK_EVENTS,
  packEvents,
} from '../../../../src/claim/domain/event-pack.js';
import type { EventClaim } from '../../../../src/claim/domain/event-claim.js';
import type { PackRow } from '../../../../src/database/outbox.js';
import { ClaimIds, eventId } from '../../../../src/common/ids.js';

const TEXT_COLUMN = 65_535;
const AT = Date.UTC(2026, 10, 21, 12);
const ids = new ClaimIds('a secret of the tests, 32 characters or more');
const [VOUCHER, OTHER] = ['vch_0123456789abcdef', 'vch_fedcba9876543210'];

const claim = (n: number, { voucher = VOUCHER, user = 'usr_1' } = {}): EventClaim => ({
  id: ids.id(voucher, user, n),
  voucher_id: voucher,
  user_id: user,
  ordinal: n,
  sequence: n + 10,
});
const some = (count: number, more: Parameters<typeof claim>[1] = {}): EventClaim[] =>
  Array.from({ length: count }, (_, n) => claim(n + 1, more));

/** The row as versions before the packed form wrote it. */
const inLines = (pack: PackRow, claims: readonly EventClaim[]): PackRow => ({
  ...pack,
  packed: null,
  payload: claims
    .map(({ id, user_id, ordinal, sequence, move }) =>
      JSON.stringify([id.slice(20), user_id, ordinal, sequence, ...(move === undefined ? [] : [move])]),
    )
    .join('\n'),
});

describe('a pack of events', () => {
  it('carries the id of its first event, and tells of each claim what its row does not', () => {
    const [one, two] = [claim(1), claim(2)];
    const [pack, ...others] = packEvents('claim.issued', [one, two], AT);
    expect(others).toEqual([]);
    expect(pack).toMatchObject({
      id: eventId('claim.issued', one.id),
      type: 'claim.issued',
      aggregate_id: VOUCHER,
      events: 2,
      created_at: AT,
    });
    expect(pack?.payload).toBeNull();
    expect(pack?.packed?.byteLength).toBeLessThan(2 * 25);
  });

  it.each(['issued', 'rejected'] as const)('is read as the events of claims that were %s', (status) => {
    const one = claim(1);
    const type = `claim.${status}` as const;
    const [pack] = packEvents(type, [one], AT);
    const { id, voucher_id, user_id, ordinal, sequence } = one;
    // The driver gives a BIGINT as text.
    expect(eventsOf({ ...pack!, created_at: String(AT) }).map((event) => JSON.parse(event))).toEqual([
      {
        id: eventId(type, id),
        type,
        version: 1,
        created_at: '2026-11-21T12:00:00.000Z',
        data: { object: 'claim', id, voucher_id, user_id, ordinal, sequence, status },
      },
    ]);
  });

  it.each(['usr_0123456789abcdef', 'usr_1', 'usr_0123456789ABCDEF', 'a "quoted" one', 'C:\\new', '\u8a00'])(
    'is read as the same text by each of its readers, packed or in lines, for the user %j',
    (user) => {
      const claims = some(3, { user });
      const [pack] = packEvents('claim.issued', claims, AT);
      expect(pack?.packed).not.toBeNull();
      const lines = inLines(pack!, claims);
      expect(eventsOf(pack!)).toEqual(eventsOf(lines));
      expect(claimIdsOf(pack!)).toEqual(claimIdsOf(lines));
      const spaced = linesOf(lines.payload ?? '').map((line) => `[ ${line.slice(1)}`);
      expect(eventsOf({ ...lines, payload: spaced.join('\n') })).toEqual(eventsOf(lines));
    },
  );

  it.each([
    ['what a move says besides', { move: 2, data: { reason: 'a "quoted" one' } }],
    ['an id without its voucher', { id: claim(1, { voucher: OTHER }).id }],
    ['an id of another ordinal', { ordinal: 7 }],
    ['half a letter as the user', { user_id: '\ud800' }],
  ])('stays in lines with %s', (_what, more) => {
    const claims = [claim(1), { ...claim(2), ...more }];
    const [pack] = packEvents('claim.redeemed', claims, AT);
    expect(pack).toMatchObject({ packed: null, events: 2 });
    expect(linesOf(pack?.payload ?? '').map((line) => JSON.stringify(JSON.parse(line)))).toEqual(
      linesOf(pack?.payload ?? ''),
    );
    expect(eventsOf(pack!).map((event) => JSON.parse(event).data)).toMatchObject(
      claims.map(({ id, user_id, ordinal, sequence }) => ({ id, user_id, ordinal, sequence })),
    );
  });

  it('has ids in the order of writing where its claims keep it from being written twice', () => {
    const packs = packEvents('claim.issued', some(250), AT);
    const written = [...inOrder(packs, AT), ...inOrder(packs, AT + 1)];
    const theirs = written.map(({ id }) => id);
    expect(new Set(theirs).size).toBe(6);
    expect(theirs.toSorted()).toEqual(theirs);
    expect(written.map(({ packed }) => packed)).toEqual([...packs, ...packs].map(({ packed }) => packed));
  });

  it('holds a hundred at most', () => {
    const sizes = packEvents('claim.issued', some(250), AT).map(({ events }) => events);
    expect(sizes).toEqual([100, 100, 50]);
    expect(packEvents('claim.issued', [], AT)).toEqual([]);
  });

  it('fits into its column, also when its events are written out, with the longest ids of users and letters that JSON escapes', () => {
    for (const user of ['x'.repeat(64), '\u0000'.repeat(64), '\u8a00'.repeat(64), '\ud800'.repeat(64)]) {
      for (const pack of packEvents('claim.issued', some(250, { user }), AT)) {
        expect(pack.packed?.byteLength ?? Buffer.byteLength(pack.payload ?? '')).toBeLessThan(TEXT_COLUMN);
        expect(Buffer.byteLength(eventsOf(pack).join('\n'))).toBeLessThan(TEXT_COLUMN);
      }
    }
  });

  it('is read as what was packed, in the order of each voucher', () => {
    const claims = fc.array(
      fc.record({
        voucher: fc.constantFrom(VOUCHER, OTHER),
        user: fc.oneof(
          fc.constantFrom('usr_0123456789abcdef', 'someone@example.org'),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
        ),
      }),
      { maxLength: 350 },
    );
    fc.assert(
      fc.property(claims, (shapes) => {
        const given = shapes.map((shape, n) => claim(n + 1, shape));
        const packs = packEvents('claim.issued', given, AT);
        for (const pack of packs) {
          expect(pack.events).toBeLessThanOrEqual(PACK_EVENTS);
          expect(eventsOf(pack)).toHaveLength(pack.events);
        }
        const back = packs.flatMap(eventsOf).map((event) => JSON.parse(event).data);
        expect(back).toHaveLength(given.length);
        for (const voucher of [VOUCHER, OTHER]) {
          const of = (list: readonly EventClaim[]) => list.filter(({ voucher_id }) => voucher_id === voucher);
          expect(of(back)).toEqual(
            of(given).map((entry) => ({ object: 'claim', ...entry, status: 'issued' })),
          );
        }
      }),
    );
  });

  it('keeps a claim whose id does not begin with its voucher', () => {
    const stranger = { ...claim(1), id: claim(1, { voucher: OTHER }).id };
    const [pack] = packEvents('claim.issued', [stranger], AT);
    expect(claimIdsOf(pack!)).toEqual([stranger.id]);
  });

  it('may hold whole events, as rows from before do', () => {
    const whole = JSON.stringify({ id: 'evt_7', type: 'claim.issued', data: { id: 'clm_7' } });
    const row = { type: 'claim.issued', aggregate_id: VOUCHER, payload: whole, packed: null, created_at: AT };
    expect(eventsOf(row)).toEqual([whole]);
    expect(claimIdsOf(row)).toEqual(['clm_7']);
  });

  it('holds up no other event by a line that was altered by hand', () => {
    const [pack] = packEvents('claim.issued', some(4), AT);
    const row = inLines(pack!, some(4));
    const lines = linesOf(row.payload ?? '');
    const altered = { ...row, payload: [lines[0], '{broken', '', '["broken', lines[3]].join('\n') };
    expect(claimIdsOf(altered)).toEqual([claim(1).id, claim(4).id]);
    expect(eventsOf(altered).slice(1, 3)).toEqual(['{broken', '["broken']);
  });

  it('is not taken for one without events by a version that does not know its form', () => {
    const [pack] = packEvents('claim.issued', some(2), AT);
    expect(() => eventsOf({ ...pack!, packed: null })).toThrow('has no events');
    expect(() => eventsOf({ ...pack!, packed: Buffer.from([2, 0]) })).toThrow('form 2');
  });
});
