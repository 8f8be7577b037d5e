import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  claimIdsOf,
  eventsOf,
  linesOf,
  PACK_BYTES,
  PACK_EVENTS,
  packEvents,
  type EventClaim,
} from '../../../../src/claim/domain/event-pack.js';
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
    expect(pack?.payload).not.toContain(VOUCHER.slice(4));
    expect(Buffer.byteLength(pack?.payload ?? '')).toBeLessThan(2 * 50);
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

  it.each(['usr_1', 'a "quoted" one', 'C:\\new', '\u8a00'])(
    'is read as the same text by each of its readers, for the user %j',
    (user) => {
      const [pack] = packEvents('claim.issued', some(3, { user }), AT);
      const spaced = linesOf(pack!.payload).map((line) => `[ ${line.slice(1)}`);
      expect(eventsOf({ ...pack!, payload: spaced.join('\n') })).toEqual(eventsOf(pack!));
      expect(linesOf(pack!.payload).map((line) => JSON.stringify(JSON.parse(line)))).toEqual(
        linesOf(pack!.payload),
      );
    },
  );

  it('holds a hundred at most', () => {
    const sizes = packEvents('claim.issued', some(250), AT).map(({ events }) => events);
    expect(sizes).toEqual([100, 100, 50]);
    expect(packEvents('claim.issued', [], AT)).toEqual([]);
  });

  it('fits into its column, also when its events are written out, with the longest ids of users and letters that JSON escapes', () => {
    for (const user of ['x'.repeat(64), '\u0000'.repeat(64), '\u8a00'.repeat(64), '\ud800'.repeat(64)]) {
      for (const pack of packEvents('claim.issued', some(250, { user }), AT)) {
        expect(Buffer.byteLength(pack.payload)).toBeLessThanOrEqual(PACK_BYTES);
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
        for (const { payload, events } of packs) {
          expect(events).toBeLessThanOrEqual(PACK_EVENTS);
          expect(linesOf(payload)).toHaveLength(events);
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
    const row = { type: 'claim.issued', aggregate_id: VOUCHER, payload: whole, created_at: AT };
    expect(eventsOf(row)).toEqual([whole]);
    expect(claimIdsOf(row)).toEqual(['clm_7']);
  });

  it('holds up no other event by a line that was altered by hand', () => {
    const [pack] = packEvents('claim.issued', some(4), AT);
    const lines = linesOf(pack!.payload);
    const altered = { ...pack!, payload: [lines[0], '{broken', '', '["broken', lines[3]].join('\n') };
    expect(claimIdsOf(altered)).toEqual([claim(1).id, claim(4).id]);
    expect(eventsOf(altered).slice(1, 3)).toEqual(['{broken', '["broken']);
  });
});
