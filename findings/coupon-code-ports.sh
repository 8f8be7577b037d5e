#!/usr/bin/env bash
# Codes of Perl's Algorithm::CouponCode, three parts of four characters, in three ports of it. The original takes out whatever is no letter
# or digit before it looks at a code, wants three parts, and issues none that stays right when two neighbours are swapped. Of one code
# coupon-codes 0.1 and cccodes 0.1.2 (PyPI) refuse the forms without hyphens and with spaces, cccodes the latter by a ValueError; cccodes
# finds the first third of a code right, and by default makes parts of five characters, which the two others refuse. All three,
# coupon-code 0.4.5 (npm) too, issue codes that stay right when swapped, one or two of a hundred; cccodes' page says that it skips them.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts coupon-code@0.4.5
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check coupon-codes==0.1 cccodes==0.1.2
cat > codes.json <<'JSON'
["55G2-DHM0-50NN", "ssgz-dhmo-sonn", "55G2DHM050NN", "55G2 DHM0 50NN", "55G2", "55G2-DHM0-50NK"]
JSON
cat > try.cjs <<'JS'
const { readFileSync } = require('node:fs');
const { generate, validate } = require('coupon-code');

const right = (code) => validate(code) !== '';
console.log('coupon-code:', ...JSON.parse(readFileSync('codes.json', 'utf8')).map((code) => (right(code) ? 'right' : 'wrong')));
const swapped = (code, at) => code.slice(0, at) + code[at + 1] + code[at] + code.slice(at + 2);
let count = 0;
for (let n = 0; n < 10_000; n++) {
  const code = generate();
  const pairs = [0, 1, 2, 5, 6, 7, 10, 11, 12].filter((at) => code[at] !== code[at + 1]);
  if (pairs.some((at) => right(swapped(code, at)))) count += 1;
}
console.log('coupon-code:', count > 50 && count < 500 ? 'one or two of a hundred stay' : count, 'right');
console.log('coupon-code takes a code of cccodes for', right(process.argv[2]) ? 'right' : 'wrong');
JS
cat > try.py <<'PY'
import json

import cccodes
import coupon_codes

CODE = cccodes.generate()


def told(check, code):
    try:
        return "right" if check(code) else "wrong"
    except ValueError:
        return "ValueError"


def stays_right(check, code):
    pairs = [at for at in range(len(code) - 1) if code[at] != code[at + 1] and "-" not in code[at : at + 2]]
    return any(check(code[:at] + code[at + 1] + code[at] + code[at + 2 :]) for at in pairs)


ports = {
    "coupon-codes": (coupon_codes.cc_generate, coupon_codes.cc_validate),
    "cccodes": (cccodes.generate, cccodes.validate),
}
for name, (generate, check) in ports.items():
    print(f"{name}:", *[told(check, code) for code in json.load(open("codes.json"))])
    count = sum(stays_right(check, generate()) for _ in range(10_000))
    print(f"{name}:", "one or two of a hundred stay" if 50 < count < 500 else count, "right")
print("coupon-codes takes a code of cccodes for", told(coupon_codes.cc_validate, CODE))
print(CODE)
PY
venv/bin/python try.py > python.txt
{ node try.cjs "$(tail -1 python.txt)"; head -n -1 python.txt; } | tee seen
diff seen - <<'TEXT'
coupon-code: right right right right wrong wrong
coupon-code: one or two of a hundred stay right
coupon-code takes a code of cccodes for wrong
coupon-codes: right right wrong wrong wrong wrong
coupon-codes: one or two of a hundred stay right
cccodes: right right wrong ValueError right wrong
cccodes: one or two of a hundred stay right
coupon-codes takes a code of cccodes for wrong
TEXT
echo "as described: two of three ports refuse what the original takes, all three issue what it would skip"
