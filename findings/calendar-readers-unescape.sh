#!/usr/bin/env bash
# A calendar entry whose DESCRIPTION holds an escaped backslash before an n (RFC 5545, 3.3.11: `\\` is a backslash, `\n` a new line) and
# which has an alarm with a DESCRIPTION of its own. ical.js 2.2.1, ts-ics 2.4.6 and Python's icalendar 7.3.2 read the text as it was
# meant. node-ical 0.26.1 and Python's ics 0.7.3 unescape in the wrong order and break the line in the middle of a word. cal-parser
# 1.0.2 gives the alarm's description as the event's, and takes a local time with TZID for UTC.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  ical.js@2.2.1 ts-ics@2.4.6 node-ical@0.26.1 cal-parser@1.0.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.2 ics==0.7.3

sed 's/$/\r/' > entry.ics <<'ICS'
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VTIMEZONE
TZID:Asia/Shanghai
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:ticket@example.com
DTSTAMP:20261128T100000Z
DTSTART;TZID=Asia/Shanghai:20261204T120000
DTEND;TZID=Asia/Shanghai:20261204T133000
SUMMARY:Half price oolong
DESCRIPTION:Share \\night\nGround floor
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT10M
DESCRIPTION:Soon
END:VALARM
END:VEVENT
END:VCALENDAR
ICS

cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
import { convertIcsCalendar } from 'ts-ics';
import { parseString } from 'cal-parser';
const text = readFileSync('entry.ics', 'utf8');
const say = (name, description, start) => console.log(name, JSON.stringify(description), start.toISOString());
const event = new ICAL.Event(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent'));
say('ical.js', event.description, event.startDate.toJSDate());
const [converted] = convertIcsCalendar(undefined, text).events;
say('ts-ics', converted.description, converted.start.date);
const entry = Object.values(nodeIcal.sync.parseICS(text)).find(({ type }) => type === 'VEVENT');
say('node-ical', entry.description, entry.start);
const [parsed] = parseString(text).events;
say('cal-parser', parsed.description.value, parsed.dtstart.value);
JS
cat > read.py <<'PY'
import json
from datetime import timezone

import icalendar
import ics

text = open('entry.ics', newline='').read()
say = lambda name, description, start: print(name, json.dumps(description), start.astimezone(timezone.utc).strftime('%FT%T.000Z'))
event = icalendar.Calendar.from_ical(text).walk('VEVENT')[0]
say('icalendar', str(event['description']), event.decoded('dtstart'))
event = next(iter(ics.Calendar(text).events))
say('ics', event.description, event.begin.datetime)
PY
{ TZ=UTC node read.mjs; venv/bin/python read.py; } | tee read
diff read - <<'TEXT'
ical.js "Share \\night\nGround floor" 2026-12-04T04:00:00.000Z
ts-ics "Share \\night\nGround floor" 2026-12-04T04:00:00.000Z
node-ical "Share \\\night\nGround floor" 2026-12-04T04:00:00.000Z
cal-parser "Soon" 2026-12-04T12:00:00.000Z
icalendar "Share \\night\nGround floor" 2026-12-04T04:00:00.000Z
ics "Share \\\night\nGround floor" 2026-12-04T04:00:00.000Z
TEXT
echo "as described: two of six readers break a word at an escaped backslash, one reads the alarm's text and another time"
