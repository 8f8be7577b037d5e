#!/usr/bin/env bash
# Events by one Avro schema, read by another (specification 1.12, schema resolution): a new symbol of an enum whose reader has a default,
# which is then used, and the same record in another namespace: its unqualified name decides. Apache's own avro-js 1.12.2 and
# @avro/types 1.0.26 (npm) refuse both, avsc 5.7.9 (npm) the second; avro-js also needs the package underscore, which it does not
# name. fastavro 1.13.1 (PyPI), hamba/avro 2.31.0 and twmb/avro 1.9.1 (Go) read both.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts avsc@5.7.9 avro-js@1.12.2 underscore@1.13.8 @avro/types@1.0.26
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check fastavro==1.13.1
cat > go.mod <<'MOD'
module findings

go 1.24

require (
	github.com/hamba/avro/v2 v2.31.0
	github.com/twmb/avro v1.9.1
)
MOD
cat > read.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import avroTypes from '@avro/types';
import avroJs from 'avro-js';
import avsc from 'avsc';

const status = (symbols) => ({
  type: 'record',
  name: 'Claim',
  fields: [{ name: 'status', type: { type: 'enum', name: 'Status', symbols, default: 'OPEN' } }],
});
const claim = (namespace) => ({ type: 'record', name: 'Claim', namespace, fields: [{ name: 'left', type: 'int' }] });
const CASES = [
  [status(['OPEN', 'SOLD', 'HELD']), status(['OPEN', 'SOLD']), { status: 'HELD' }],
  [claim('shop.v1'), claim('shop.v2'), { left: 5 }],
];
const libraries = { 'avro-js': avroJs.parse, '@avro/types': avroTypes.Type.forSchema, avsc: avsc.Type.forSchema };
for (const [name, typeOf] of Object.entries(libraries)) {
  const results = CASES.map(([written, wanted, event]) => {
    const writer = typeOf(written);
    const bytes = writer.toBuffer(event);
    try {
      const reader = typeOf(wanted);
      return JSON.stringify(reader.fromBuffer(bytes, reader.createResolver(writer)));
    } catch {
      return 'refused';
    }
  });
  console.log(`${name}: ${results.join(' ')}`);
}
const events = CASES.map(([written, wanted, event]) => ({
  written,
  wanted,
  bytes: avsc.Type.forSchema(written).toBuffer(event).toString('base64'),
}));
writeFileSync('events.json', JSON.stringify(events));
JS
cat > read.py <<'PY'
import base64
import io
import json

from fastavro import parse_schema, schemaless_reader

results = [
    schemaless_reader(io.BytesIO(base64.b64decode(e['bytes'])), parse_schema(e['written']), parse_schema(e['wanted']))
    for e in json.load(open('events.json'))
]
print('fastavro:', *(json.dumps(result, separators=(',', ':')) for result in results))
PY
cat > read.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	hamba "github.com/hamba/avro/v2"
	twmb "github.com/twmb/avro"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func byHamba(written, wanted string, bytes []byte) (value any) {
	writer := must(hamba.ParseWithCache(written, "", &hamba.SchemaCache{}))
	reader := must(hamba.ParseWithCache(wanted, "", &hamba.SchemaCache{}))
	if err := hamba.Unmarshal(must(hamba.NewSchemaCompatibility().Resolve(reader, writer)), bytes, &value); err != nil {
		panic(err)
	}
	return value
}

func byTwmb(written, wanted string, bytes []byte) (value any) {
	must(must(twmb.Resolve(must(twmb.Parse(written)), must(twmb.Parse(wanted)))).Decode(bytes, &value))
	return value
}

func main() {
	var events []struct {
		Written, Wanted json.RawMessage
		Bytes           []byte
	}
	if err := json.Unmarshal(must(os.ReadFile("events.json")), &events); err != nil {
		panic(err)
	}
	first, second := "hamba/avro:", "twmb/avro:"
	for _, e := range events {
		first += " " + string(must(json.Marshal(byHamba(string(e.Written), string(e.Wanted), e.Bytes))))
		second += " " + string(must(json.Marshal(byTwmb(string(e.Written), string(e.Wanted), e.Bytes))))
	}
	fmt.Printf("%s\n%s\n", first, second)
}
GO
go mod tidy 2>go.log && go build -o read 2>>go.log || { cat go.log; exit 1; }
{ node read.mjs; venv/bin/python read.py; ./read; } | tee output
RIGHT='{"status":"OPEN"} {"left":5}'
diff output - <<TEXT
avro-js: refused refused
@avro/types: refused refused
avsc: {"status":"OPEN"} refused
fastavro: $RIGHT
hamba/avro: $RIGHT
twmb/avro: $RIGHT
TEXT
echo "as described: three of six libraries refuse events that Avro lets them read"
