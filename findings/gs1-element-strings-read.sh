#!/usr/bin/env bash
# Element strings of GS1, which bwip-js 4.11.4 accepts and draws: a coupon with its value and last day, one of 25.5 percent, a gift card
# that runs until 2061, and a batch filled at 12 o'clock. GS1 General Specifications, chapter 3: a day of 00 is the last of its month, a
# time of production may end after its hour; 7.12: 61 is 2061 until the century is more than 50 years off. bark-js 1.2.1 (npm),
# "according to the GS1 General Specifications", has a day 2028-02-00 and the year 1961, and looks for minutes in the batch number.
# gs1-barcode-parser-mod2 1.0.6 (npm) has 1961 too, and refuses the percentage. gs1-barcode-parser-mod 1.2.1 (npm) and biip 5.2.0
# (PyPI) are right.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  bwip-js@4.11.4 bark-js@1.2.1 gs1-barcode-parser-mod@1.2.1 gs1-barcode-parser-mod2@1.0.6
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check biip==5.2.0
cat > read.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import bark from 'bark-js';
import bwip from 'bwip-js';
import mod from 'gs1-barcode-parser-mod';
import mod2 from 'gs1-barcode-parser-mod2';

const CODES = [
  '(255)9501101530003000123(3902)250(17)280200',
  '(255)9501101530003000123(3941)0255',
  '(01)09501101530003(17)610131',
  '(01)09501101530003(8008)26013012(10)TEA7',
];
for (const text of CODES) await bwip.toBuffer({ bcid: 'gs1qrcode', text });
// As a scanner sends it, with a separator, character 29, after each element.
const scanned = CODES.map((code) => code.replaceAll(/(?<!^)\(/g, '\x1d').replaceAll(/[()]/g, ''));
writeFileSync('scanned.json', JSON.stringify(scanned));

const text = (value) => (value instanceof Date ? value.toLocaleDateString('sv') : value);
for (const [name, read] of Object.entries({ 'bark-js': bark, mod: mod.parseBarcode, mod2: mod2.parseBarcode })) {
  const values = scanned.map((code) => {
    try {
      const { elements, parsedCodeItems } = read(`]Q3${code}`);
      return (elements ?? parsedCodeItems).filter(({ ai }) => !/^(01|255)$/.test(ai)).map(({ value, data }) => text(value ?? data));
    } catch {
      return 'refused';
    }
  });
  console.log(`${name}: ${values.flat().join(', ')}`);
}
JS
cat > read.py <<'PY'
import json

from biip.gs1_messages import GS1Message

values = [
    str(element.decimal or element.datetime or element.date or element.value)
    for code in json.load(open('scanned.json'))
    for element in GS1Message.parse(code).element_strings
    if element.ai.ai not in ('01', '255')
]
print('biip:', ', '.join(values))
PY
{ TZ=UTC node read.mjs; venv/bin/python read.py; } | tee read
diff read - <<'TEXT'
bark-js: 2.50, 2028-02-00, 025.5, 1961-01-31, refused
mod: 2.5, 2028-02-29, 25.5, 2061-01-31, 26013012, TEA7
mod2: 2.5, 2028-02-29, refused, 1961-01-31, 26013012, TEA7
biip: 2.50, 2028-02-29, 25.5, 2061-01-31, 2026-01-30 12:00:00, TEA7
TEXT
echo "as described: two of four readers take 2061 for 1961, one has a day 2028-02-00"
