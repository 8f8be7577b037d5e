#!/usr/bin/env bash
# Short codes in Crockford's base 32, which writes a number (zero bits are added in front of it) and lets people put hyphens anywhere into
# what they type. crockford-base32 2.1.0 (npm) adds the zero bits behind the number, as RFC 4648 does with bytes: its codes of 99,999 of the
# first 100,000 numbers are other numbers for whoever reads by the rule, and it reads `S32J`, 822,354 for the others, as 13,157,664.
# base32.js 0.1.0 (npm) takes each hyphen for a symbol and answers other bytes, where @scure/base 2.4.0 and base32-decode 1.0.0 (npm) and
# krock32 0.1.1 (PyPI) refuse them. base32-crockford 0.3.0, base32-lib 1.1.1 (PyPI) and crock32 1.1.0 (Go) read by the rule.
set -euo pipefail
dir=$(mktemp -d); trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts crockford-base32@2.1.0 base32.js@0.1.0 @scure/base@2.4.0 base32-decode@1.0.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check base32-crockford==0.3.0 base32-lib==1.1.1 krock32==0.1.1
cat > go.mod <<'MOD'
module findings

go 1.21

require github.com/richardlehane/crock32 v1.1.0
MOD
cat > numbers.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/richardlehane/crock32"
)

func main() {
	for _, code := range os.Args[1:] {
		number, err := crock32.Decode(code)
		if err != nil {
			fmt.Print("refused ")
		} else {
			fmt.Print(number, " ")
		}
	}
}
GO
cat > numbers.py <<'PY'
import sys

import base32_crockford
import base32_lib
import krock32


def krock(code):
    decoder = krock32.Decoder()
    decoder.update(code)
    return decoder.finalize().hex()


def read(by, code):
    try:
        return by(code)
    except Exception:
        return "refused"


print("base32-crockford", *[read(base32_crockford.decode, code) for code in sys.argv[1:3]])
print("base32-lib", *[read(base32_lib.decode, code) for code in sys.argv[1:3]])
print("krock32", *[read(krock, code) for code in sys.argv[3:]])
PY
cat > try.cjs <<'JS'
const { execFileSync } = require('node:child_process');
const { base32crockford } = require('@scure/base');
const base32 = require('base32.js');
const { CrockfordBase32 } = require('crockford-base32');
const decode = require('base32-decode');

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const read = (code) => [...code].reduce((number, symbol) => number * 32 + SYMBOLS.indexOf(symbol), 0);
const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim();
const NUMBERS = ['S32J', 'S3-2J'];
const BYTES = ['111F32G5', '111F-32G5'];

let others = 0;
for (let n = 0; n < 100_000; n++) if (read(CrockfordBase32.encode(n)) !== n) others += 1;
const lines = [
  `crockford-base32 ${NUMBERS.map((code) => CrockfordBase32.decode(code, { asNumber: true })).join(' ')}`,
  `crockford-base32 writes 822354 as ${CrockfordBase32.encode(822_354)}, other numbers for ${others} of 100000`,
  `crock32 ${run('go', 'run', '.', ...NUMBERS)}`,
  ...run('venv/bin/python', 'numbers.py', ...NUMBERS, ...BYTES).split('\n'),
];
const readers = {
  'base32.js': (code) => new base32.Decoder({ type: 'crockford' }).write(code).finalize(),
  '@scure/base': (code) => base32crockford.decode(code),
  'base32-decode': (code) => decode(code, 'Crockford'),
};
for (const [name, by] of Object.entries(readers)) {
  const said = BYTES.map((code) => {
    try {
      return Buffer.from(by(code)).toString('hex');
    } catch {
      return 'refused';
    }
  });
  lines.push(`${name} ${said.join(' ')}`);
}
console.log(lines.join('\n'));
JS
export GOFLAGS=-mod=mod GOPATH="$dir/go"
node try.cjs 2>errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
diff - seen.txt <<'SEEN' && echo "as described"
crockford-base32 13157664 13157664
crockford-base32 writes 822354 as 1J654, other numbers for 99999 of 100000
crock32 822354 822354
base32-crockford 822354 822354
base32-lib 822354 822354
krock32 0842f18a05 refused
base32.js 0842f18a05 0842f00c5028
@scure/base 0842f18a05 refused
base32-decode 0842f18a05 refused
SEEN
