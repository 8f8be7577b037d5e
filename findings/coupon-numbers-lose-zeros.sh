#!/usr/bin/env bash
# Serialised coupon numbers of GS1 (SGCN, element 255) as an EPC. A serial is a string of digits, so 04711 and 4711 are two coupons: GS1's
# EPC Tag Data Standard has 04711 in its example, and puts a 1 before the digits in the binary form, so that zeros are kept. epc-tds
# 1.4.1 (npm), an "EPC Tag Data Standard encoding and decoding library", loses them where it writes, from a tag URI and from the number
# of the barcode: the two coupons get one tag, and so does each of the 10,000 numbered 00000 to 09999 with one of a shorter number. It
# reads tags whole. epcpy 0.1.8 (PyPI) keeps the zeros in both directions.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts epc-tds@1.4.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check epcpy==0.1.8
cat > try.py <<'PY'
from epcpy.epc_schemes.sgcn import SGCN, SGCNFilterValue

for serial in '04711', '4711':
    by_uri = SGCN.from_tag_uri(f'urn:epc:tag:sgcn-96:0.4012345.67890.{serial}')
    by_number = SGCN.from_gs1_element_string(f'(255)4012345678901{serial}', 7)
    tags = {f'{int(coupon.binary(SGCNFilterValue.ALL_OTHERS), 2):024X}' for coupon in (by_uri, by_number)}
    print(f'epcpy {serial}:', *tags, by_uri.gs1_key())
PY
cat > try.cjs <<'JS'
const { Sgcn96, fromTagURI, valueOf } = require('epc-tds');

const byUri = (serial) => fromTagURI(`urn:epc:tag:sgcn-96:0.4012345.67890.${serial}`);
const byNumber = (serial) => new Sgcn96().setFilter(0).setPartition(5).setSgcn(`4012345678901${serial}`);
for (const serial of ['04711', '4711']) {
  const tags = new Set([byUri(serial), byNumber(serial)].map((coupon) => coupon.toHexString()));
  console.log(`epc-tds ${serial}:`, ...tags, byUri(serial).toBarcode());
}
let others = 0;
for (let n = 0; n < 10_000; n++) {
  const serial = String(n).padStart(5, '0');
  if (byNumber(serial).toBarcode() !== `4012345678901${serial}`) others += 1;
}
console.log(`epc-tds: ${others} of 10000 others`);
console.log('epc-tds reads', valueOf(process.argv[2]).toIdURI());
JS
{ venv/bin/python try.py; node try.cjs 3F14F4E4E612640000019907; } | tee seen
diff seen - <<'TEXT'
epcpy 04711: 3F14F4E4E612640000019907 401234567890104711
epcpy 4711: 3F14F4E4E612640000003977 40123456789014711
epc-tds 04711: 3F14F4E4E612640000003977 40123456789014711
epc-tds 4711: 3F14F4E4E612640000003977 40123456789014711
epc-tds: 10000 of 10000 others
epc-tds reads urn:epc:id:sgcn:4012345.67890.04711
TEXT
echo "as described: one of two libraries gives two coupons one tag"
