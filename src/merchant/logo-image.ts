import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Sharp } from 'sharp';
import { invalidField, type Problem } from '../common/problems.js';

/** What a logo may be sent as. SVG is a program that draws; GIF and the rest gain a logo nothing. */
export const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
export const LOGO_MAX_BYTES = 512 * 1_024;

const FORMATS: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp']);
const LOADERS = ['VipsForeignLoadPng', 'VipsForeignLoadJpeg', 'VipsForeignLoadWebp'];
const MAX_PIXELS = 4_096 * 4_096;
const MIN_SIDE = 16;
const SIDE = 512;
const TIMEOUT_S = 5;

export interface Logo {
  /** Names these bytes and no others. */
  readonly hash: string;
  /** WebP. */
  readonly bytes: Buffer;
}

type Library = (bytes: Buffer) => Sharp;

/**
 * Makes a logo of what somebody sent: decoded, turned upright, made small and written anew, so that nothing of the sender's bytes is
 * ever served, and no metadata (places, names) either. One at a time: a picture takes a thread of the pool that passwords need too.
 */
@Injectable()
export class LogoImages {
  private library: Promise<Library> | undefined;
  private line: Promise<unknown> = Promise.resolve();

  /** @throws Problem validation_failed where it is no picture that can be a logo */
  make(bytes: Buffer): Promise<Logo> {
    const made = this.line.then(() => this.convert(bytes));
    this.line = made.catch(() => undefined);
    return made;
  }

  private async convert(bytes: Buffer): Promise<Logo> {
    const open = await (this.library ??= load());
    const { format, width, height } = await open(bytes)
      .metadata()
      .catch((error: unknown) => {
        throw refused(
          isTooLarge(error)
            ? TOO_MANY_PIXELS
            : { code: 'not_an_image', detail: 'cannot be read as a picture' },
          error,
        );
      });
    if (!FORMATS.has(format))
      throw refused({ code: 'not_an_image', detail: 'is not a PNG, JPEG or WebP picture' });
    if (width * height > MAX_PIXELS) throw refused(TOO_MANY_PIXELS);
    if (Math.min(width, height) < MIN_SIDE)
      throw refused({ code: 'image_too_small', detail: `must be at least ${MIN_SIDE} by ${MIN_SIDE}` });
    const webp = await open(bytes)
      .rotate()
      .resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 85 })
      .timeout({ seconds: TIMEOUT_S })
      .toBuffer()
      .catch((error: unknown) => {
        throw refused({ code: 'not_an_image', detail: 'the picture is damaged' }, error);
      });
    return { hash: createHash('sha256').update(webp).digest('base64url').slice(0, 22), bytes: webp };
  }
}

const TOO_MANY_PIXELS = { code: 'too_many_pixels', detail: `must have at most ${MAX_PIXELS} pixels` };

const isTooLarge = (error: unknown): boolean => error instanceof Error && /pixel limit/i.test(error.message);

const refused = (error: { code: string; detail: string }, cause?: unknown): Problem =>
  invalidField('', error.code, error.detail, cause);

/** With the first picture: a native library of some megabytes that most processes never need. Of its decoders three stay on. */
async function load(): Promise<Library> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
  return (bytes) => sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true });
}
