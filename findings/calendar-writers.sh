#!/usr/bin/env bash
# The opening of a drop as a calendar entry (RFC 5545), written by eleven libraries and read by ical.js 2.2.1 (npm). ical-generator 11.1.2
# (npm) and ics 0.7.3 (PyPI) escape the link, which is no text (3.3.13), and it leads elsewhere. ts-ics 2.4.6, calendar-link 2.11.5,
# icalendar 0.7.1 (npm), golang-ical 0.3.4 (Go) and ics 0.7.3 leave a name with a colon unquoted (3.2), so that the sender's address is
# lost. ics 3.12.0 (npm) and ts-ics make two categories of one with a comma (3.8.1.2). calendar-link and ics-js 0.10.2 (npm) escape
# no text (3.3.11); ics-js loses a line break, and writes a Date as a time of the machine's clocks: ten in Berlin is ten everywhere.
# golang-ical and ical 14.3.1 (PyPI) end lines in LF alone (3.1). ical-toolkit 1.0.9 (npm) and icalendar 7.3.2 (PyPI) are right.
set -euo pipefail
dir=$(mktemp -d); trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts ics@3.12.0 ical-generator@11.1.2 ts-ics@2.4.6 \
  calendar-link@2.11.5 ics-js@0.10.2 ical-toolkit@1.0.9 icalendar@0.7.1 ical.js@2.2.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.2 ics==0.7.3 ical==14.3.1
cat > entry.json <<'JSON'
{ "title": "Tea, 10 % off; bring C:\\till", "text": "Two lines,\nthe second", "url": "https://shop.example/drops;tea?of=a,b",
  "name": "Tea: Cake; Ltd", "email": "tea@shop.example", "kinds": ["food, drink", "tea"] }
JSON
cat > write.mjs <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import { ics as calendarLink } from 'calendar-link';
import ical from 'ical-generator';
import toolkit from 'ical-toolkit';
import npmIcalendar from 'icalendar';
import ics from 'ics';
import icsJs from 'ics-js';
import { generateIcsCalendar } from 'ts-ics';

const { title, text, url, name, email, kinds } = JSON.parse(readFileSync('entry.json'));
const start = new Date('2027-01-05T09:00:00Z');
const end = new Date('2027-01-05T10:00:00Z');
const writers = {
  ics: () =>
    ics.createEvent({
      ...{ start: start.getTime(), startInputType: 'utc', startOutputType: 'utc' },
      ...{ end: end.getTime(), endInputType: 'utc', endOutputType: 'utc' },
      ...{ title, description: text, url, organizer: { name, email }, categories: kinds },
    }).value,
  'ical-generator': () => {
    const calendar = ical();
    const categories = kinds.map((kind) => ({ name: kind }));
    calendar.createEvent({ start, end, summary: title, description: text, url, organizer: { name, email }, categories });
    return calendar.toString();
  },
  'ts-ics': () => {
    const event = { uid: '1', stamp: { date: start }, start: { date: start }, end: { date: end }, summary: title, description: text, url };
    return generateIcsCalendar({ version: '2.0', prodId: 'x', events: [{ ...event, organizer: { name, email }, categories: kinds }] });
  },
  'calendar-link': () => {
    const [from, to] = [start, end].map((time) => time.toISOString());
    const link = calendarLink({ title, description: text, start: from, end: to, url, organizer: { name, email } });
    return decodeURIComponent(link.replace(/^data:[^,]*,/, ''));
  },
  'ics-js': () => {
    const calendar = new icsJs.VCALENDAR();
    const event = new icsJs.VEVENT();
    const members = { UID: '1', DTSTAMP: start, DTSTART: start, SUMMARY: title, DESCRIPTION: text };
    for (const [key, value] of Object.entries({ VERSION: 2, PRODID: 'x' })) calendar.addProp(key, value);
    for (const [key, value] of Object.entries(members)) event.addProp(key, value);
    calendar.addComponent(event);
    return calendar.toString();
  },
  'ical-toolkit': () => {
    const builder = toolkit.createIcsFileBuilder();
    builder.events.push({ start, end, summary: title, description: text, url, organizer: { name, email } });
    return builder.toString();
  },
  icalendar: () => {
    const calendar = new npmIcalendar.iCalendar();
    const event = calendar.addComponent('VEVENT');
    event.setSummary(title);
    event.setDescription(text);
    event.setDate(start, end);
    event.addProperty('URL', url);
    event.addProperty('ORGANIZER', `mailto:${email}`, { CN: name });
    return calendar.toString();
  },
};
for (const [writer, write] of Object.entries(writers)) writeFileSync(`${writer}.txt`, write());
JS
cat > go.mod <<'MOD'
module findings

go 1.21

require github.com/arran4/golang-ical v0.3.4
MOD
cat > write.go <<'GO'
package main

import (
	"encoding/json"
	"os"
	"time"

	ics "github.com/arran4/golang-ical"
)

func main() {
	var entry struct {
		Title, Text, URL, Name, Email string
		Kinds                         []string
	}
	body, _ := os.ReadFile("entry.json")
	if err := json.Unmarshal(body, &entry); err != nil {
		panic(err)
	}
	calendar := ics.NewCalendar()
	event := calendar.AddEvent("1")
	event.SetStartAt(time.Date(2027, 1, 5, 9, 0, 0, 0, time.UTC))
	event.SetSummary(entry.Title)
	event.SetDescription(entry.Text)
	event.SetURL(entry.URL)
	event.SetOrganizer("mailto:"+entry.Email, ics.WithCN(entry.Name))
	for _, kind := range entry.Kinds {
		event.AddCategory(kind)
	}
	os.WriteFile("golang-ical.txt", []byte(calendar.Serialize()), 0o600)
}
GO
cat > write.py <<'PY'
import json
from datetime import datetime, timezone

import icalendar
import ics
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event
from ical.types import CalAddress

entry = json.load(open("entry.json"))
title, text, url, name, email, kinds = (entry[key] for key in ("title", "text", "url", "name", "email", "kinds"))
start, end = (datetime(2027, 1, 5, hour, tzinfo=timezone.utc) for hour in (9, 10))


def by_icalendar():
    organizer = icalendar.vCalAddress(f"mailto:{email}")
    organizer.params["CN"] = name
    event = icalendar.Event()
    for key, value in {"dtstart": start, "summary": title, "description": text, "url": url, "categories": kinds}.items():
        event.add(key, value)
    event["organizer"] = organizer
    calendar = icalendar.Calendar()
    calendar.add_component(event)
    return calendar.to_ical().decode()


def by_ics():
    organizer = ics.Organizer(email=email, common_name=name)
    event = ics.Event(name=title, begin=start, description=text, url=url, organizer=organizer, categories=kinds)
    return ics.Calendar(events=[event]).serialize()


def by_ical():
    organizer = CalAddress(uri=f"mailto:{email}", common_name=name)
    event = Event(summary=title, dtstart=start, dtend=end, description=text, url=url, organizer=organizer, categories=kinds)
    return IcsCalendarStream.calendar_to_ics(Calendar(events=[event]))


for writer, write in {"icalendar": by_icalendar, "ics": by_ics, "ical": by_ical}.items():
    open(f"python-{writer}.txt", "w", newline="").write(write())
PY
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';

const { title, text, url, name, email, kinds } = JSON.parse(readFileSync('entry.json'));
const WRITERS = [
  ...['ical-toolkit', 'ical-generator', 'ics', 'ts-ics', 'calendar-link', 'icalendar', 'ics-js', 'golang-ical'],
  ...['python-icalendar', 'python-ical', 'python-ics'],
];
for (const writer of WRITERS) {
  const file = readFileSync(`${writer}.txt`, 'utf8');
  const event = new ICAL.Component(ICAL.parse(file)).getFirstSubcomponent('vevent');
  const value = (key) => event.getFirstPropertyValue(key);
  const wrong = [];
  if (value('summary') !== title || value('description') !== text) wrong.push('text');
  if (!file.includes(String.raw`Tea\, 10 % off\; bring C:\\till`)) wrong.push('escapes');
  if (value('url') !== null && value('url') !== url) wrong.push(`link to ${value('url')}`);
  const sender = event.getFirstProperty('organizer');
  if (sender && sender.getFirstValue().toLowerCase() !== `mailto:${email}`) wrong.push('sender');
  const categories = event.getAllProperties('categories').flatMap((property) => property.getValues());
  if (categories.length > 0 && categories.sort().join('|') !== kinds.join('|')) wrong.push(`${categories.length} categories`);
  if (value('dtstart').toJSDate().getTime() !== Date.parse('2027-01-05T09:00:00Z') || value('dtstart').zone.tzid !== 'UTC')
    wrong.push(`time ${value('dtstart')}`);
  if (/[^\r]\n/.test(file)) wrong.push('lines');
  console.log(`${writer}: ${wrong.join(', ') || 'right'}`);
}
JS
export GOFLAGS=-mod=mod GOPATH="$dir/go" TZ=Europe/Berlin
node write.mjs
go run . 2>errors.txt || { cat errors.txt; exit 1; }
venv/bin/python write.py
node read.mjs | tee seen
diff seen - <<'TEXT'
ical-toolkit: right
ical-generator: link to https://shop.example/drops\;tea?of=a\,b
ics: 3 categories
ts-ics: sender, 3 categories
calendar-link: escapes, sender
icalendar: sender
ics-js: text, escapes, time 2027-01-05T10:00:00
golang-ical: sender, lines
python-icalendar: right
python-ical: lines
python-ics: link to https://shop.example/drops\;tea?of=a\,b, sender
TEXT
echo "as described: two of eleven writers lose nothing"
