/** Slots over which a Redis Cluster spreads keys. */
export const SLOTS = 16_384;

/** CCITT CRC 16 with polynomial 0x1021 and initial value 0 (XMODEM), as the Redis Cluster specification says. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021) & 0xffff;
  }
  return crc;
}

/** The slot of a key: of its hash tag, the first text in braces, where it has one that is not empty. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return crc16(Buffer.from(close > open + 1 ? key.slice(open + 1, close) : key)) % SLOTS;
}

const tags = new Map<number, string>();

/** A text whose slot is the given one, for a key that must live on a certain master. It takes a few milliseconds to find. */
export function tagOf(slot: number): string {
  const known = tags.get(slot);
  if (known !== undefined) return known;
  let number = 0;
  while (slotOf(number.toString(36)) !== slot) number += 1;
  const tag = number.toString(36);
  tags.set(slot, tag);
  return tag;
}
