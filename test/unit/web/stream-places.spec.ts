import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  placesFor,
  StreamPlaces,
  type Channel,
  type StreamPlace,
} from '../../../web/src/lib/stream-places.js';

/** The windows of one browser: what one posts, all others get, a turn later. */
class Bus {
  private readonly ears = new Map<Channel, (message: unknown) => void>();
  join(): Channel {
    const channel: Channel = {
      listen: (hear) => void this.ears.set(channel, hear),
      send: (message) =>
        setImmediate(() => {
          for (const [other, hear] of this.ears) if (other !== channel) hear(message);
        }),
    };
    return channel;
  }
  /** A window that went without a word. */
  crash(channel: Channel): void {
    this.ears.delete(channel);
  }
}

class Window {
  readonly channel: Channel;
  readonly places: StreamPlaces;
  place: StreamPlace | undefined;
  constructor(bus: Bus, name: string, limit = 3) {
    this.channel = bus.join();
    let drawn = 0;
    this.places = new StreamPlaces(
      this.channel,
      limit,
      () => `${name}${drawn++}`,
      () => performance.now(),
    );
  }
  async ask(): Promise<void> {
    this.place = await this.places.take(() => (this.place = undefined));
  }
  /** Asks, and waits until the roll was called. */
  async open(): Promise<this> {
    const asked = this.ask();
    await settle();
    await asked;
    return this;
  }
}

/** Long enough for a roll call and for all that follows from it; the clock is the test's, so that a busy machine changes nothing. */
const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(200);
const streams = (windows: readonly Window[]): number =>
  windows.filter(({ place }) => place !== undefined).length;

describe('the streams of a browser’s windows', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('are as many as there are places, however many windows open one after another', async () => {
    const bus = new Bus();
    const windows: Window[] = [];
    for (let count = 0; count < 7; count += 1)
      windows.push(await new Window(bus, String.fromCharCode(103 - count)).open());
    expect(windows.map(({ place }) => place !== undefined)).toEqual([
      ...[true, true, true],
      ...[false, false, false, false],
    ]);
    windows[1]?.place?.leave();
    expect((await new Window(bus, 'z').open()).place).toBeDefined();
  });

  it('are no more where all open at the same moment, and some are left', async () => {
    const bus = new Bus();
    const windows = ['d', 'a', 'g', 'c', 'f', 'b', 'e'].map((name) => new Window(bus, name));
    const asked = windows.map((window) => window.ask());
    await settle();
    await Promise.all(asked);
    expect(streams(windows)).toBe(3);
    expect(windows.filter(({ place }) => place).map((window) => windows.indexOf(window))).toEqual([1, 3, 5]);
  });

  it('leave no place taken by a window that is gone', async () => {
    const bus = new Bus();
    const windows = [new Window(bus, 'a', 1), new Window(bus, 'b', 1)] as const;
    await windows[0].open();
    expect((await windows[1].open()).place).toBeUndefined();
    bus.crash(windows[0].channel);
    expect((await windows[1].open()).place).toBeDefined();
  });

  it('are not limited where windows cannot talk', async () => {
    const alone = new StreamPlaces(
      undefined,
      0,
      () => 'a',
      () => 0,
    );
    expect(await alone.take(() => undefined)).toBeDefined();
  });

  it('leave connections for requests on HTTP/1.1', () => {
    expect(placesFor('http/1.1')).toBeLessThan(5);
    expect(placesFor(undefined)).toBeLessThan(5);
    expect(placesFor('h2')).toBeGreaterThan(6);
  });
});
