import { type Address, parseAddress } from '../record/address.js';
import { parsePrefix } from './prefix.js';
import { PrefixTable } from './prefix-table.js';

/**
 * Whether the first connection tracker took an address for private: `is_private` of Python 3.5's `ipaddress`. It knows
 * neither 100.64.0.0/10 nor multicast, which are public here. Undefined when the text is no address.
 */
export function isOriginalPrivate(address: string | Address): boolean | undefined {
  const parsed = typeof address === 'string' ? parseAddress(address) : address;
  return parsed === undefined ? undefined : table.match(parsed) === true;
}

const table = new PrefixTable<true>();
for (const text of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/29',
  '192.0.0.170/31',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::1/128',
  '::/128',
  '100::/64',
  '2001::/23',
  '2001:2::/48',
  '2001:db8::/32',
  '2001:10::/28',
  'fc00::/7',
  'fe80::/10',
]) {
  table.add(parsePrefix(text)!, true);
}
