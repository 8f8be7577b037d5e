import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ClaimLoad } from '../../../../src/claim/issue/claim-load.js';
import type { LoggedClaim } from '../../../../src/claim/domain/claim-record.js';
import { EmbeddedBroadcast } from '../../../../src/broadcast/broadcast.embedded.js';
import { ManualClock } from '../../../support/manual-clock.js';

let clock: ManualClock;
let requests: { now: number };
let load: ClaimLoad;
let broadcast: EmbeddedBroadcast;
let told: number;

beforeEach(() => {
  clock = new ManualClock();
  requests = { now: 0 };
  broadcast = new EmbeddedBroadcast();
  told = 0;
  load = at(1_000, requests);
  broadcast.subscribe('claims-busy', () => (told += 1));
});

const at = (max: number, now: { readonly now: number }): ClaimLoad =>
  new ClaimLoad({ MAX_IN_FLIGHT_REQUESTS: max }, now, clock, broadcast);

const batch = (size: number, ageMs: number): Pick<LoggedClaim, 'record'>[] =>
  Array.from({ length: size }, (_none, n) => ({
    record: { at: clock.now() - (n === 0 ? ageMs : 0) } as LoggedClaim['record'],
  }));

describe('the load by claims', () => {
  it('is none at first', () => {
    expect(load.isBusy).toBe(false);
  });

  it('is there with a tenth of the requests that may be under way, and for a second afterwards', () => {
    requests.now = 99;
    expect(load.isBusy).toBe(false);
    requests.now = 100;
    expect(load.isBusy).toBe(true);
    requests.now = 0;
    clock.pass(999);
    expect(load.isBusy).toBe(true);
    clock.pass(1);
    expect(load.isBusy).toBe(false);
  });

  it('takes a few requests for no crowd, however few may be under way', () => {
    const small = at(20, requests);
    requests.now = 12;
    expect(small.isBusy).toBe(false);
    requests.now = 32;
    expect(small.isBusy).toBe(true);
  });

  it('is there while many claims become rows late, and for a second afterwards', () => {
    load.issued(batch(100, 250));
    expect(load.isBusy).toBe(true);
    clock.pass(1_000);
    expect(load.isBusy).toBe(false);
  });

  it('is told to the other instances, twice a second, and holds there as long', () => {
    const other = at(1_000, { now: 0 });
    requests.now = 100;
    for (let n = 0; n < 10; n++) {
      expect(load.isBusy).toBe(true);
      clock.pass(100);
    }
    expect(told).toBe(2);
    expect(other.isBusy).toBe(true);
    clock.pass(500);
    expect(other.isBusy).toBe(false);
    expect(told).toBe(2);
  });

  it('is told although nobody asks, as long as the process runs', () => {
    let look = (): void => undefined;
    jest.spyOn(clock, 'every').mockImplementation((_ms, work) => {
      look = work;
      return () => (look = () => undefined);
    });
    load.onApplicationBootstrap();
    requests.now = 100;
    look();
    expect(told).toBe(1);
    load.onApplicationShutdown();
    clock.pass(1_000);
    look();
    expect(told).toBe(1);
  });

  it.each([
    ['a large batch in time', 1_000, 249],
    ['a few old claims, as the sweep sends them', 99, 60_000],
    ['none', 0, 0],
  ])('is not there with %s', (_what, size, ageMs) => {
    load.issued(batch(size, ageMs));
    expect(load.isBusy).toBe(false);
  });
});
