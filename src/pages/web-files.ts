import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../common/root.js';
import { Shell } from './shell.js';

/** A front of one page is a few hundred kilobytes; a folder with more is not one. */
const MAX_BYTES = 32 * 1_024 * 1_024;
const WORTH_COMPRESSING_BYTES = 1_024;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const TEXT = /^text\/|json|svg/;

export interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  /** `undefined` where it would gain nothing. */
  readonly gzip: Buffer | undefined;
  /** Its name changes with its content. */
  readonly immutable: boolean;
}

/**
 * The built web front in memory: a look into a map serves a file, and no path leads out of it. Empty where nothing was built:
 * then the program is an API and nothing more.
 */
export class WebFiles {
  private constructor(
    readonly shell: Shell | undefined,
    /** URL path -> file. */
    readonly assets: ReadonlyMap<string, Asset>,
  ) {}

  /**
   * @param folder from the program's own folder where it is relative
   * @param head added to the head of every page
   * @throws Error where it is no built front
   */
  static load(folder: string, head = ''): WebFiles {
    const root = resolve(ROOT, folder);
    const index = join(root, 'index.html');
    if (!existsSync(index)) return new WebFiles(undefined, new Map());
    const assets = new Map<string, Asset>();
    let total = 0;
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(root, file).split(sep).join('/')}`;
      const type = TYPES[extname(file)];
      // What begins with a dot is the build's own.
      if (!entry.isFile() || type === undefined || path.includes('/.')) continue;
      const bytes = readFileSync(file);
      total += bytes.length;
      if (total > MAX_BYTES) throw new Error(`WEB_DIR: ${root} has more than ${MAX_BYTES} bytes of files`);
      assets.set(path, assetOf(path, type, bytes));
    }
    return new WebFiles(
      new Shell(readFileSync(index, 'utf8').replace('</head>', () => `${head}</head>`)),
      assets,
    );
  }
}

function assetOf(path: string, type: string, bytes: Buffer): Asset {
  const packed =
    TEXT.test(type) && bytes.length >= WORTH_COMPRESSING_BYTES ? gzipSync(bytes, { level: 9 }) : undefined;
  return {
    type,
    etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    bytes,
    gzip: packed && packed.length < bytes.length ? packed : undefined,
    immutable: path.startsWith('/assets/'),
  };
}
