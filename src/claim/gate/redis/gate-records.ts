import type { RebuildUser } from '../gate-rebuild.js';
import type { PendingOfOne } from '../gate-pending.js';
import { shortUserId } from './short-user-ids.js';

/** What a user has of a voucher, as the hash `claims` in Redis keeps it; the form stands in lua/README.md. */

/** Field of a voucher's state: users may be under their short id, and what they have may be packed. Older scripts cannot read either. */
export const PACKED = { packed: '1' } as const;

/** Letter, sequence, time taken, ms until the end. */
const PACKED_LENGTH = 14;
const PACKED_KINDS = 'IH';

const SEPARATOR = ';';
const RECORD =
  /^(?<ordinal>\d+)(?<kind>[PIRHC])(?<sequence>\d+)\|(?<at>\d+)(?:\|(?<third>[^|]*))?(?:\|(?<reason>.*))?$/;

/** How a record's letter tells what the ledger said. */
export const KIND = { issued: 'I', held: 'H', rejected: 'R' } as const;

export type HeldRecord = {
  readonly ordinal: number;
  readonly sequence: number;
  readonly at: number;
} & (
  | { readonly status: 'pending'; readonly idempotency?: string }
  | { readonly status: 'issued' | 'rejected' | 'held'; readonly endedAt: number; readonly reason?: string }
  | { readonly status: 'given-back' }
);

/** Fields of which one at most has what a user has. */
export const fieldsOf = (userId: string): [string, ...string[]] => {
  const short = shortUserId(userId);
  return short === '' ? [userId] : [userId, short];
};

/** What Redis keeps, as text. */
export function textOf(value: Buffer): string {
  const kind = String.fromCharCode(value[0] ?? 0);
  if (value.length !== PACKED_LENGTH || !PACKED_KINDS.includes(kind)) return value.toString();
  return `1${kind}${value.readUInt32BE(1)}|${value.readUIntBE(5, 6)}|${value.readUIntBE(11, 3)}`;
}

/** @returns `undefined` where the user has no such claim, or the gate no longer knows its details */
export function recordOf(text: string | null | undefined, ordinal: number): HeldRecord | undefined {
  const start = `${ordinal}`;
  for (const part of text?.split(SEPARATOR) ?? []) {
    const found = part.startsWith(start) ? RECORD.exec(part)?.groups : undefined;
    if (found?.['ordinal'] !== start) continue;
    const { kind, third, reason } = found;
    const at = Number(found['at']);
    const held = { ordinal, sequence: Number(found['sequence']), at };
    if (kind === 'P') return { ...held, status: 'pending', ...(third ? { idempotency: third } : {}) };
    if (kind === 'C') return { ...held, status: 'given-back' };
    return {
      ...held,
      status: kind === 'R' ? 'rejected' : kind === 'H' ? 'held' : 'issued',
      endedAt: at + Number(third),
      ...(reason ? { reason } : {}),
    };
  }
  return undefined;
}

/** Of a user's claims that count, those that the gate was told are rows: how many, and the ordinals whose records it has. */
export function issuedOf(text: string): { readonly count: number; readonly ordinals: readonly number[] } {
  const parts = text.split(SEPARATOR);
  const live = /^(\d+):\d+$/.exec(parts[0] ?? '')?.[1];
  const kinds = parts.flatMap((part) => {
    const { ordinal, kind } = RECORD.exec(part)?.groups ?? {};
    return kind === undefined ? [] : [{ ordinal: Number(ordinal), kind }];
  });
  const ordinals = kinds.filter(({ kind }) => kind === 'I' || kind === 'H').map(({ ordinal }) => ordinal);
  if (live === undefined) return { count: ordinals.length, ordinals };
  return { count: Number(live) - kinds.filter(({ kind }) => kind === 'P').length, ordinals };
}

/** Of a user's claims those that are pending. */
export function pendingIn(text: string | undefined): PendingOfOne[] {
  return (text?.split(SEPARATOR) ?? []).flatMap((part) => {
    const { ordinal, kind, sequence, at } = RECORD.exec(part)?.groups ?? {};
    return kind === 'P' ? [{ ordinal: Number(ordinal), sequence: Number(sequence), at: Number(at) }] : [];
  });
}

interface PendingRecord {
  readonly ordinal: number;
  readonly sequence: number;
  readonly at: number;
  readonly idempotency?: string;
}

/** A user of a rebuilt gate: of the claims that are rows only their number and the highest ordinal are known. */
export function rebuiltUser(live: number, last: number, pending: readonly PendingRecord[] = []): string {
  const records = pending.map(
    ({ ordinal, sequence, at, idempotency }) =>
      `${ordinal}P${sequence}|${at}${idempotency === undefined ? '' : `|${idempotency}`}`,
  );
  return [`${live}:${last}`, ...records].join(SEPARATOR);
}

/** What a rebuild writes of users: fields of the claims and of the keys, scores and members of the pending list. */
export function rebuiltChunk(users: readonly RebuildUser[]) {
  const claims: Record<string, string> = {};
  const keys: Record<string, string> = {};
  const pending: (number | string)[] = [];
  for (const user of users) {
    // An older program beside this one ends claims by the long id.
    const name = user.pending?.length ? user.userId : shortUserId(user.userId) || user.userId;
    claims[name] = rebuiltUser(user.live, user.last, user.pending);
    for (const held of user.keys)
      keys[`${user.userId}|${held.key}`] = `${held.ordinal}|${held.fingerprint}|${held.at}`;
    for (const { ordinal, at } of user.pending ?? []) pending.push(at, `${user.userId}:${ordinal}`);
  }
  return { claims, keys, pending };
}
