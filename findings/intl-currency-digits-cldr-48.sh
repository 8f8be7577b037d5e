#!/usr/bin/env bash
# Node 24.11.0 (ICU 77, CLDR 47) and 26.1.0 (ICU 78, CLDR 48): `Intl.NumberFormat` says that forint, rupiah, Colombian peso and
# Pakistan rupee have two digits of minor units in one, and none in the other. Python's Babel 2.19.0 agrees with a third set.
# ISO 4217 (currency-codes 2.2.0) says two for all four; ECMA-402 refers to ISO 4217. A program that derives an amount's scale from
# `resolvedOptions().maximumFractionDigits` reads stored amounts a hundred times larger after an upgrade of the runtime.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
platform=$(node -p '`${process.platform}-${process.arch}`')
npm install --silent --ignore-scripts --no-audit --no-fund currency-codes@2.2.0 \
  "older@npm:node-$platform@24.11.0" "newer@npm:node-$platform@26.1.0"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check babel==2.19.0

cat >digits.cjs <<'JS'
const digits = (currency) =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
console.log(['HUF', 'IDR', 'COP', 'PKR', 'JPY', 'KWD'].map((code) => `${code} ${digits(code)}`).join(', '));
JS
older=$(node_modules/older/bin/node digits.cjs)
newer=$(node_modules/newer/bin/node digits.cjs)
iso=$(node -p 'const c = require("currency-codes");
  ["HUF", "IDR", "COP", "PKR", "JPY", "KWD"].map((code) => `${code} ${c.code(code).digits}`).join(", ")')
babel=$(venv/bin/python -c 'from babel.numbers import get_currency_precision as digits
print(", ".join(f"{code} {digits(code)}" for code in ["HUF", "IDR", "COP", "PKR", "JPY", "KWD"]))')

echo "ISO 4217              $iso"
echo "Node 24.11.0 (CLDR 47) $older"
echo "Node 26.1.0 (CLDR 48)  $newer"
echo "Babel 2.19.0           $babel"
[ "$iso" = 'HUF 2, IDR 2, COP 2, PKR 2, JPY 0, KWD 3' ]
[ "$older" = "$iso" ]
[ "$newer" = 'HUF 0, IDR 0, COP 0, PKR 0, JPY 0, KWD 3' ]
[ "$babel" = 'HUF 0, IDR 0, COP 0, PKR 2, JPY 0, KWD 3' ]
echo 'as described'
