#!/usr/bin/env bash
# A local time of Berlin as eight libraries turn it into an instant (UTC): 2:30 of 25 October 2026, which the zone has twice (0:30 and 1:30),
# 2:30 of 29 March, which it has not, and 3:00 of 8 March, which is not special there. luxon 3.7.2 takes the first 2:30 of October while
# it is summer, and the second while it is winter, when the program runs: it begins with the offset of now. date-fns-tz 3.2.0 takes
# the second on most machines, and the first where the machine's own zone is New York's. spacetime 7.15.0 is an hour wrong at 3:00 of 8
# March on that machine, whose clocks change that day. @date-fns/tz 1.5.0 and dayjs 1.11.23 take the second 2:30; moment-timezone
# 0.6.6, @js-joda/timezone 2.25.2 and temporal-polyfill 1.0.8 the first. None of them says a word.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts luxon@3.7.2 date-fns@4.4.0 date-fns-tz@3.2.0 @date-fns/tz@1.5.0 \
  dayjs@1.11.23 moment-timezone@0.6.6 @js-joda/core@6.3.2 @js-joda/timezone@2.25.2 temporal-polyfill@1.0.8 spacetime@7.15.0
cat > try.mjs <<'JS'
import { TZDate } from '@date-fns/tz';
import { LocalDateTime, ZoneId } from '@js-joda/core';
import '@js-joda/timezone';
import { fromZonedTime } from 'date-fns-tz';
import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone.js';
import utc from 'dayjs/plugin/utc.js';
import { DateTime } from 'luxon';
import moment from 'moment-timezone';
import spacetime from 'spacetime';
import { Temporal } from 'temporal-polyfill';

dayjs.extend(utc);
dayjs.extend(timezone);
const ZONE = 'Europe/Berlin';
const libraries = {
  luxon: (time) => DateTime.fromISO(time, { zone: ZONE }).toMillis(),
  'date-fns-tz': (time) => fromZonedTime(time, ZONE).getTime(),
  '@date-fns/tz': (time) => {
    const [year, month, day, hour, minute] = time.split(/\D/).map(Number);
    return new TZDate(year, month - 1, day, hour, minute, ZONE).getTime();
  },
  dayjs: (time) => dayjs.tz(time, ZONE).valueOf(),
  'moment-timezone': (time) => moment.tz(time, ZONE).valueOf(),
  'js-joda': (time) => LocalDateTime.parse(time).atZone(ZoneId.of(ZONE)).toInstant().toEpochMilli(),
  temporal: (time) => Temporal.PlainDateTime.from(time).toZonedDateTime(ZONE).epochMilliseconds,
  spacetime: (time) => spacetime(time, ZONE).epoch,
};
const today = Date.parse(process.argv[2]);
Date.now = () => today;
for (const [name, instant] of Object.entries(libraries)) {
  const [twice, never, plain] = ['2026-10-25T02:30', '2026-03-29T02:30', '2026-03-08T03:00'].map((time) =>
    new Date(instant(time)).toISOString().slice(11, 16),
  );
  console.log(`${name}: ${twice}, ${never}, ${plain}`);
}
JS
in_zone() { echo "in $1, $2"; TZ=$1 node try.mjs "$2-15T12:00:00Z"; }
{ in_zone UTC 2026-01; in_zone UTC 2026-07; in_zone America/New_York 2026-01; } | tee read
diff read - <<'TEXT'
in UTC, 2026-01
luxon: 01:30, 01:30, 02:00
date-fns-tz: 01:30, 00:30, 02:00
@date-fns/tz: 01:30, 01:30, 02:00
dayjs: 01:30, 01:30, 02:00
moment-timezone: 00:30, 01:30, 02:00
js-joda: 00:30, 01:30, 02:00
temporal: 00:30, 01:30, 02:00
spacetime: 01:30, 00:30, 02:00
in UTC, 2026-07
luxon: 00:30, 01:30, 02:00
date-fns-tz: 01:30, 00:30, 02:00
@date-fns/tz: 01:30, 01:30, 02:00
dayjs: 01:30, 01:30, 02:00
moment-timezone: 00:30, 01:30, 02:00
js-joda: 00:30, 01:30, 02:00
temporal: 00:30, 01:30, 02:00
spacetime: 01:30, 00:30, 02:00
in America/New_York, 2026-01
luxon: 01:30, 01:30, 02:00
date-fns-tz: 00:30, 00:30, 02:00
@date-fns/tz: 01:30, 01:30, 02:00
dayjs: 01:30, 01:30, 02:00
moment-timezone: 00:30, 01:30, 02:00
js-joda: 00:30, 01:30, 02:00
temporal: 00:30, 01:30, 02:00
spacetime: 01:30, 00:30, 01:00
TEXT
echo "as described: the instant of a local time depends on the season for luxon, and on the machine's zone for two others"
