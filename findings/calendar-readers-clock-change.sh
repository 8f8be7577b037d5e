#!/usr/bin/env bash
# A calendar entry at a change of clocks (RFC 5545): a time that a zone has twice is the first of the two, one that it has not is read with
# the offset before the gap (3.3.5); a duration in hours is exact, one in days goes by the calendar (3.3.6). Berlin, 2026: clocks go
# forward on 29 March at 2:00, back on 25 October at 3:00. Not one of five readers has all of it. ical.js 2.2.1, node-ical 0.27.2 and
# ts-ics 2.4.6 take the second 2:30 of October, ical.js and ts-ics read 2:30 of March as the instant an hour earlier, 1:30. ical.js and
# Python's icalendar 7.3.2 and ics 0.7.3 make 24 hours 25; node-ical makes a day 24 hours. For icalendar and ics an hour lasts no
# time when it begins in the gap, and two hours from the first 2:30.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts ical.js@2.2.1 ts-ics@2.4.6 node-ical@0.27.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.2 ics==0.7.3 \
  arrow==1.4.0 python-dateutil==4.0.0 tzdata==2026.6

cat > write.py <<'PY'
events = {
    'twice': ('20261025T023000', 'PT1H'),
    'gap': ('20260329T023000', 'PT1H'),
    'hours': ('20261024T200000', 'PT24H'),
    'day': ('20261024T200000', 'P1D'),
}
lines = '''BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE'''.split('\n')
for name, (start, duration) in events.items():
    lines += ['BEGIN:VEVENT', f'UID:{name}@example.com', 'DTSTAMP:20260101T100000Z', f'DTSTART;TZID=Europe/Berlin:{start}',
              f'DURATION:{duration}', f'SUMMARY:{name}', 'END:VEVENT']
open('entries.ics', 'w', newline='').write('\r\n'.join(lines + ['END:VCALENDAR', '']))
PY
python3 write.py
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
import { convertIcsCalendar } from 'ts-ics';

const text = readFileSync('entries.ics', 'utf8');
const say = (reader, name, start, end) => {
  const length = end instanceof Date ? `${(end - start) / 3_600_000} h` : `${JSON.stringify(end)} as written`;
  console.log(`${name}: ${start.toISOString().slice(0, 16)}Z, ${length} (${reader})`);
};
const calendar = new ICAL.Component(ICAL.parse(text));
calendar.getAllSubcomponents('vtimezone').forEach((zone) => ICAL.TimezoneService.register(zone));
for (const part of calendar.getAllSubcomponents('vevent')) {
  const event = new ICAL.Event(part);
  say('ical.js', event.summary, event.startDate.toJSDate(), event.endDate.toJSDate());
}
for (const { type, summary, start, end } of Object.values(nodeIcal.sync.parseICS(text)))
  if (type === 'VEVENT') say('node-ical', summary, start, end);
for (const { summary, start, duration } of convertIcsCalendar(undefined, text).events) say('ts-ics', summary, start.date, duration);
JS
cat > read.py <<'PY'
from datetime import timezone

import icalendar
import ics


def say(reader, name, start, end):
    start, end = start.astimezone(timezone.utc), end.astimezone(timezone.utc)
    print(f'{name}: {start:%FT%H:%M}Z, {(end - start).total_seconds() / 3600:g} h ({reader})')


text = open('entries.ics', newline='').read()
for event in icalendar.Calendar.from_ical(text).walk('VEVENT'):
    say('icalendar', event['summary'], event.start, event.end)
for event in ics.Calendar(text).events:
    say('ics', event.name, event.begin.datetime, event.end.datetime)
PY
{ TZ=UTC node read.mjs; venv/bin/python read.py; } | LC_ALL=C sort | tee read
diff read - <<'TEXT'
day: 2026-10-24T18:00Z, 24 h (node-ical)
day: 2026-10-24T18:00Z, 25 h (ical.js)
day: 2026-10-24T18:00Z, 25 h (icalendar)
day: 2026-10-24T18:00Z, 25 h (ics)
day: 2026-10-24T18:00Z, {"days":1} as written (ts-ics)
gap: 2026-03-29T00:30Z, 1 h (ical.js)
gap: 2026-03-29T00:30Z, {"hours":1} as written (ts-ics)
gap: 2026-03-29T01:30Z, 0 h (icalendar)
gap: 2026-03-29T01:30Z, 0 h (ics)
gap: 2026-03-29T01:30Z, 1 h (node-ical)
hours: 2026-10-24T18:00Z, 24 h (node-ical)
hours: 2026-10-24T18:00Z, 25 h (ical.js)
hours: 2026-10-24T18:00Z, 25 h (icalendar)
hours: 2026-10-24T18:00Z, 25 h (ics)
hours: 2026-10-24T18:00Z, {"hours":24} as written (ts-ics)
twice: 2026-10-25T00:30Z, 2 h (icalendar)
twice: 2026-10-25T00:30Z, 2 h (ics)
twice: 2026-10-25T01:30Z, 1 h (ical.js)
twice: 2026-10-25T01:30Z, 1 h (node-ical)
twice: 2026-10-25T01:30Z, {"hours":1} as written (ts-ics)
TEXT
echo "as described: no reader begins and ends all four entries as the standard says"
