#!/usr/bin/env bash
# Four rules of a repeated entry, the first two from the examples of RFC 5545 (3.8.5.3). ical.js 2.2.1 (npm) takes the 20th Monday of the
# year, the Monday of week 20 and the last of two days of a week for every such day, and an entry of 29 February is on 1 March in the
# other years, although a date that does not exist must be left out (3.3.10). rrule 2.8.1, rrule-temporal 2.2.8 and rrule-rust 3.1.1
# (npm) and Python's dateutil 2.9.0 agree on the right ones.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts ical.js@2.2.1 rrule@2.8.1 rrule-temporal@2.2.8 rrule-rust@3.1.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-dateutil==2.9.0.post0

cat > rules.json <<'JSON'
[["19970519T090000", "FREQ=YEARLY;BYDAY=20MO"], ["19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"],
 ["20240105T090000", "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1"], ["20240229T090000", "FREQ=YEARLY"]]
JSON
cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';
import rrule from 'rrule';
import { RRuleSet } from 'rrule-rust';
import { RRuleTemporal } from 'rrule-temporal';
const text = (start, rule) => `DTSTART:${start}Z\nRRULE:${rule}`;
const readers = {
  'ical.js': (start, rule) => {
    const [, date, time] = /^(.{8})T(.{6})$/.exec(start);
    const first = ICAL.Time.fromString(`${date.replace(/(....)(..)/, '$1-$2-')}T${time.replace(/(..)(..)/, '$1:$2:')}Z`);
    const instances = ICAL.Recur.fromString(rule).iterator(first);
    return Array.from({ length: 3 }, () => instances.next().toJSDate().getTime());
  },
  rrule: (start, rule) => rrule.rrulestr(text(start, rule)).all((_date, count) => count < 3).map((date) => date.getTime()),
  'rrule-rust': (start, rule) => RRuleSet.fromString(text(start, rule)).all(3).map((date) => date.toTimestamp()),
  'rrule-temporal': (start, rule) =>
    new RRuleTemporal({ rruleString: text(start, rule) }).all((_date, count) => count < 3).map((date) => date.epochMilliseconds),
};
for (const [start, rule] of JSON.parse(readFileSync('rules.json')))
  for (const [name, read] of Object.entries(readers)) {
    const dates = read(start, rule).slice(0, 3).map((time) => new Date(Number(time)).toISOString().slice(0, 10));
    console.log(`${rule}: ${dates.join(', ')} (${name})`);
  }
JS
cat > try.py <<'PY'
import json
from itertools import islice

from dateutil.rrule import rrulestr

for start, rule in json.load(open('rules.json')):
    dates = islice(rrulestr(f'DTSTART:{start}\nRRULE:{rule}'), 3)
    print(f"{rule}: {', '.join(date.date().isoformat() for date in dates)} (dateutil)")
PY
{ TZ=UTC node try.mjs; venv/bin/python try.py; } | LC_ALL=C sort | tee read
diff read - <<'TEXT'
FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1: 2024-01-05, 2024-01-08, 2024-01-12 (ical.js)
FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1: 2024-01-05, 2024-01-12, 2024-01-19 (dateutil)
FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1: 2024-01-05, 2024-01-12, 2024-01-19 (rrule)
FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1: 2024-01-05, 2024-01-12, 2024-01-19 (rrule-rust)
FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1: 2024-01-05, 2024-01-12, 2024-01-19 (rrule-temporal)
FREQ=YEARLY: 2024-02-29, 2025-03-01, 2026-03-01 (ical.js)
FREQ=YEARLY: 2024-02-29, 2028-02-29, 2032-02-29 (dateutil)
FREQ=YEARLY: 2024-02-29, 2028-02-29, 2032-02-29 (rrule)
FREQ=YEARLY: 2024-02-29, 2028-02-29, 2032-02-29 (rrule-rust)
FREQ=YEARLY: 2024-02-29, 2028-02-29, 2032-02-29 (rrule-temporal)
FREQ=YEARLY;BYDAY=20MO: 1997-05-19, 1997-05-26, 1997-06-02 (ical.js)
FREQ=YEARLY;BYDAY=20MO: 1997-05-19, 1998-05-18, 1999-05-17 (dateutil)
FREQ=YEARLY;BYDAY=20MO: 1997-05-19, 1998-05-18, 1999-05-17 (rrule)
FREQ=YEARLY;BYDAY=20MO: 1997-05-19, 1998-05-18, 1999-05-17 (rrule-rust)
FREQ=YEARLY;BYDAY=20MO: 1997-05-19, 1998-05-18, 1999-05-17 (rrule-temporal)
FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO: 1997-05-12, 1998-05-11, 1999-05-17 (dateutil)
FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO: 1997-05-12, 1998-05-11, 1999-05-17 (rrule)
FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO: 1997-05-12, 1998-05-11, 1999-05-17 (rrule-rust)
FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO: 1997-05-12, 1998-05-11, 1999-05-17 (rrule-temporal)
FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO: 1997-05-19, 1997-05-26, 1997-06-02 (ical.js)
TEXT
echo "as described: ical.js alone reads the four rules otherwise"
