import { describe, expect, it, jest } from '@jest/globals';
import { StartLog } from '../../../src/observability/start-log.js';

describe('lines of the start', () => {
  it('are written at once where nothing is held', () => {
    const said: string[] = [];
    new StartLog().write(() => said.push('a'), false);
    expect(said).toEqual(['a']);
  });

  it('wait for the line that says where the program is', () => {
    const order: string[] = [];
    const log = new StartLog();
    log.hold();
    log.write(() => order.push('a'), false);
    log.write(() => order.push('b'), false);
    expect(order).toEqual([]);
    log.release();
    expect(order).toEqual(['a', 'b']);
  });

  it('come before a warning, in their order, and wait no longer then', () => {
    const order: string[] = [];
    const log = new StartLog();
    log.hold();
    log.write(() => order.push('info'), false);
    expect(order).toEqual([]);
    log.write(() => order.push('warning'), true);
    log.write(() => order.push('later'), false);
    expect(order).toEqual(['info', 'warning', 'later']);
  });

  it('come by themselves where the start takes long', () => {
    jest.useFakeTimers();
    const order: string[] = [];
    const log = new StartLog();
    log.hold();
    log.write(() => order.push('info'), false);
    jest.advanceTimersByTime(2_000);
    expect(order).toEqual(['info']);
    jest.useRealTimers();
  });
});
