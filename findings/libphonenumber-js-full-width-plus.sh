#!/usr/bin/env bash
# The same mobile number typed on a Chinese keyboard in full-width form, plus sign included. google-libphonenumber 3.2.47
# (npm) and phonenumbers 9.0.43 (PyPI) read it as +8613800138000. libphonenumber-js 1.13.16 answers undefined, though it reads
# the full-width digits after an ASCII plus. A server and a client that use different ports disagree about who a person is.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit libphonenumber-js@1.13.16 google-libphonenumber@3.2.47
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check phonenumbers==9.0.43
cat > try.mjs <<'JS'
import assert from 'node:assert/strict';
import google from 'google-libphonenumber';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

const digits = String.fromCodePoint(...[...'8613800138000'].map((digit) => digit.codePointAt(0) + 0xfee0));
const util = google.PhoneNumberUtil.getInstance();
const byGoogle = (text) => util.format(util.parse(text), google.PhoneNumberFormat.E164);
const byJs = (text) => parsePhoneNumberFromString(text)?.number;
for (const plus of ['+', '\uff0b']) console.log(plus + digits, { google: byGoogle(plus + digits), js: byJs(plus + digits) });
assert.equal(byGoogle('\uff0b' + digits), '+8613800138000');
assert.equal(byJs('+' + digits), '+8613800138000');
assert.equal(byJs('\uff0b' + digits), undefined);
JS
node try.mjs
venv/bin/python - <<'PY'
import phonenumbers

text = '\uff0b' + ''.join(chr(ord(digit) + 0xFEE0) for digit in '8613800138000')
number = phonenumbers.format_number(phonenumbers.parse(text), phonenumbers.PhoneNumberFormat.E164)
print(text, {'phonenumbers': number})
assert number == '+8613800138000', number
PY
echo "as described: libphonenumber-js 1.13.16 alone does not read the full-width plus sign"
