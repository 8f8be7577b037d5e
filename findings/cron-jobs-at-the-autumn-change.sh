#!/usr/bin/env bash
# Which times a crontab line has in Berlin on 25 October 2026, when the clocks go from 3:00 back to 2:00. cron(8): a job of a fixed time
# runs once, one of every hour goes on each hour. cron 4.4.0 (npm, the one of @nestjs/schedule) runs the job of 3:00 at 2:00 and again at
# 3:00, a time that is not repeated at all; croniter 7.0.0 and APScheduler 3.11.3 (PyPI) run the one of 2:30 twice, cronosjs 1.7.1 (npm)
# leaves the repeated hour out of each hour. cron-parser 5.10.6 and croner 11.0.1 (npm) and cronsim 2.8 (PyPI) do as cron does.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts cron@4.4.0 cron-parser@5.10.6 croner@11.0.1 cronosjs@1.7.1 luxon@3.7.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check croniter==7.0.0 cronsim==2.8 APScheduler==3.11.3 tzdata==2026.6

cat > try.mjs <<'JS'
import { CronTime } from 'cron';
import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';
import { CronosExpression } from 'cronosjs';
import { DateTime } from 'luxon';
const zone = 'Europe/Berlin';
const after = {
  cron: (line) => { const time = new CronTime(line, zone); return (last) => time.getNextDateFrom(DateTime.fromJSDate(last, { zone }), zone).toJSDate(); },
  'cron-parser': (line) => (last) => CronExpressionParser.parse(line, { tz: zone, currentDate: last }).next().toDate(),
  croner: (line) => (last) => new Cron(line, { timezone: zone, paused: true }).nextRun(last),
  cronosjs: (line) => (last) => CronosExpression.parse(line, { timezone: zone }).nextDate(last),
};
for (const [name, schedule] of Object.entries(after))
  for (const line of ['0 3 * * *', '30 2 * * *', '0 * * * *']) {
    const next = schedule(line);
    const runs = [];
    for (let time = next(new Date('2026-10-24T12:00Z')); time < new Date('2026-10-25T12:00Z'); time = next(time)) runs.push(time);
    const night = runs.map((time) => DateTime.fromJSDate(time, { zone }).toFormat('HH:mm ZZZ')).filter((time) => /^0[23]/.test(time));
    console.log(`${line}  ${night.join(', ')} (${name})`);
  }
JS
cat > try.py <<'PY'
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

berlin = ZoneInfo('Europe/Berlin')
start, end = datetime(2026, 10, 24, 14, tzinfo=berlin), datetime(2026, 10, 25, 12, tzinfo=berlin)


def of_croniter(line):
    schedule = croniter(line, start)
    return lambda _last: schedule.get_next(datetime)


def of_cronsim(line):
    schedule = CronSim(line, start)
    return lambda _last: next(schedule)


def of_apscheduler(line):
    trigger = CronTrigger.from_crontab(line, timezone=berlin)
    return lambda last: trigger.get_next_fire_time(last, last or start + timedelta(seconds=1))


for name, schedule in {'croniter': of_croniter, 'cronsim': of_cronsim, 'APScheduler': of_apscheduler}.items():
    for line in ('0 3 * * *', '30 2 * * *', '0 * * * *'):
        following = schedule(line)
        runs, time = [], following(None)
        while time.astimezone(timezone.utc) < end.astimezone(timezone.utc):
            runs.append(f'{time:%H:%M %z}')
            time = following(time)
        print(f"{line}  {', '.join(run for run in runs if run[:2] in ('02', '03'))} ({name})")
PY
{ TZ=UTC node try.mjs; venv/bin/python try.py; } | LC_ALL=C sort | tee read
diff read - <<'TEXT'
0 * * * *  02:00 +0200, 02:00 +0100, 03:00 +0100 (APScheduler)
0 * * * *  02:00 +0200, 02:00 +0100, 03:00 +0100 (cron)
0 * * * *  02:00 +0200, 02:00 +0100, 03:00 +0100 (cron-parser)
0 * * * *  02:00 +0200, 02:00 +0100, 03:00 +0100 (croner)
0 * * * *  02:00 +0200, 02:00 +0100, 03:00 +0100 (croniter)
0 * * * *  02:00 +0200, 02:00 +0100, 03:00 +0100 (cronsim)
0 * * * *  02:00 +0200, 03:00 +0100 (cronosjs)
0 3 * * *  02:00 +0100, 03:00 +0100 (cron)
0 3 * * *  03:00 +0100 (APScheduler)
0 3 * * *  03:00 +0100 (cron-parser)
0 3 * * *  03:00 +0100 (croner)
0 3 * * *  03:00 +0100 (croniter)
0 3 * * *  03:00 +0100 (cronosjs)
0 3 * * *  03:00 +0100 (cronsim)
30 2 * * *  02:30 +0200 (cron)
30 2 * * *  02:30 +0200 (cron-parser)
30 2 * * *  02:30 +0200 (croner)
30 2 * * *  02:30 +0200 (cronosjs)
30 2 * * *  02:30 +0200 (cronsim)
30 2 * * *  02:30 +0200, 02:30 +0100 (APScheduler)
30 2 * * *  02:30 +0200, 02:30 +0100 (croniter)
TEXT
echo "as described: three of seven schedulers run a daily job twice, one leaves an hour out"
