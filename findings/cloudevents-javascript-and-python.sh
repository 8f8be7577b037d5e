#!/usr/bin/env bash
# Events by HTTP between two SDKs of the CloudEvents project, cloudevents 10.0.0 (npm) and cloudevents 2.2.0 (PyPI); what is listed is
# read otherwise than it was written. JavaScript loses `"data": 0` and `"data": false` of a structured event, though they are data; reads
# the numbers of a binary one as text, and JSON of a type like application/vnd.claim+json as well; leaves the percent signs of a
# subject that the HTTP binding (3.1.3.2) encodes and Python does, and writes them as they are, so Python decodes what was none; and cuts
# times to milliseconds. Python writes the data true as `True` and "open" as `open` where the type is application/json, and the value
# false of an attribute as `False`.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts cloudevents@10.0.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cloudevents==2.2.0

cat > events.json <<'JSON'
{
  "none left": { "data": 0 },
  "not open": { "data": false },
  "five left": { "data": 5 },
  "open": { "data": true },
  "word": { "data": "open" },
  "claim": { "datacontenttype": "application/vnd.claim+json", "data": { "units": 1 } },
  "spaces": { "subject": "Half price oolong", "data": {} },
  "percent": { "subject": "100%25", "data": {} },
  "micro": { "time": "2026-12-04T11:59:59.999999Z", "data": {} },
  "flag": { "member": false, "data": {} }
}
JSON
cat > try.mjs <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import { CloudEvent, HTTP } from 'cloudevents';
const load = (file) => Object.entries(JSON.parse(readFileSync(file, 'utf8')));
const MODES = ['structured', 'binary'];
const always = { id: '1', source: '/shops/1', type: 'claim.issued', time: '2026-12-04T12:00:00Z', datacontenttype: 'application/json' };
if (process.argv[2] === 'write') {
  const written = load('events.json').map(([name, event]) => [name, MODES.map((mode) => {
    const { headers, body } = HTTP[mode](new CloudEvent({ ...always, ...event }));
    return { headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)])), body: String(body) };
  })]);
  writeFileSync('javascript.json', JSON.stringify(Object.fromEntries(written)));
} else {
  const events = Object.fromEntries(load('events.json'));
  for (const [name, messages] of load('python.json')) messages.forEach((message, mode) => {
    const read = HTTP.toEvent(message);
    for (const [key, value] of Object.entries(events[name])) {
      // A header has no types: 5 is the attribute's text there, too.
      const text = (found) => (key === 'data' ? JSON.stringify(found) : String(found));
      if (text(read[key]) !== text(value))
        console.log(`Python to JavaScript, ${MODES[mode]}: ${key} ${text(value)} is read as ${text(read[key])}`);
    }
  });
}
JS
cat > try.py <<'PY'
import json
from datetime import datetime

from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent

MODES = ('structured', 'binary')
utc = lambda time: time.isoformat().replace('+00:00', 'Z')
events = json.load(open('events.json'))
written = {}
for name, event in events.items():
    attributes = {'id': '1', 'source': '/shops/1', 'type': 'claim.issued', 'specversion': '1.0',
                  'time': '2026-12-04T12:00:00Z', 'datacontenttype': 'application/json', **event}
    attributes['time'] = datetime.fromisoformat(attributes['time'])
    one = CloudEvent(attributes, attributes.pop('data'))
    messages = http.to_structured_event(one), http.to_binary_event(one)
    written[name] = [{'headers': message.headers, 'body': message.body.decode()} for message in messages]
json.dump(written, open('python.json', 'w'))
for name, messages in json.load(open('javascript.json')).items():
    for mode, message in zip(MODES, messages):
        read = http.from_http_event(http.HTTPMessage(headers=message['headers'], body=message['body'].encode()))
        found = {**read.get_attributes(), 'data': read.get_data()}
        for key, value in events[name].items():
            text = lambda any: json.dumps(any) if key == 'data' else json.dumps(any, default=utc).strip('"')
            if text(found[key]) != text(value):
                print(f'JavaScript to Python, {mode}: {key} {text(value)} is read as {text(found[key])}')
for name in ('word', 'open'):
    print(f'Python writes {json.dumps(events[name]["data"])} as application/json: {written[name][1]["body"]}')
PY
{ node try.mjs write; venv/bin/python try.py; node try.mjs read; } | tee read
diff read - <<'TEXT'
JavaScript to Python, binary: subject 100%25 is read as 100%
JavaScript to Python, structured: time 2026-12-04T11:59:59.999999Z is read as 2026-12-04T11:59:59.999000Z
JavaScript to Python, binary: time 2026-12-04T11:59:59.999999Z is read as 2026-12-04T11:59:59.999000Z
Python writes "open" as application/json: open
Python writes true as application/json: True
Python to JavaScript, structured: data 0 is read as undefined
Python to JavaScript, binary: data 0 is read as "0"
Python to JavaScript, structured: data false is read as undefined
Python to JavaScript, binary: data false is read as "False"
Python to JavaScript, binary: data 5 is read as "5"
Python to JavaScript, binary: data true is read as "True"
Python to JavaScript, binary: data {"units":1} is read as "{\"units\": 1}"
Python to JavaScript, binary: subject Half price oolong is read as Half%20price%20oolong
Python to JavaScript, binary: subject 100%25 is read as 100%2525
Python to JavaScript, structured: time 2026-12-04T11:59:59.999999Z is read as 2026-12-04T11:59:59.999Z
Python to JavaScript, binary: time 2026-12-04T11:59:59.999999Z is read as 2026-12-04T11:59:59.999Z
Python to JavaScript, binary: member false is read as False
TEXT
echo "as described: two SDKs of one project do not read each other's events as they were written"
