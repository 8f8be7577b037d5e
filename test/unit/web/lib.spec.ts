import { describe, expect, it } from '@jest/globals';
import { jittered, waitBeforeRetry } from '../../../web/src/lib/backoff.js';
import { dropView, stockNews, timeLeft } from '../../../web/src/lib/drop.js';
import { Formats } from '../../../web/src/lib/format.js';
import { safeNext } from '../../../web/src/lib/navigation.js';
import { ServerClock } from '../../../web/src/lib/server-clock.js';

describe('the server clock', () => {
  /** A line with so many ms there and back, to a server whose clock says `server` when the page's says 0. */
  function line(server: number, delays: readonly (readonly [number, number])[]) {
    let time = 0;
    let asked = 0;
    const clock = new ServerClock(
      async () => {
        const [there, back] = delays[asked++] ?? [0, 0];
        time += there;
        const answer = server + time;
        time += back;
        return there < 0 ? undefined : answer;
      },
      () => time,
      () => 42,
    );
    return { clock, asked: () => asked, pass: (ms: number) => (time += ms), time: () => time };
  }

  it('is off by at most half the shortest round trip', async () => {
    const { clock, time } = line(5_000_000, [
      [400, 100],
      [90, 10],
      [300, 300],
      [200, 500],
    ]);
    await clock.measure(4);
    expect(Math.abs(clock.now() - (5_000_000 + time()))).toBeLessThanOrEqual(50);
  });

  it('asks no more when an answer was quick', async () => {
    const { clock, asked } = line(0, [[5, 5]]);
    await clock.measure(4);
    expect(asked()).toBe(1);
  });

  it('runs by the monotonic clock, whatever the device says', async () => {
    const { clock, pass } = line(1_000_000, [[5, 5]]);
    await clock.measure();
    const before = clock.now();
    pass(60_000);
    expect(clock.now() - before).toBe(60_000);
  });

  it('takes what came with the page until it was measured, and the device where there is nothing', async () => {
    const { clock } = line(9_000, [[1, 1]]);
    expect(clock.now()).toBe(42);
    clock.seed(NaN);
    expect(clock.now()).toBe(42);
    clock.seed(8_000);
    expect(clock.now()).toBe(8_000);
    await clock.measure();
    expect(clock.measured).toBe(true);
    expect(clock.now()).toBe(9_002);
  });

  it('keeps what it knows where nobody answers', async () => {
    const { clock } = line(0, [
      [-1, 1],
      [-1, 1],
    ]);
    clock.seed(7_000);
    expect(await clock.measure(2)).toBe(false);
    expect(clock.measured).toBe(false);
  });
});

describe('what is seen of a drop', () => {
  const voucher = {
    status: 'scheduled',
    opens_at: '2030-01-01T12:00:00Z',
    closes_at: '2030-01-01T13:00:00Z',
  } as const;
  const at = (text: string): number => Date.parse(`2030-01-01T${text}Z`);
  const live = (remaining: number) => dropView(voucher, { status: 'live', remaining }, at('12:30:00'));

  it('opens and closes by the time, before the news of it arrives', () => {
    expect(dropView(voucher, undefined, at('11:59:59')).status).toBe('scheduled');
    expect(dropView(voucher, { status: 'scheduled', remaining: 5 }, at('12:00:00')).status).toBe('live');
    expect(dropView(voucher, { status: 'live', remaining: 5 }, at('13:00:00')).status).toBe('ended');
    expect(dropView(voucher, { status: 'paused', remaining: 5 }, at('13:00:00')).status).toBe('ended');
  });

  it('is sold out only while it is open', () => {
    expect(live(0).soldOut).toBe(true);
    expect(dropView(voucher, { status: 'paused', remaining: 0 }, at('12:30:00')).soldOut).toBe(false);
  });

  it('counts to the opening, then to the end, then not at all', () => {
    expect(dropView(voucher, undefined, at('11:00:00')).counts).toEqual({
      to: 'opening',
      at: at('12:00:00'),
    });
    expect(dropView(voucher, undefined, at('12:30:00')).counts).toEqual({ to: 'end', at: at('13:00:00') });
    expect(dropView(voucher, undefined, at('13:30:00')).counts).toBeUndefined();
  });

  it('shows 0 when it is over and not a second before', () => {
    expect(timeLeft(1)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 1 });
    expect(timeLeft(0).seconds).toBe(0);
    expect(timeLeft(-5)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 });
    expect(timeLeft(((2 * 24 + 3) * 60 + 4) * 60_000 + 5_000)).toEqual({
      days: 2,
      hours: 3,
      minutes: 4,
      seconds: 5,
    });
  });

  it('says aloud what matters, and not every number', () => {
    expect(stockNews(live(90), live(89), 100)).toBeUndefined();
    expect(stockNews(live(51), live(49), 100)).toBe('half');
    expect(stockNews(live(11), live(10), 100)).toBe('few');
    expect(stockNews(live(3), live(0), 100)).toBe('sold-out');
    expect(stockNews(live(0), live(5), 100)).toBe('restocked');
    const paused = dropView(voucher, { status: 'paused', remaining: 5 }, at('12:30:00'));
    expect(stockNews(live(5), paused, 100)).toBe('paused');
    expect(stockNews(paused, live(5), 100)).toBe('open');
  });
});

describe('waiting', () => {
  const backoff = { baseMs: 1_000, maxMs: 15_000 };

  it('doubles up to its most', () => {
    const waits = [1, 2, 3, 4, 5, 6, 40].map((n) => waitBeforeRetry(n, undefined, backoff, () => 0.5));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  it('is never shorter than Retry-After, and never busy', () => {
    for (const random of [0, 0.5, 0.999]) {
      expect(waitBeforeRetry(9, 3_000, backoff, () => random)).toBeGreaterThanOrEqual(3_000);
      expect(waitBeforeRetry(1, 0, backoff, () => random)).toBeGreaterThanOrEqual(250);
    }
  });

  it('spreads many keys evenly', () => {
    expect(jittered(1_000, () => 0)).toBe(800);
    expect(jittered(1_000, () => 0.999)).toBeLessThanOrEqual(1_200);
  });
});

describe('the way on after a login', () => {
  it('stays on this site', () => {
    expect(safeNext('/drops/vch_1?resume=1')).toBe('/drops/vch_1?resume=1');
    for (const away of [
      'https://evil.example/',
      '//evil.example/x',
      '/\\evil.example',
      'javascript:alert(1)',
      '',
      7,
    ])
      expect(safeNext(away)).toBe('/');
  });
});

describe('formats', () => {
  it('writes money from minor units of any currency', () => {
    const en = new Formats('en-GB', 'UTC');
    expect(en.money({ amount: 1_550, currency: 'EUR' })).toBe('€15.50');
    expect(en.money({ amount: 1_500, currency: 'EUR' })).toBe('€15');
    expect(en.money({ amount: 500, currency: 'JPY' })).toBe('JP¥500');
    expect(en.money({ amount: 500_000, currency: 'HUF' })).toBe('HUF\u00a05,000');
    expect(en.money({ amount: 1_500, currency: 'KWD' })).toBe('KWD\u00a01.500');
    expect(new Formats('zh-CN', 'UTC').money({ amount: 1_500, currency: 'CNY' })).toBe('¥15');
  });

  it('writes times in the zone it was given', () => {
    expect(new Formats('en-GB', 'Asia/Shanghai').time('2030-01-01T12:00:00Z')).toContain('20:00');
    expect(new Formats('zh-CN', 'UTC').time('2030-01-01T12:00:00Z')).toContain('2030年1月1日');
  });
});
