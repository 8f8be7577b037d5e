import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  PACK_BYTES,
  PACK_EVENTS,
  packEvents,
  linesOf,
  packedIds,
} from '../../src/claim/domain/event-pack.js';
import type { DomainEvent } from '../../src/claim/ports/event-stream.js';

const TEXT_COLUMN = 65_535;

const event = (n: number, more: Partial<DomainEvent> & { user?: string } = {}): DomainEvent => {
  const { id = `evt_${n}`, type = 'claim.issued', key = 'vch_1', user = 'usr_1' } = more;
  return { id, type, key, payload: JSON.stringify({ id, type, data: { id: `clm_${n}`, user_id: user } }) };
};
const some = (count: number, more: Partial<DomainEvent> & { user?: string } = {}): DomainEvent[] =>
  Array.from({ length: count }, (_, n) => event(n, more));

describe('a pack of events', () => {
  it('carries the id of its first event, and the events as lines', () => {
    const [one, two] = [event(1), event(2)];
    expect(packEvents([one, two])).toEqual([
      {
        id: 'evt_1',
        type: 'claim.issued',
        key: 'vch_1',
        payload: `${one.payload}\n${two.payload}`,
        events: 2,
      },
    ]);
  });

  it('holds a hundred at most', () => {
    expect(packEvents(some(250)).map(({ events }) => events)).toEqual([100, 100, 50]);
    expect(packEvents([])).toEqual([]);
  });

  it('fits into its column, also with the longest ids of users and letters that JSON escapes', () => {
    for (const user of ['x'.repeat(64), '\u0000'.repeat(64), '\u8a00'.repeat(64), '\ud800'.repeat(64)]) {
      const packs = packEvents(some(250, { key: 'k'.repeat(64), user: `${user}${'p'.repeat(300)}` }));
      for (const { payload } of packs) expect(Buffer.byteLength(payload)).toBeLessThan(TEXT_COLUMN);
    }
  });

  it('keeps vouchers and types apart, whatever their order', () => {
    const mixed = [
      event(1),
      event(2, { key: 'vch_2' }),
      event(3),
      event(4, { type: 'claim.rejected' }),
      event(5, { key: 'vch_2' }),
    ];
    expect(packEvents(mixed).map(({ type, key, events }) => [type, key, events])).toEqual([
      ['claim.issued', 'vch_1', 2],
      ['claim.issued', 'vch_2', 2],
      ['claim.rejected', 'vch_1', 1],
    ]);
  });

  it('is unpacked to what was packed, in the order of each key, within its bounds', () => {
    const events = fc.array(
      fc.record({
        type: fc.constantFrom('claim.issued', 'claim.rejected'),
        key: fc.constantFrom('vch_1', 'vch_2', 'vch_3'),
        user: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('\n'.repeat(3_000))),
      }),
      { maxLength: 350 },
    );
    fc.assert(
      fc.property(events, (shapes) => {
        const given = shapes.map((shape, n) => event(n, shape));
        const packs = packEvents(given);
        for (const { payload, events: counted } of packs) {
          expect(counted).toBeLessThanOrEqual(PACK_EVENTS);
          expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(PACK_BYTES);
        }
        const back = packs.flatMap(({ type, key, payload }) =>
          linesOf(payload).map((line) => ({ id: JSON.parse(line).id, type, key, payload: line })),
        );
        const of = (list: DomainEvent[], like: DomainEvent) =>
          list.filter(({ type, key }) => type === like.type && key === like.key);
        expect(back).toHaveLength(given.length);
        for (const one of given) expect(of(back, one)).toEqual(of(given, one));
      }),
    );
  });

  it('may be a row from before there were packs', () => {
    const old = event(7);
    expect(linesOf(old.payload)).toEqual([old.payload]);
    expect(packedIds(old.payload)).toEqual([{ event: 'evt_7', object: 'clm_7' }]);
  });

  it('holds up no other event by a line that was altered by hand', () => {
    const pack = { ...event(1), payload: `${event(1).payload}\n{broken\n\n${event(3).payload}` };
    expect(packedIds(pack.payload).map(({ object }) => object)).toEqual(['clm_1', 'clm_3']);
  });
});
