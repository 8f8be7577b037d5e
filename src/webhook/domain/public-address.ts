import { isIP } from 'node:net';
import { isWithin, plainAddress } from '../../common/address.js';

/**
 * Ranges that are not the public internet: the IANA special-purpose registries of IPv4 (RFC 6890) and multicast. Of IPv6 only global
 * unicast (2000::/3) is public, which leaves out loopback, link-local, unique local and NAT64 (64:ff9b::/96, 64:ff9b:1::/48);
 * within it, what carries an IPv4 address (6to4, Teredo) or is reserved is refused too.
 */
const SPECIAL = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
];
const GLOBAL_UNICAST = '2000::/3';

/** Whether a request may go to this address without reaching something internal; `::ffff:10.0.0.1` is 10.0.0.1. */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address);
  if (isIP(plain) === 6 && !isWithin(plain, GLOBAL_UNICAST)) return false;
  return isIP(plain) !== 0 && !SPECIAL.some((range) => isWithin(plain, range));
}
