#!/usr/bin/env bash
# httpx-sse 0.4.3 (PyPI) yields an event named `message` with empty data for a block that holds only `retry:`. The HTML
# standard, "Interpreting an event stream", dispatches nothing when the data buffer is empty. sseclient-py 1.9.0 follows the
# standard. A reader that parses each event's data as JSON fails on the first block of many servers.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check httpx==0.28.1 httpx-sse==0.4.3 sseclient-py==1.9.0
cat > try.py <<'PY'
import httpx
import httpx_sse
import sseclient

STREAM = b'retry: 2000\n\n: comment\n\nid: 7\nevent: claim\ndata: {"n":1}\n\n'


def answer(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={'content-type': 'text/event-stream'}, content=STREAM)


with httpx.Client(transport=httpx.MockTransport(answer)) as client:
    with httpx_sse.connect_sse(client, 'GET', 'http://127.0.0.1/') as source:
        of_httpx = [(event.event, event.data) for event in source.iter_sse()]
of_sseclient = [(event.event, event.data) for event in sseclient.SSEClient(iter([STREAM])).events()]
print('httpx-sse   ', of_httpx)
print('sseclient-py', of_sseclient)
assert of_httpx == [('message', ''), ('claim', '{"n":1}')], of_httpx
assert of_sseclient == [('claim', '{"n":1}')], of_sseclient
PY
venv/bin/python try.py
echo "as described: httpx-sse 0.4.3 yields an event for a block without data"
