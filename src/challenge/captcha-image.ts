import type { SKRSContext2D } from '@napi-rs/canvas';
import { BOLD, canvasLibrary } from '../common/canvas.js';

const WIDTH = 220;
const HEIGHT = 72;
const INK = '#3a3f4b';
const PAPER = '#f4f1ea';
/** Columns of this width are shifted against each other; narrower looks smoother and takes longer. */
const SLICE = 2;

/** Random numbers in [0, 1); injected so that a test can repeat a picture. */
export type Random = () => number;

/**
 * Draws text so that people can read it and simple character recognition cannot: each glyph turned and sized on its own,
 * all bent along a wave, lines of the same ink across. It raises the price of a machine's answer, no more than that.
 * About 1 ms of this thread; the PNG is encoded on another.
 * @param text at most 10 characters
 * @returns a PNG of 220 x 72 pixels
 */
export async function drawCaptchaImage(text: string, random: Random = Math.random): Promise<Buffer> {
  const { createCanvas } = await canvasLibrary();
  const flat = createCanvas(WIDTH, HEIGHT);
  drawGlyphs(flat.getContext('2d'), text, random);

  const bent = createCanvas(WIDTH, HEIGHT);
  const target = bent.getContext('2d');
  target.fillStyle = PAPER;
  target.fillRect(0, 0, WIDTH, HEIGHT);
  const height = 3 + random() * 4;
  const length = 60 + random() * 50;
  const phase = random() * 2 * Math.PI;
  for (let x = 0; x < WIDTH; x += SLICE) {
    const shift = height * Math.sin(phase + (2 * Math.PI * x) / length);
    target.drawImage(flat, x, 0, SLICE, HEIGHT, x, shift, SLICE, HEIGHT);
  }
  drawNoise(target, random);
  return bent.encode('png');
}

function drawGlyphs(canvas: SKRSContext2D, text: string, random: Random): void {
  canvas.fillStyle = INK;
  canvas.textBaseline = 'middle';
  canvas.textAlign = 'center';
  const glyphs = [...text];
  const step = (WIDTH - 24) / glyphs.length;
  glyphs.forEach((glyph, index) => {
    const size = Math.min(step * 1.4, 46) * (0.85 + random() * 0.3);
    canvas.save();
    canvas.translate(12 + step * (index + 0.5) + (random() - 0.5) * 5, HEIGHT / 2 + (random() - 0.5) * 8);
    canvas.rotate((random() - 0.5) * 0.7);
    canvas.font = `${size.toFixed(1)}px ${BOLD}`;
    canvas.fillText(glyph, 0, 0);
    canvas.restore();
  });
}

function drawNoise(canvas: SKRSContext2D, random: Random): void {
  const y = () => HEIGHT * (0.15 + random() * 0.7);
  for (let line = 0; line < 3; line += 1) {
    canvas.strokeStyle = line % 2 === 0 ? INK : PAPER;
    canvas.lineWidth = 1.2 + random() * 1.3;
    canvas.beginPath();
    canvas.moveTo(0, y());
    canvas.bezierCurveTo(WIDTH * 0.33, y(), WIDTH * 0.66, y(), WIDTH, y());
    canvas.stroke();
  }
  canvas.fillStyle = INK;
  for (let dot = 0; dot < 60; dot += 1) canvas.fillRect(random() * WIDTH, random() * HEIGHT, 1.5, 1.5);
}
