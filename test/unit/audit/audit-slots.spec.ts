import { expect, it } from '@jest/globals';
import { AuditSlots } from '../../../src/audit/audit-slots.js';

/** Work that ends when it is told to. */
function held(slots: AuditSlots, signal?: AbortSignal) {
  const state = { begun: false, end: (): void => undefined };
  const ended = new Promise<void>((resolve) => (state.end = resolve));
  const done = slots.run(async () => {
    state.begun = true;
    await ended;
  }, signal);
  done.catch(() => undefined);
  return { state, done };
}

const turns = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

it('runs two at once, lets eight wait in their order, and refuses the others', async () => {
  const slots = new AuditSlots({ AUDITS_MAX: 2 });
  const all = Array.from({ length: 12 }, () => held(slots));
  await turns();
  const begun = (): number[] => all.flatMap(({ state }, index) => (state.begun ? [index] : []));
  expect(begun()).toEqual([0, 1]);
  for (const { done } of all.slice(10)) await expect(done).rejects.toMatchObject({ code: 'overloaded' });
  all[1]?.state.end();
  await turns();
  expect(begun()).toEqual([0, 1, 2]);
  for (const { state } of all) {
    state.end();
    await turns();
  }
  await Promise.all(all.slice(0, 10).map(({ done }) => done));
  expect(begun()).toHaveLength(10);
});

it('is left by who gives up waiting, and keeps no slot for work that failed', async () => {
  const slots = new AuditSlots({ AUDITS_MAX: 1 });
  const first = held(slots);
  const gone = new AbortController();
  const second = held(slots, gone.signal);
  const third = held(slots);
  gone.abort(new Error('gone'));
  await expect(second.done).rejects.toThrow('gone');
  first.state.end();
  await turns();
  expect([second.state.begun, third.state.begun]).toEqual([false, true]);
  third.state.end();
  await third.done;
  const failing = slots.run(() => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await expect(slots.run(async () => 'free')).resolves.toBe('free');
});

it('begins nothing for who is gone already', async () => {
  const slots = new AuditSlots({ AUDITS_MAX: 1 });
  const { state, done } = held(slots, AbortSignal.abort(new Error('gone')));
  await expect(done).rejects.toThrow('gone');
  expect(state.begun).toBe(false);
  await expect(slots.run(async () => 'free')).resolves.toBe('free');
});
