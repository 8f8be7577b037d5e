import { writeFile } from 'node:fs/promises';
import { encode } from 'uqr';

const WIDTH = 640;
const HEIGHT = 480;
/** Pixels of a module: a code fills about half of the picture, as one that is held before a camera does. */
const MODULE = 8;
const [DARK, LIGHT, GREY] = [30, 225, 128];

/** What Chromium needs for a camera that shows a file, and for nobody to be asked whether it may. */
export const fakeCamera = (file: string): readonly string[] => [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-video-capture=${file}`,
];

/** Writes a film of one picture that is shown again and again: a QR code on a phone that is not quite in the middle. */
export async function filmOf(text: string, file: string): Promise<void> {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  const luma = Buffer.alloc(WIDTH * HEIGHT, GREY);
  const left = Math.round((WIDTH - size * MODULE) * 0.4);
  const top = Math.round((HEIGHT - size * MODULE) * 0.6);
  for (let y = 0; y < size * MODULE; y += 1) {
    for (let x = 0; x < size * MODULE; x += 1) {
      const dark = data[Math.floor(y / MODULE)]?.[Math.floor(x / MODULE)] === true;
      luma[(top + y) * WIDTH + left + x] = dark ? DARK : LIGHT;
    }
  }
  const chroma = Buffer.alloc((WIDTH / 2) * (HEIGHT / 2) * 2, 128);
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  await writeFile(file, Buffer.concat([header, Buffer.from('FRAME\n'), luma, chroma]));
}
