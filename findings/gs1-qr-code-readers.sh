#!/usr/bin/env bash
# A coupon as a GS1 QR Code, drawn by bwip-js 4.11.4: number, value and last day, in digits and capitals, and the same number with small
# letters. Between elements stands a separator, which ISO/IEC 18004 (2006, 6.4.8) writes as % in alphanumeric mode, as character 29 in byte
# mode; a reader gives character 29 for both, and % for %%. jsQR 1.4.0 (npm) gives % and %%, so the value of the coupon becomes part
# of its number; qr 0.7.0 (npm) reads no GS1 QR Code at all, though the same elements in a plain one. zxing-wasm 3.1.6, @zxing/library
# 0.21.3, @undecaf/zbar-wasm 0.11.0 and @nuintun/qrcode 5.0.3 (npm) are right.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts bwip-js@4.11.4 pngjs@7.0.0 jsqr@1.4.0 qr@0.7.0 zxing-wasm@3.1.6 \
  @zxing/library@0.21.3 @undecaf/zbar-wasm@0.11.0 @nuintun/qrcode@5.0.3
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { binarize, Decoder, Detector, grayscale } from '@nuintun/qrcode';
import { scanImageData } from '@undecaf/zbar-wasm';
import zxing from '@zxing/library';
import bwip from 'bwip-js';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import decodeQR from 'qr/decode.js';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

prepareZXingModule({ overrides: { wasmBinary: readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm') } });

function byZxingLibrary({ data, width, height }) {
  const grey = Uint8ClampedArray.from({ length: width * height }, (_, n) => data[4 * n]);
  const bitmap = new zxing.BinaryBitmap(new zxing.HybridBinarizer(new zxing.RGBLuminanceSource(grey, width, height)));
  return new zxing.QRCodeReader().decode(bitmap).getText();
}

function byNuintun(image) {
  const bitmap = binarize(grayscale(image), image.width, image.height);
  const { matrix } = new Detector().detect(bitmap).next().value;
  return new Decoder().decode(matrix).content;
}

const readers = {
  jsQR: ({ data, width, height }) => jsQR(data, width, height).data,
  qr: decodeQR,
  'zxing-wasm': async (image) => (await readBarcodes(image, { textMode: 'Plain' }))[0].text,
  '@zxing/library': byZxingLibrary,
  'zbar-wasm': async (image) => (await scanImageData(image))[0].decode(),
  '@nuintun/qrcode': byNuintun,
};
const codes = [
  { bcid: 'gs1qrcode', text: '(255)9501101530003000123(3902)250(17)261231' },
  { bcid: 'gs1qrcode', text: '(01)09501101530003(10)5%OFF(21)A7' },
  { bcid: 'gs1qrcode', text: '(01)09501101530003(10)tea(21)a7' },
  { bcid: 'qrcode', text: '010950110153000310TEA7' },
];
const pictures = [];
for (const code of codes) {
  const { data, width, height } = PNG.sync.read(await bwip.toBuffer({ ...code, scale: 6, padding: 24, backgroundcolor: 'FFFFFF' }));
  pictures.push({ data: new Uint8ClampedArray(data), width, height, colorSpace: 'srgb' });
}
for (const [name, read] of Object.entries(readers)) {
  const texts = [];
  for (const picture of pictures) {
    try {
      texts.push((await read(picture)).replaceAll('\x1d', '<GS>'));
    } catch {
      texts.push('nothing');
    }
  }
  console.log(`${name}: ${texts.join(' ')}`);
}
JS
node read.mjs | tee read
RIGHT='2559501101530003000123<GS>3902250<GS>17261231 0109501101530003105%OFF<GS>21A7 010950110153000310tea<GS>21a7 010950110153000310TEA7'
diff read - <<TEXT
jsQR: 2559501101530003000123%3902250%17261231 0109501101530003105%%OFF%21A7 010950110153000310tea<GS>21a7 010950110153000310TEA7
qr: nothing nothing nothing 010950110153000310TEA7
zxing-wasm: $RIGHT
@zxing/library: $RIGHT
zbar-wasm: $RIGHT
@nuintun/qrcode: $RIGHT
TEXT
echo "as described: one of six readers keeps the % between elements, one sees no GS1 QR Code"
