import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { EVENT_TYPES, EVENTS } from '../../../../src/claim/index.js';
import { CLAIM_MOVES } from '../../../../src/claim/domain/claim-move.js';
import {
  judgeMove,
  MERCHANT_MOVES,
  TIME_MOVES,
  VOUCHER_STATUSES,
} from '../../../../src/voucher/domain/lifecycle.js';
import { eventOfChange } from '../../../../src/voucher/voucher-events.js';

describe('the catalogue of events', () => {
  it.each(EVENT_TYPES)('has an example of %s that its own schema takes', (type) => {
    const { examples } = z.globalRegistry.get(EVENTS[type]) ?? {};
    expect((examples as unknown[]).map((example) => EVENTS[type].parse(example))).toEqual(examples);
  });

  it('refuses a member that nobody described', () => {
    const { examples } = z.globalRegistry.get(EVENTS['claim.issued']) ?? {};
    const [example] = examples as [{ data: object }];
    const more = { ...example, data: { ...example.data, code: 'VC-1234' } };
    expect(EVENTS['claim.issued'].safeParse(more).success).toBe(false);
  });

  it('has the event of every move of a claim', () => {
    for (const { event } of Object.values(CLAIM_MOVES)) expect(EVENT_TYPES).toContain(event);
  });

  it('has an event for every move of a voucher', () => {
    const opensAt = 1_000;
    for (const now of [0, opensAt, 2_000]) {
      for (const status of VOUCHER_STATUSES) {
        for (const move of [...MERCHANT_MOVES, ...TIME_MOVES]) {
          const outcome = judgeMove({ status, opensAt, closesAt: 2_000 }, move, now);
          if (outcome.kind === 'moved') expect(EVENT_TYPES).toContain(eventOfChange(status, outcome.status));
        }
      }
    }
  });

  it('tells of edits from the publication on', () => {
    expect(eventOfChange('draft', 'draft')).toBeUndefined();
    expect(eventOfChange('live', 'live')).toBe('voucher.updated');
    expect(eventOfChange('scheduled', 'paused')).toBe('voucher.paused');
  });
});
