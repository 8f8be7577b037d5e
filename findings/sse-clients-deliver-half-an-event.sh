#!/usr/bin/env bash
# A stream that breaks off inside an event: `data: 100` of which `data: 10` came. The HTML standard discards an event that its blank line
# has not ended. sseclient-py 1.9.0 (PyPI) and r3labs/sse 2.10.0 (Go) deliver 10 as an event of its own, and nothing tells it from a
# whole one. eventsource 5.1.5 and undici 7.30.2 (npm), httpx-sse 0.4.3 (PyPI) and tmaxmax/go-sse 0.12.0 (Go) deliver 250 alone.
set -euo pipefail
. "$(dirname "$0")/lib/servers.sh"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts eventsource@5.1.5 undici@7.30.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check httpx==0.28.1 httpx-sse==0.4.3 sseclient-py==1.9.0
cat > go.mod <<'MOD'
module findings

go 1.23

require (
	github.com/r3labs/sse/v2 v2.10.0
	github.com/tmaxmax/go-sse v0.12.0
)
MOD
port=$(free_port)
cat > server.mjs <<'JS'
import http from 'node:http';
http.createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: 250\n\n');
  setTimeout(() => response.end('data: 10'), 200);
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listens'));
JS
node server.mjs "$port" >listens & pids+=($!)
until grep -q listens listens; do sleep 0.1; done

cat > read.mjs <<'JS'
import { EventSource } from 'eventsource';
import { EventSource as OfUndici } from 'undici';
for (const [name, Source] of Object.entries({ eventsource: EventSource, undici: OfUndici })) {
  const source = new Source(process.argv[2]);
  const read = [];
  source.onmessage = ({ data }) => read.push(data);
  await new Promise((resolve) => (source.onerror = resolve));
  source.close();
  console.log(`${name}: ${read}`);
}
JS
cat > read.py <<'PY'
import sys

import httpx
import httpx_sse
import sseclient

with httpx.Client() as client:
    with httpx_sse.connect_sse(client, 'GET', sys.argv[1]) as source:
        print('httpx-sse:', ','.join(event.data for event in source.iter_sse()))
    with client.stream('GET', sys.argv[1]) as response:
        print('sseclient-py:', ','.join(event.data for event in sseclient.SSEClient(response.iter_bytes()).events()))
PY
cat > read.go <<'GO'
package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	r3labs "github.com/r3labs/sse/v2"
	gosse "github.com/tmaxmax/go-sse"
)

type once struct{}

func (once) NextBackOff() time.Duration { return -1 }
func (once) Reset()                     {}

func main() {
	var read []string
	client := r3labs.NewClient(os.Args[1])
	client.ReconnectStrategy = once{}
	_ = client.SubscribeRaw(func(message *r3labs.Event) { read = append(read, string(message.Data)) })
	fmt.Printf("r3labs/sse: %s\n", strings.Join(read, ","))
	response, err := http.Get(os.Args[1])
	if err != nil {
		panic(err)
	}
	read = nil
	for event, err := range gosse.Read(response.Body, nil) {
		if err == nil {
			read = append(read, event.Data)
		}
	}
	fmt.Printf("go-sse: %s\n", strings.Join(read, ","))
}
GO
go mod tidy 2>go.log && go build -o read 2>>go.log || { cat go.log; exit 1; }
url=http://127.0.0.1:$port/
{ timeout 30 node --no-warnings read.mjs "$url"; timeout 30 venv/bin/python read.py "$url"; timeout 30 ./read "$url"; } | tee read.txt
diff read.txt - <<'TEXT'
eventsource: 250
undici: 250
httpx-sse: 250
sseclient-py: 250,10
r3labs/sse: 250,10
go-sse: 250
TEXT
echo "as described: two of six clients deliver an event that has not ended"
