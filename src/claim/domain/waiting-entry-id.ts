import { base32Number, base32Value, ID_LENGTH } from '../../common/ids.js';

const SHORT = 4;
/** For the places behind the first million of a list. */
const LONG = 7;

/** The id of a place in a waiting list: `wle_`, the 16 characters of its voucher, and its number. */
export const waitingEntryId = (voucherId: string, number: number): string =>
  `wle_${voucherId.slice(4)}${base32Number(number, number < 32 ** SHORT ? SHORT : LONG)}`;

/** The number of a place of this voucher; `undefined` where the text is the id of no such place. */
export function waitingEntryNumber(voucherId: string, id: string): number | undefined {
  const number = base32Value(id.slice('wle_'.length + ID_LENGTH));
  return number !== undefined && waitingEntryId(voucherId, number) === id ? number : undefined;
}
