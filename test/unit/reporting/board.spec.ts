import { describe, expect, it } from '@jest/globals';
import { EmbeddedClaimCounts } from '../../../src/claim/outcomes/claim-counts.embedded.js';
import { ClaimCounters } from '../../../src/claim/outcomes/claim-counters.js';
import { csvLine } from '../../../src/reporting/csv.js';
import { BUCKETS, bucketOf, quantilesOf } from '../../../src/claim/outcomes/latencies.js';
import {
  ACCEPTED,
  funnelOf,
  LAYERS,
  OUTCOMES,
  refusedClaim,
  refusedLink,
} from '../../../src/claim/outcomes/outcomes.js';
import { Problem, PROBLEMS, type ProblemCode } from '../../../src/common/problems.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('the outcome of a claim', () => {
  it('is known for every problem but the one that says nothing of a voucher', () => {
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
      const outcome = refusedClaim(new Problem(code));
      if (code === 'not_found') expect(outcome).toBeUndefined();
      else expect(outcome?.name).toMatch(new RegExp(`^(${LAYERS.join('|')})\\.${code}$`));
    }
  });

  it('tells the layers apart that refuse with the same code', () => {
    const name = (options: ConstructorParameters<typeof Problem>[1]) =>
      refusedClaim(new Problem('sold_out', options))?.name;
    expect(name({})).toBe('gate.sold_out');
    expect(name({ layer: 'sold_out_flag' })).toBe('sold_out_flag.sold_out');
    expect(refusedClaim(new Problem('rate_limited', { layer: 'address' }))?.name).toBe(
      'address.rate_limited',
    );
    expect(refusedClaim(new Problem('rate_limited'))?.name).toBe('user.rate_limited');
    expect(refusedLink(new Problem('sold_out'))?.name).toBe('challenge.sold_out');
    expect(refusedLink(new Problem('blocked'))?.name).toBe('block_list.blocked');
  });

  it('has an index of its own, by which it is found', () => {
    OUTCOMES.forEach((outcome, index) => expect(outcome.index).toBe(index));
    expect(new Set(OUTCOMES.map(({ name }) => name)).size).toBe(OUTCOMES.length);
  });
});

describe('the funnel', () => {
  it('shows at each layer what the layers before let through', () => {
    const funnel = funnelOf({
      accepted: 5,
      replayed: 1,
      'gate.sold_out': 3,
      'gate.paused': 4,
      'address.rate_limited': 7,
    });
    const at = (name: string) => funnel.find(({ layer }) => layer === name);
    expect(at('service')).toEqual({ layer: 'service', seen: 20, refused: 0, reasons: [] });
    expect(at('address')).toMatchObject({ seen: 20, refused: 7 });
    expect(at('gate')).toEqual({
      layer: 'gate',
      seen: 13,
      refused: 7,
      reasons: [
        { reason: 'paused', count: 4 },
        { reason: 'sold_out', count: 3 },
      ],
    });
    expect(at('storage')).toMatchObject({ seen: 6, refused: 0 });
  });
});

describe('latencies', () => {
  it('are told to within a tenth, from the shortest to the longest', () => {
    for (const ms of [0.2, 1, 3.7, 42, 999, 60_000]) {
      const counts = new Array<number>(BUCKETS).fill(0);
      counts[bucketOf(ms)] = 1;
      const { p50 } = quantilesOf(counts) ?? { p50: NaN };
      expect(Math.abs(p50 - ms) / ms).toBeLessThan(0.1);
    }
  });

  it('are counted in some bucket, however strange', () => {
    for (const ms of [0, -1, NaN, Infinity, 1e12]) {
      expect(bucketOf(ms)).toBeGreaterThanOrEqual(0);
      expect(bucketOf(ms)).toBeLessThan(BUCKETS);
    }
  });

  it('have their quantiles where the counts say', () => {
    const counts = new Array<number>(BUCKETS).fill(0);
    counts[bucketOf(1)] = 90;
    counts[bucketOf(100)] = 9;
    counts[bucketOf(1_000)] = 1;
    const { count, p50, p90, p99 } = quantilesOf(counts)!;
    expect(count).toBe(100);
    expect(p50).toBe(p90);
    expect(p99 / 100).toBeCloseTo(1, 0);
    expect(quantilesOf([])).toBeNull();
  });
});

describe('counters', () => {
  it('count a voucher from the first answer on that proves that it exists', async () => {
    const store = new EmbeddedClaimCounts(new ManualClock());
    const counters = new ClaimCounters(store, new ManualClock());
    const unknown = refusedClaim(new Problem('unauthenticated'))!;
    counters.count('vch_a', unknown, 1);
    await counters.flush();
    expect(await store.read('vch_a')).toBeUndefined();
    counters.count('vch_a', ACCEPTED, 1);
    counters.count('vch_a', unknown, 1);
    await counters.flush();
    expect((await store.read('vch_a'))?.outcomes).toEqual({ accepted: 1, 'request.unauthenticated': 1 });
  });

  it('lose nothing to a store that was away for a while', async () => {
    const store = new EmbeddedClaimCounts(new ManualClock());
    const counters = new ClaimCounters(store, new ManualClock());
    const write = store.write.bind(store);
    store.write = () => Promise.reject(new Error('away'));
    counters.count('vch_a', ACCEPTED, 1);
    await counters.flush();
    store.write = write;
    counters.count('vch_a', ACCEPTED, 1);
    await counters.flush();
    await counters.flush();
    expect((await store.read('vch_a'))?.outcomes).toEqual({ accepted: 2 });
  });
});

describe('CSV', () => {
  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+86*******8000', `"'+86*******8000"`],
    ['-1', `"'-1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['\t=1', `"'\t=1"`],
    ['\r=1', `"'\r=1"`],
    ['＝1', `"'＝1"`],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['林月', '"林月"'],
  ])('writes %j as %s', (text, field) => {
    expect(csvLine([text])).toBe(`${field}\r\n`);
  });

  it('leaves numbers as they are, and nothing empty', () => {
    expect(csvLine([-5, null, 'x'])).toBe('"-5","","x"\r\n');
  });
});
