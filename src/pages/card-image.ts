import type { SKRSContext2D } from '@napi-rs/canvas';
import { BOLD, canvasLibrary, REGULAR } from '../common/canvas.js';

/** What programs that show links want: 1.91 to 1. */
export const CARD_WIDTH = 1_200;
export const CARD_HEIGHT = 630;

/** All that a card shows. */
export interface CardFace {
  readonly title: string;
  readonly merchant: string | undefined;
  readonly value: string | undefined;
  /** When it opens and closes, with the zone. */
  readonly times: readonly string[];
  readonly site: string;
  /** As `#rrggbb`; `undefined` for the site's own. */
  readonly color: string | undefined;
}

const ACCENT = '#0b6e5f';
const PAPER = '#ffffff';
const INK = '#17201e';
const SOFT = '#4c5a56';
const BAND = 24;
const LEFT = 84;
const TEXT_WIDTH = CARD_WIDTH - LEFT - 72;
const LOGO = 112;
const TITLE_LINES = 2;
/** No card has room for more, and longer ones would be measured in vain. */
const TEXT_MAX = 160;
/** A code point that has no character, and so no font either. */
const NO_CHARACTER = '\u{10FFFD}';

/**
 * Draws what a link to a drop is shown as elsewhere. A line with a character that no font of this machine has is left out: boxes
 * in its place say less than nothing. Some 25 ms of work; of which the PNG is encoded on another thread.
 * @param logo a picture that this program encoded itself
 * @returns a PNG of 1200 x 630 pixels
 */
export async function drawCard(face: CardFace, logo?: Buffer): Promise<Buffer> {
  const { createCanvas, loadImage, hanFamilies } = await canvasLibrary();
  const canvas = createCanvas(CARD_WIDTH, CARD_HEIGHT);
  const context = canvas.getContext('2d');
  const font = (size: number, family = REGULAR): string =>
    [`${size}px ${family}`, ...hanFamilies.map((name) => JSON.stringify(name))].join(', ');
  const legible = legibility(createCanvas(24, 24).getContext('2d'), font(16));

  context.fillStyle = PAPER;
  context.fillRect(0, 0, CARD_WIDTH, CARD_HEIGHT);
  context.fillStyle = face.color ?? ACCENT;
  context.fillRect(0, 0, BAND, CARD_HEIGHT);
  if (logo !== undefined) {
    const picture = await loadImage(logo);
    const scale = LOGO / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    context.drawImage(picture, CARD_WIDTH - 72 - width, 60, width, height);
  }
  const write = (text: string | undefined, y: number, size: number, ink: string, family?: string): void => {
    const line = plain(text ?? '');
    if (!legible(line)) return;
    context.font = font(size, family);
    context.fillStyle = ink;
    context.fillText(shortened(context, line, TEXT_WIDTH - (y < 200 ? LOGO + 24 : 0)), LEFT, y);
  };
  write(face.merchant, 128, 40, SOFT);
  const title = plain(face.title);
  if (legible(title)) {
    context.font = font(76, BOLD);
    context.fillStyle = INK;
    lines(context, title).forEach((line, row) => {
      context.fillText(line, LEFT, 246 + row * 92);
    });
  }
  write(face.value, 428, 52, INK, BOLD);
  face.times.forEach((text, row) => {
    write(text, 486 + row * 46, 32, SOFT);
  });
  write(face.site, 592, 26, SOFT, BOLD);
  return canvas.encode('png');
}

/** On one line, in whole characters. */
const plain = (text: string): string =>
  [...Buffer.from(text).toString().replace(/\s+/gu, ' ').trim()].slice(0, TEXT_MAX).join('');

/** Whether every character of a text has a picture in one of the fonts. */
function legibility(context: SKRSContext2D, font: string): (text: string) => boolean {
  const pictureOf = (character: string): string => {
    context.clearRect(0, 0, 24, 24);
    context.font = font;
    context.fillText(character, 2, 18);
    return Buffer.from(context.getImageData(0, 0, 24, 24).data.buffer).toString('base64');
  };
  const missing = pictureOf(NO_CHARACTER);
  return (text) => [...new Set(text)].every((character) => pictureOf(character) !== missing);
}

/** Broken between words, Chinese ones too. The last line ends in an ellipsis where there is more. */
function lines(context: SKRSContext2D, text: string): string[] {
  const words = [...new Intl.Segmenter('zh', { granularity: 'word' }).segment(text)];
  const found = [''];
  for (const { segment } of words) {
    const line = found.at(-1) ?? '';
    const room = found.length < TITLE_LINES && line !== '';
    if (room && context.measureText(line + segment).width > TEXT_WIDTH) found.push(segment.trimStart());
    else found[found.length - 1] = line + segment;
  }
  return found.map((line) => shortened(context, line.trimEnd(), TEXT_WIDTH));
}

function shortened(context: SKRSContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && context.measureText(`${characters.join('')}…`).width > width)
    characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
