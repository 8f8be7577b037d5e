#!/usr/bin/env bash
# The lines of an event stream end in LF, CR LF or CR, as its server likes (HTML standard, 9.2.5), and the network cuts a stream where it
# likes. The same two events, in each of the three and cut in two at every place: parse-sse 0.1.0 (npm) loses the type of an event or
# makes two of one when the cut falls between CR and LF. With CR eventsource-parser 3.1.1 (npm) holds each event back until the next
# one begins; aiosseclient 0.1.8 and aiohttp-sse-client2 0.3.0 (PyPI) deliver nothing. fetch-event-stream 0.1.6 and
# @microsoft/fetch-event-source 2.0.1 (npm), httpx-sse 0.4.3, sseclient-py 1.9.0 and requests-sse 0.5.3 (PyPI) read all of them.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  parse-sse@0.1.0 eventsource-parser@3.1.1 fetch-event-stream@0.1.6 @microsoft/fetch-event-source@2.0.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check httpx==0.28.1 httpx-sse==0.4.3 sseclient-py==1.9.0 \
  aiosseclient==0.1.8 aiohttp-sse-client2==0.3.0 requests-sse==0.5.3 aiohttp==3.14.5

cat > read.mjs <<'JS'
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { createParser } from 'eventsource-parser';
import { events } from 'fetch-event-stream';
import { parseServerSentEvents } from 'parse-sse';
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
const sent = 'event: sold\ndata: {"left":1}\n\nevent: sold\ndata: {"left":\ndata: 0}\n\n';
const wanted = JSON.stringify([['sold', '{"left":1}'], ['sold', '{"left":\n0}']]);
const answerOf = (parts) =>
  new Response(new ReadableStream({ start: (stream) => { parts.forEach((part) => stream.enqueue(part)); stream.close(); } }), {
    headers: { 'content-type': 'text/event-stream' },
  });
const collect = async (source, pick) => { const all = []; for await (const event of await source) all.push(pick(event)); return all; };
const readers = {
  'parse-sse': (parts) => collect(parseServerSentEvents(answerOf(parts)), ({ type, data }) => [type, data]),
  'eventsource-parser': async (parts) => {
    const all = [];
    const parser = createParser({ onEvent: ({ event, data }) => all.push([event, data]) });
    const decoder = new TextDecoder();
    for (const part of parts) parser.feed(decoder.decode(part, { stream: true }));
    return all;
  },
  'fetch-event-stream': (parts) => collect(events(answerOf(parts)), ({ event, data }) => [event, data]),
  'fetch-event-source': async (parts) => {
    const all = [];
    const fetch = async () => answerOf(parts);
    await fetchEventSource('http://example.com/', { fetch, openWhenHidden: true, onmessage: ({ event, data }) => all.push([event, data]) });
    return all;
  },
};
for (const [name, read] of Object.entries(readers)) {
  const wrong = {};
  for (const [ending, chars] of Object.entries({ LF: '\n', 'CR LF': '\r\n', CR: '\r' })) {
    const bytes = new TextEncoder().encode(sent.replaceAll('\n', chars));
    wrong[ending] = 0;
    for (let cut = 1; cut < bytes.length; cut++)
      if (JSON.stringify(await read([bytes.slice(0, cut), bytes.slice(cut)])) !== wanted) wrong[ending]++;
  }
  console.log(`${name}: wrong ${Object.entries(wrong).map(([ending, times]) => `${times} with ${ending}`).join(', ')}`);
}
JS
cat > read.py <<'PY'
import asyncio

import httpx
import httpx_sse
import requests_sse
import sseclient
from aiohttp import web
from aiohttp_sse_client2.client import EventSource
from aiosseclient import aiosseclient

SENT = 'event: sold\ndata: {"left":1}\n\nevent: sold\ndata: {"left":\ndata: 0}\n\n'
WANTED = [('sold', '{"left":1}'), ('sold', '{"left":\n0}')]
ENDINGS = {'LF': '\n', 'CR LF': '\r\n', 'CR': '\r'}


def of_httpx_sse(parts):
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers={'content-type': 'text/event-stream'}, content=iter(parts)))
    with httpx.Client(transport=transport) as client, httpx_sse.connect_sse(client, 'GET', 'http://example.com/') as source:
        return [(event.event, event.data) for event in source.iter_sse()]


def of_sseclient_py(parts):
    return [(event.event, event.data) for event in sseclient.SSEClient(iter(parts)).events()]


for name, read in {'httpx-sse': of_httpx_sse, 'sseclient-py': of_sseclient_py}.items():
    wrong = []
    for ending, chars in ENDINGS.items():
        stream = SENT.replace('\n', chars).encode()
        times = sum(read([stream[:cut], stream[cut:]]) != WANTED for cut in range(1, len(stream)))
        wrong.append(f'{times} with {ending}')
    print(f"{name}: wrong {', '.join(wrong)}")


def of_requests_sse(url):
    with requests_sse.EventSource(url, max_connect_retry=0, timeout=5) as source:
        return [(event.type, event.data) for _, event in zip(WANTED, source)]


async def of_aiosseclient(url):
    read = []
    async for event in aiosseclient(url):
        read.append((event.event, event.data))
        if len(read) == len(WANTED):
            break
    return read


async def of_aiohttp_sse_client2(url):
    read = []
    async with EventSource(url, max_connect_retry=0) as source:
        async for event in source:
            read.append((event.type, event.data))
            if len(read) == len(WANTED):
                break
    return read


async def main():
    async def answer(request):
        return web.Response(text=SENT.replace('\n', ENDINGS[request.query['ending']]), content_type='text/event-stream')

    application = web.Application()
    application.router.add_get('/', answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, '127.0.0.1', 0).start()
    for name, read in {'aiosseclient': of_aiosseclient, 'aiohttp-sse-client2': of_aiohttp_sse_client2, 'requests-sse': of_requests_sse}.items():
        said = []
        for ending in ENDINGS:
            url = f'http://127.0.0.1:{runner.addresses[0][1]}/?ending={ending}'
            try:
                events = await asyncio.wait_for(asyncio.to_thread(read, url) if read is of_requests_sse else read(url), 8)
            except (asyncio.TimeoutError, ConnectionError):
                events = []
            said.append(f"{'right' if events == WANTED else len(events)} with {ending}")
        print(f"{name}, uncut: {', '.join(said)}")
    await runner.cleanup()


asyncio.run(main())
PY
{ timeout 60 node read.mjs; timeout 60 venv/bin/python read.py; } | tee read
diff read - <<'TEXT'
parse-sse: wrong 0 with LF, 3 with CR LF, 0 with CR
eventsource-parser: wrong 0 with LF, 0 with CR LF, 66 with CR
fetch-event-stream: wrong 0 with LF, 0 with CR LF, 0 with CR
fetch-event-source: wrong 0 with LF, 0 with CR LF, 0 with CR
httpx-sse: wrong 0 with LF, 0 with CR LF, 0 with CR
sseclient-py: wrong 0 with LF, 0 with CR LF, 0 with CR
aiosseclient, uncut: right with LF, right with CR LF, 0 with CR
aiohttp-sse-client2, uncut: right with LF, right with CR LF, 0 with CR
requests-sse, uncut: right with LF, right with CR LF, right with CR
TEXT
echo "as described: one client breaks at a cut between CR and LF, three lose events with CR alone"
