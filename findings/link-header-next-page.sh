#!/usr/bin/env bash
# Four ways to name the next page in a Link header (RFC 8288, section 3), each valid: plain; an address with a semicolon in its path;
# `rel="prev next"`, a list of two relations; `Rel=next`, since names of parameters know no case. requests 2.34.2 and httpx 0.28.1 (PyPI)
# find no next page in the last three: a program that goes on while there is one stops after the first, without an error. aiohttp 3.14.5
# (PyPI), tomnomnom/linkheader and peterhellberg/link 1.2.0 (Go), parse-link-header 2.0.0 and li 1.3.0 (npm) miss one or two,
# http-link-header 1.1.4 (npm) none.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts http-link-header@1.1.4 parse-link-header@2.0.0 li@1.3.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check requests==2.34.2 httpx==0.28.1 aiohttp==3.14.5
cat > go.mod <<'MOD'
module findings

go 1.23

require (
	github.com/peterhellberg/link v1.2.0
	github.com/tomnomnom/linkheader v0.0.0-20250811210735-e5fe3b51442e
)
MOD
cat > headers.json <<'JSON'
["<https://example.com/list?page=2>; rel=\"next\"", "<https://example.com/list;of=2026?page=2>; rel=\"next\"",
 "<https://example.com/list?page=2>; rel=\"prev next\"", "<https://example.com/list?page=2>; Rel=next"]
JSON
cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import LinkHeader from 'http-link-header';
import li from 'li';
import parse from 'parse-link-header';
const readers = {
  'http-link-header': (header) => LinkHeader.parse(header).rel('next')[0]?.uri,
  'parse-link-header': (header) => parse(header)?.next?.url,
  li: (header) => li.parse(header).next,
};
for (const [name, read] of Object.entries(readers))
  console.log(`${name}: ${JSON.parse(readFileSync('headers.json')).map((header) => (read(header) ? 'next' : 'none')).join(' ')}`);
JS
cat > try.py <<'PY'
import asyncio
import json

import aiohttp
import httpx
import requests
from aiohttp import web

HEADERS = json.load(open('headers.json'))
found = lambda link: 'next' if link else 'none'


def of_requests(header):
    response = requests.Response()
    response.headers['link'] = header
    return found(response.links.get('next'))


async def of_aiohttp():
    async def answer(request):
        return web.Response(headers={'link': HEADERS[int(request.query['n'])]})

    application = web.Application()
    application.router.add_get('/', answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        answers = [await session.get(f'http://127.0.0.1:{port}/?n={n}') for n in range(len(HEADERS))]
        print('aiohttp:', *(found(answer.links.get('next')) for answer in answers))
    await runner.cleanup()


print('requests:', *map(of_requests, HEADERS))
print('httpx:', *(found(httpx.Response(200, headers={'link': header}).links.get('next')) for header in HEADERS))
asyncio.run(of_aiohttp())
PY
cat > try.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/peterhellberg/link"
	"github.com/tomnomnom/linkheader"
)

func main() {
	text, err := os.ReadFile("headers.json")
	if err != nil {
		panic(err)
	}
	var headers []string
	if err := json.Unmarshal(text, &headers); err != nil {
		panic(err)
	}
	found := map[bool]string{true: " next", false: " none"}
	one, other := "peterhellberg/link:", "tomnomnom/linkheader:"
	for _, header := range headers {
		one += found[link.Parse(header)["next"] != nil]
		other += found[len(linkheader.Parse(header).FilterByRel("next")) > 0]
	}
	fmt.Printf("%s\n%s\n", one, other)
}
GO
go mod tidy 2>go.log && go build -o try 2>>go.log || { cat go.log; exit 1; }
{ node try.mjs; venv/bin/python try.py; ./try; } | tee read
diff read - <<'TEXT'
http-link-header: next next next next
parse-link-header: next next next none
li: next next next none
requests: next none none none
httpx: next none none none
aiohttp: next next none none
peterhellberg/link: next next none none
tomnomnom/linkheader: next none none next
TEXT
echo "as described: one of eight readers finds the next page in four valid headers"
