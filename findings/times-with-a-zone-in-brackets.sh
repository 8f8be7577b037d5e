#!/usr/bin/env bash
# Times with their zone in brackets, as RFC 9557 adds it to a timestamp: noon UTC, for Berlin (`12:00:00Z[Europe/Berlin]`, as figure 2 of
# section 3.4: Z agrees with each zone); the two 2:30s of the night in which clocks go back, apart by their offsets; a calendar after
# the zone, and a zone marked as critical (sections 3.1 and 3.3). luxon 3.7.2 and spacetime 7.15.0 (npm) take what stands before
# the bracket for Berlin's time and drop Z and offset: noon UTC is two hours early, the two 2:30s are one, though luxon itself
# writes this form with `extendedZone`. @internationalized/date 3.12.4 (npm) and pendulum 3.3.0 (PyPI) refuse the first, @js-joda/core
# 6.3.2 (npm) and whenever 0.11.0 (PyPI) the last two; temporal-polyfill 1.0.8 (npm) reads all.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts luxon@3.7.2 spacetime@7.15.0 @internationalized/date@3.12.4 \
  @js-joda/core@6.3.2 @js-joda/timezone@2.25.2 temporal-polyfill@1.0.8
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pendulum==3.3.0 whenever==0.11.0
cat > times.json <<'JSON'
["2026-07-01T12:00:00Z[Europe/Berlin]", "2026-10-25T02:30:00+02:00[Europe/Berlin]", "2026-10-25T02:30:00+01:00[Europe/Berlin]",
 "2026-07-01T14:00:00+02:00[Europe/Berlin][u-ca=gregory]", "2026-07-01T14:00:00+02:00[!Europe/Berlin]"]
JSON
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { parseZonedDateTime } from '@internationalized/date';
import { ZonedDateTime } from '@js-joda/core';
import '@js-joda/timezone';
import { DateTime } from 'luxon';
import spacetime from 'spacetime';
import { Temporal } from 'temporal-polyfill';

const readers = {
  luxon: (text) => DateTime.fromISO(text).toMillis(),
  spacetime: (text) => spacetime(text).epoch,
  internationalized: (text) => parseZonedDateTime(text).toDate(),
  'js-joda': (text) => ZonedDateTime.parse(text).toInstant().toEpochMilli(),
  temporal: (text) => Temporal.ZonedDateTime.from(text).epochMilliseconds,
};
for (const [name, read] of Object.entries(readers)) {
  const [noon, first, second, ...rest] = JSON.parse(readFileSync('times.json')).map((text) => {
    try {
      return new Date(read(text)).toISOString().slice(11, 16);
    } catch {
      return 'refused';
    }
  });
  console.log(`${name}: ${[noon, first === second ? 'one 2:30' : 'two 2:30s', ...rest].join(', ')}`);
}
JS
cat > read.py <<'PY'
import json
from datetime import timezone

import pendulum
from whenever import ZonedDateTime

for name, read in {'pendulum': pendulum.parse, 'whenever': lambda text: ZonedDateTime.parse_iso(text).to_stdlib()}.items():

    def utc(text):
        try:
            return read(text).astimezone(timezone.utc).strftime('%H:%M')
        except ValueError:
            return 'refused'

    noon, first, second, *rest = map(utc, json.load(open('times.json')))
    pair = first if first == second else 'two 2:30s'
    print(f'{name}:', ', '.join([noon, pair, *rest]))
PY
{ TZ=Europe/Berlin node read.mjs; venv/bin/python read.py; } | tee read
diff read - <<'TEXT'
luxon: 10:00, one 2:30, refused, refused
spacetime: 10:00, one 2:30, 12:00, refused
internationalized: refused, two 2:30s, refused, refused
js-joda: 12:00, two 2:30s, refused, refused
temporal: 12:00, two 2:30s, 12:00, 12:00
pendulum: refused, refused, refused, refused
whenever: 12:00, two 2:30s, refused, refused
TEXT
echo "as described: two of seven readers make noon UTC ten o'clock, one reads all five times"
