#!/usr/bin/env bash
# Durations as ISO 8601 and RFC 5545 write them, in seconds: an hour and a half with a comma, which ISO 8601 allows; ten minutes
# before, as an alarm of a calendar has it; a month, from 31 January. dayjs 1.11.23 reads `PT1,5H` as nothing, and dayjs and
# iso8601-duration 2.1.4 read `-PT10M` as ten minutes after: the sign is in their patterns, and then forgotten. luxon 3.7.2 has no value
# for the comma, Python's pendulum 3.3.0 none for the sign. moment 2.31.0, temporal-polyfill 1.0.8, and Python's isodate 0.7.2 and
# pydantic 2.14.4 read both. A month has 28 days, 30, 30.4 or 31.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  dayjs@1.11.23 iso8601-duration@2.1.4 luxon@3.7.2 moment@2.31.0 temporal-polyfill@1.0.8
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check isodate==0.7.2 pydantic==2.14.4 pendulum==3.3.0
cat > read.mjs <<'JS'
import dayjs from 'dayjs';
import duration from 'dayjs/plugin/duration.js';
import { parse, toSeconds } from 'iso8601-duration';
import { Duration } from 'luxon';
import moment from 'moment';
import { Temporal } from 'temporal-polyfill';

dayjs.extend(duration);
const START = '2026-01-31';
const readers = {
  dayjs: (text) => dayjs.duration(text).asSeconds(),
  'iso8601-duration': (text) => toSeconds(parse(text), new Date(START)),
  luxon: (text) => Duration.fromISO(text).as('seconds'),
  moment: (text) => moment.duration(text).asSeconds(),
  temporal: (text) => Temporal.Duration.from(text).total({ unit: 'seconds', relativeTo: START }),
};
for (const [name, read] of Object.entries(readers)) console.log(`${name}: ${['PT1,5H', '-PT10M', 'P1M'].map(read).join(', ')}`);
JS
cat > read.py <<'PY'
from datetime import date, timedelta

import isodate
import pendulum
import pydantic

START = date(2026, 1, 31)


def seconds(read, text):
    try:
        length = START + read(text) - START if text == 'P1M' else read(text)
        return f'{length.total_seconds():.0f}'
    except ValueError:
        return 'error'


readers = {
    'isodate': isodate.parse_duration,
    'pydantic': pydantic.TypeAdapter(timedelta).validate_python,
    'pendulum': pendulum.parse,
}
for name, read in readers.items():
    print(f'{name}:', ', '.join(seconds(read, text) for text in ('PT1,5H', '-PT10M', 'P1M')))
PY
{ TZ=UTC node read.mjs; venv/bin/python read.py; } | tee read
diff read - <<'TEXT'
dayjs: 0, 600, 2628000
iso8601-duration: 5400, 600, 2678400
luxon: NaN, -600, 2592000
moment: 5400, -600, 2592000
temporal: 5400, -600, 2419200
isodate: 5400, -600, 2419200
pydantic: 5400, -600, 2592000
pendulum: 5400, error, 2592000
TEXT
echo "as described: two of eight readers turn ten minutes before into ten minutes after, one makes an hour and a half nothing"
