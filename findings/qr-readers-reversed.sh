#!/usr/bin/env bash
# A QR code in light on dark, as a page in a dark theme may draw it; ISO/IEC 18004 allows the reversal of reflectance. jsQR 1.4.0 and
# zxing-wasm 3.1.6 read it by default. @zxing/library 0.21.3 (without its hint for it) and @undecaf/zbar-wasm 0.11.0 find nothing, though
# both read the same code in dark on light, and with a margin of one module where the standard wants four.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts \
  qrcode@1.5.4 pngjs@7.0.0 jsqr@1.4.0 zxing-wasm@3.1.6 @zxing/library@0.21.3 @undecaf/zbar-wasm@0.11.0
cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import QRCode from 'qrcode';
import { scanImageData } from '@undecaf/zbar-wasm';
import zxing from '@zxing/library';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const { BinaryBitmap, HybridBinarizer, QRCodeReader, RGBLuminanceSource } = zxing;
const CODE = '7K3M-9XQ2-4HTP-W8RA';
const PADDING = 120;
prepareZXingModule({
  overrides: { wasmBinary: readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm') },
});

/** The code in the middle of a larger picture of one grey. */
async function picture(options, grey) {
  const code = PNG.sync.read(await QRCode.toBuffer(CODE, { type: 'png', scale: 6, ...options }));
  const page = new PNG({ width: code.width + 2 * PADDING, height: code.height + 2 * PADDING });
  for (let at = 0; at < page.data.length; at += 4) page.data.set([grey, grey, grey, 255], at);
  PNG.bitblt(code, page, 0, 0, code.width, code.height, PADDING, PADDING);
  return { data: new Uint8ClampedArray(page.data), width: page.width, height: page.height, colorSpace: 'srgb' };
}

function byZxingLibrary({ data, width, height }) {
  const grey = Uint8ClampedArray.from({ length: width * height }, (_, n) => data[4 * n]);
  try {
    const source = new RGBLuminanceSource(grey, width, height);
    return new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(source))).getText();
  } catch {
    return undefined;
  }
}

const REVERSED = { color: { dark: '#ffffff', light: '#000000' } };
const pictures = {
  'dark on light': await picture({ margin: 4 }, 255),
  'dark on light, margin 1': await picture({ margin: 1 }, 0),
  'light on dark': await picture({ margin: 4, ...REVERSED }, 0),
};
for (const [name, image] of Object.entries(pictures)) {
  const read = {
    jsQR: jsQR(image.data, image.width, image.height)?.data,
    'zxing-wasm': (await readBarcodes(image, { formats: ['QRCode'] }))[0]?.text,
    '@zxing/library': byZxingLibrary(image),
    'zbar-wasm': (await scanImageData(image))[0]?.decode(),
  };
  const readers = Object.entries(read).filter(([, text]) => text === CODE);
  console.log(`${name}: ${readers.map(([reader]) => reader).join(', ')}`);
}
JS
node try.mjs | tee read
diff read - <<'TEXT'
dark on light: jsQR, zxing-wasm, @zxing/library, zbar-wasm
dark on light, margin 1: jsQR, zxing-wasm, @zxing/library, zbar-wasm
light on dark: jsQR, zxing-wasm
TEXT
echo "as described: two of four readers do not see a code in light on dark"
