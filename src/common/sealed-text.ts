import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What a look at all sealed texts of a table came to. */
export interface Resealed {
  /** Sealed anew with the present key. */
  readonly renewed: number;
  /** Opened by no key. */
  readonly unreadable: number;
}

/** A stretch of rows with sealed texts; each has its place in `id`. */
interface SealedRows<Row extends { readonly id: string }> {
  /** Those behind a row, in the order of their ids. @returns fewer than `limit` at the end */
  page(after: string, limit: number): Promise<readonly Row[]>;
  /** @returns whether some key opens the row */
  isReadable(row: Row): boolean;
  /** Seals anew what was sealed with an earlier key; one that changes meanwhile is left alone. @returns how many rows were changed */
  renew(row: Row): Promise<number>;
}

const RESEAL_ROWS = 200;

/** Walks through all rows of a table and seals anew what is of an earlier key. */
export async function resealAll<Row extends { readonly id: string }>(
  rows: SealedRows<Row>,
): Promise<Resealed> {
  let [renewed, unreadable, after] = [0, 0, ''];
  for (;;) {
    const page = await rows.page(after, RESEAL_ROWS);
    for (const row of page) {
      if (!rows.isReadable(row)) unreadable++;
      renewed += await rows.renew(row);
    }
    if (page.length < RESEAL_ROWS) return { renewed, unreadable };
    after = page.at(-1)?.id ?? '';
  }
}

/**
 * Text at rest that only this installation reads: AES-256-GCM (NIST SP 800-38D), bound to what it belongs to. Sealed with one key,
 * and opened with that or with one that came before it, so that a secret of the configuration can be changed.
 */
export class Seal {
  /**
   * @param key 32 bytes, for this purpose alone: see `deriveKey`
   * @param previous keys that texts may have been sealed with
   */
  constructor(
    private readonly key: Buffer,
    private readonly previous: readonly Buffer[] = [],
  ) {}

  /** @param owner the id of the row; under another it does not open */
  seal(owner: string, text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** `undefined` where the text was altered, or sealed for another owner or with another key. */
  open(owner: string, sealedText: string): string | undefined {
    for (const key of [this.key, ...this.previous]) {
      const text = opened(key, owner, sealedText);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** The same text sealed with the present key; `undefined` where it is already, or does not open. */
  renewed(owner: string, sealedText: string): string | undefined {
    if (opened(this.key, owner, sealedText) !== undefined) return undefined;
    const text = this.open(owner, sealedText);
    return text === undefined ? undefined : this.seal(owner, text);
  }
}

function opened(key: Buffer, owner: string, sealedText: string): string | undefined {
  const sealed = Buffer.from(sealedText, 'base64');
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(owner))
    .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
