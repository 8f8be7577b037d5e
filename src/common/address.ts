import { isIP, isIPv6 as matchesIPv6, SocketAddress } from 'node:net';

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, as that is what one subscriber gets
 * (RFC 6177, section 2). `::ffff:1.2.3.4` is 1.2.3.4.
 * @param ip an address as the socket or a trusted proxy names it
 * @returns `203.0.113.7`, or `2001:db8:1:2::/64`; what is no address is returned as it is
 */
export function clientKey(ip: string): string {
  const bare = withoutZone(ip);
  if (!isIPv6(bare)) return bare;
  const groups = expand(bare);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return embeddedV4(groups);
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The address itself in its plain form: `::ffff:1.2.3.4` becomes 1.2.3.4, a zone is dropped. */
export function plainAddress(ip: string): string {
  const bare = withoutZone(ip).toLowerCase();
  if (!isIPv6(bare)) return bare;
  const groups = expand(bare);
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff ? embeddedV4(groups) : bare;
}

/** `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** Addresses that share their first `prefix` bits, of 128: IPv4 stands at ::ffff:0:0/96, so that there is one kind only. */
export interface AddressRange {
  /** The shared bits, right-aligned: an address lies in the range if its first `prefix` bits are these. */
  readonly head: bigint;
  readonly prefix: number;
}

/** The 128 bits of an address; `undefined` for what is none. */
export function addressBits(ip: string): bigint | undefined {
  const family = isIP(ip);
  if (family === 0 || ip.includes('%')) return undefined;
  if (family === 4)
    return MAPPED | BigInt(ip.split('.').reduce((bits, byte) => bits * 256 + Number(byte), 0));
  return expand(ip).reduce((bits, group) => (bits << 16n) | BigInt(group), 0n);
}

const MAPPED = 0xffffn << 32n;

/** Whether these bits are an IPv4 address. A range of fewer than 96 bits is one of IPv6 and holds none of them. */
export const isV4Bits = (bits: bigint): boolean => bits >> 32n === 0xffffn;

/** Reads what `isAddressRange` takes; bits behind the prefix do not count. */
export function addressRange(text: string): AddressRange | undefined {
  if (!isAddressRange(text)) return undefined;
  const [ip = '', length] = text.split('/');
  const bits = addressBits(ip);
  if (bits === undefined) return undefined;
  const prefix = length === undefined ? 128 : Number(length) + (isIP(ip) === 4 ? 96 : 0);
  return { head: bits >> BigInt(128 - prefix), prefix };
}

/** Whether an address lies in a range that `isAddressRange` takes; what is no address lies in none. */
export function isWithin(ip: string, text: string): boolean {
  const range = addressRange(text);
  const bits = addressBits(ip);
  return range !== undefined && bits !== undefined && bits >> BigInt(128 - range.prefix) === range.head;
}

/** The one way to write a range: `203.0.113.0/24`, `2001:db8::/32`, a single address without a prefix. */
export function rangeText({ head, prefix }: AddressRange): string {
  const bits = head << BigInt(128 - prefix);
  const groups = Array.from({ length: 8 }, (_none, i) => Number((bits >> BigInt(112 - 16 * i)) & 0xffffn));
  const isV4 = prefix >= 96 && isV4Bits(bits);
  const length = prefix === 128 ? '' : `/${isV4 ? prefix - 96 : prefix}`;
  if (isV4) return embeddedV4(groups) + length;
  const long = groups.map((group) => group.toString(16)).join(':');
  return new SocketAddress({ address: long, family: 'ipv6' }).address + length;
}

const withoutZone = (ip: string): string => (ip.includes('%') ? ip.replace(/%.*$/, '') : ip);

/** Asked of every request, and mostly of IPv4. */
const isIPv6 = (ip: string): boolean => ip.includes(':') && matchesIPv6(ip);

/** The eight groups of a valid IPv6 address. */
function expand(ip: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  const text = dotted ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}` : ip;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(gap).fill('0'), ...right].map((group) => parseInt(group, 16));
}

const hex = (high: string | undefined, low: string | undefined): string =>
  (Number(high) * 256 + Number(low)).toString(16);

const embeddedV4 = (groups: readonly number[]): string =>
  [groups[6] ?? 0, groups[7] ?? 0].map((group) => `${group >> 8}.${group & 255}`).join('.');
