#!/usr/bin/env bash
# Five patches of RFC 6902. A `test` that fails before a `replace` (section 5: the patch is not applied); a `test` of an object whose members
# stand in another order, and of 10.0 against 10 (4.6: equal); a copy that is then changed (4.5: a value of its own); a whole document
# replaced (4.3, path ""). rfc6902 5.4.0 (npm) carries on after the failed test, sets the stock, and tells of the failure in the
# list that it returns; it does not find the whole document. immutable-json-patch 6.0.3 (npm) takes the order for a difference,
# evanphx/json-patch 5.9.11 (Go) 10.0, and with json8-patch 1.0.6 (npm) the change of the copy changes the original. fast-json-patch
# 3.1.1 and jsonpatch 3.1.0 (npm) and jsonpatch 1.48 (PyPI) are right in all.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  rfc6902@5.4.0 immutable-json-patch@6.0.3 json8-patch@1.0.6 fast-json-patch@3.1.1 jsonpatch@3.1.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jsonpatch==1.48
cat > go.mod <<'MOD'
module findings

go 1.23

require github.com/evanphx/json-patch/v5 v5.9.11
MOD
cat > patches.json <<'JSON'
[[{"status":"open","left":3}, [{"op":"test","path":"/status","value":"draft"},{"op":"replace","path":"/left","value":10}]],
 [{"at":{"x":1,"y":2}}, [{"op":"test","path":"/at","value":{"y":2,"x":1}},{"op":"remove","path":"/at"}]],
 [{"price":10.0}, [{"op":"test","path":"/price","value":10},{"op":"remove","path":"/price"}]],
 [{"a":{"left":3}}, [{"op":"copy","from":"/a","path":"/b"},{"op":"replace","path":"/b/left","value":9}]],
 [{"left":3}, [{"op":"replace","path":"","value":{}}]]]
JSON
cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import fast from 'fast-json-patch';
import { immutableJSONPatch } from 'immutable-json-patch';
import json8 from 'json8-patch';
import jsonpatch from 'jsonpatch';
import * as rfc6902 from 'rfc6902';

const libraries = {
  rfc6902: (document, patch) => (rfc6902.applyPatch(document, patch), document),
  'immutable-json-patch': immutableJSONPatch,
  'json8-patch': (document, patch) => json8.apply(document, patch).doc,
  'fast-json-patch': (document, patch) => fast.applyPatch(document, patch).newDocument,
  jsonpatch: jsonpatch.apply_patch,
};
for (const [name, apply] of Object.entries(libraries)) {
  const results = JSON.parse(readFileSync('patches.json')).map(([document, patch]) => {
    try {
      return JSON.stringify(apply(document, patch));
    } catch {
      return 'refused';
    }
  });
  console.log(`${name}: ${results.join(' ')}`);
}
JS
cat > try.py <<'PY'
import json

import jsonpatch


def applied(document, patch):
    try:
        return json.dumps(jsonpatch.apply_patch(document, patch), separators=(',', ':'))
    except jsonpatch.JsonPatchException:
        return 'refused'


print('jsonpatch (PyPI):', *(applied(*case) for case in json.load(open('patches.json'))))
PY
cat > try.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

func main() {
	text, err := os.ReadFile("patches.json")
	if err != nil {
		panic(err)
	}
	var cases [][2]json.RawMessage
	if err := json.Unmarshal(text, &cases); err != nil {
		panic(err)
	}
	fmt.Print("evanphx/json-patch:")
	for _, c := range cases {
		patch, err := jsonpatch.DecodePatch(c[1])
		if err != nil {
			panic(err)
		}
		if result, err := patch.Apply(c[0]); err != nil {
			fmt.Print(" refused")
		} else {
			fmt.Print(" ", string(result))
		}
	}
	fmt.Println()
}
GO
go mod tidy 2>go.log && go build -o try 2>>go.log || { cat go.log; exit 1; }
{ node try.mjs; venv/bin/python try.py; ./try; } | tee read
RIGHT='refused {} {} {"a":{"left":3},"b":{"left":9}} {}'
diff read - <<TEXT
rfc6902: {"status":"open","left":10} {} {} {"a":{"left":3},"b":{"left":9}} {"left":3}
immutable-json-patch: refused refused {} {"a":{"left":3},"b":{"left":9}} {}
json8-patch: refused {} {} {"a":{"left":9},"b":{"left":9}} {}
fast-json-patch: $RIGHT
jsonpatch: $RIGHT
jsonpatch (PyPI): $RIGHT
evanphx/json-patch: refused {} refused {"a":{"left":3},"b":{"left":9}} {}
TEXT
echo "as described: four of seven libraries apply a patch otherwise than RFC 6902, one in spite of its failed test"
