import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { calendarText, useByTimes, type CalendarEntry } from '../../../web/src/lib/calendar.js';

const START = Date.parse('2030-06-01T10:00:00Z');
const entry = (more: Partial<CalendarEntry> = {}): CalendarEntry => ({
  uid: 'clm_1@example.org',
  title: 'Tea',
  description: 'One pot',
  url: 'https://example.org/claims/clm_1',
  start: START,
  end: START + 3_600_000,
  remindMinutes: 1_440,
  ...more,
});
const parsed = (text: string): ICAL.Event => {
  const event = new ICAL.Component(ICAL.parse(text) as never).getFirstSubcomponent('vevent');
  if (!event) throw new Error('no event');
  return new ICAL.Event(event);
};

describe('an entry for a calendar', () => {
  it('is read by another program as it was meant', () => {
    const event = parsed(calendarText(entry({ location: 'Old Road 1, Leeds' }), START - 1_000));
    expect(event.uid).toBe('clm_1@example.org');
    expect(event.summary).toBe('Tea');
    expect(event.location).toBe('Old Road 1, Leeds');
    expect(event.startDate.toJSDate().getTime()).toBe(START);
    expect(event.endDate.toJSDate().getTime()).toBe(START + 3_600_000);
    const alarm = event.component.getFirstSubcomponent('valarm');
    const trigger = alarm?.getFirstPropertyValue('trigger') as unknown as { toSeconds(): number };
    expect(trigger.toSeconds()).toBe(-86_400);
  });

  it('keeps any text, in lines of at most 75 octets that end in CRLF', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const file = calendarText(entry({ title: `T${text}`, description: text }), START);
        for (const line of file.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
        expect(file.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        // eslint-disable-next-line no-control-regex
        const shown = text.replace(/\r\n|\r/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
        expect(parsed(file).description ?? '').toBe(shown);
      }),
    );
  });

  it('has no second line that somebody else wrote', () => {
    const file = calendarText(
      entry({ title: 'A\r\nATTENDEE:mailto:x@example.org', url: 'https://x\r\nX-A:1' }),
      START,
    );
    expect(file).not.toMatch(/^(ATTENDEE|X-A)/m);
  });

  it('is the last hour of a voucher, or the first where it has no end', () => {
    const day = 86_400_000;
    expect(useByTimes(undefined, START)).toEqual({
      start: START - 3_600_000,
      end: START,
      remindMinutes: 1_440,
    });
    expect(useByTimes(START - 60_000, START)?.start).toBe(START - 60_000);
    expect(useByTimes(START - day, undefined)).toEqual({
      start: START - day,
      end: START - day + 3_600_000,
      remindMinutes: 0,
    });
    expect(useByTimes(undefined, undefined)).toBeUndefined();
  });
});
