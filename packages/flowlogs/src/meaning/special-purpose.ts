/** What a special-purpose prefix is for. */
export interface SpecialPurpose {
  /** Name in the registry. */
  readonly name: string;
  /** The RFC that says so. */
  readonly source: string;
  /** Whether packets with such an address may cross the internet, as the registry has it. */
  readonly isGloballyReachable: boolean;
}

/**
 * The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and RFC 8190, with later entries), and the
 * multicast blocks, which no source address may have.
 */
export const specialPurposePrefixes: readonly (SpecialPurpose & { readonly prefix: string })[] = [
  entry('0.0.0.0/8', 'this network', 'RFC 791'),
  entry('10.0.0.0/8', 'private use', 'RFC 1918'),
  entry('100.64.0.0/10', 'shared address space', 'RFC 6598'),
  entry('127.0.0.0/8', 'loopback', 'RFC 1122'),
  entry('169.254.0.0/16', 'link local', 'RFC 3927'),
  entry('172.16.0.0/12', 'private use', 'RFC 1918'),
  entry('192.0.0.0/24', 'IETF protocol assignments', 'RFC 6890'),
  entry('192.0.0.0/29', 'IPv4 service continuity prefix', 'RFC 7335'),
  entry('192.0.0.8/32', 'IPv4 dummy address', 'RFC 7600'),
  entry('192.0.0.9/32', 'port control protocol anycast', 'RFC 7723', true),
  entry('192.0.0.10/32', 'TURN anycast', 'RFC 8155', true),
  entry('192.0.0.170/31', 'NAT64/DNS64 discovery', 'RFC 8880'),
  entry('192.0.2.0/24', 'documentation (TEST-NET-1)', 'RFC 5737'),
  entry('192.31.196.0/24', 'AS112-v4', 'RFC 7535', true),
  entry('192.52.193.0/24', 'AMT', 'RFC 7450', true),
  entry('192.88.99.0/24', 'deprecated 6to4 relay anycast', 'RFC 7526'),
  entry('192.168.0.0/16', 'private use', 'RFC 1918'),
  entry('192.175.48.0/24', 'direct delegation AS112 service', 'RFC 7534', true),
  entry('198.18.0.0/15', 'benchmarking', 'RFC 2544'),
  entry('198.51.100.0/24', 'documentation (TEST-NET-2)', 'RFC 5737'),
  entry('203.0.113.0/24', 'documentation (TEST-NET-3)', 'RFC 5737'),
  entry('224.0.0.0/4', 'multicast', 'RFC 5771'),
  entry('240.0.0.0/4', 'reserved', 'RFC 1112'),
  entry('255.255.255.255/32', 'limited broadcast', 'RFC 919'),
  entry('::1/128', 'loopback', 'RFC 4291'),
  entry('::/128', 'unspecified address', 'RFC 4291'),
  entry('64:ff9b::/96', 'IPv4-IPv6 translation', 'RFC 6052', true),
  entry('64:ff9b:1::/48', 'IPv4-IPv6 translation, local use', 'RFC 8215'),
  entry('100::/64', 'discard only', 'RFC 6666'),
  entry('100:0:0:1::/64', 'dummy IPv6 prefix', 'RFC 9780'),
  entry('2001::/23', 'IETF protocol assignments', 'RFC 2928'),
  entry('2001::/32', 'Teredo', 'RFC 4380'),
  entry('2001:1::1/128', 'port control protocol anycast', 'RFC 7723', true),
  entry('2001:1::2/128', 'TURN anycast', 'RFC 8155', true),
  entry('2001:1::3/128', 'DNS-SD service registration anycast', 'RFC 9665', true),
  entry('2001:2::/48', 'benchmarking', 'RFC 5180'),
  entry('2001:3::/32', 'AMT', 'RFC 7450', true),
  entry('2001:4:112::/48', 'AS112-v6', 'RFC 7535', true),
  entry('2001:10::/28', 'deprecated ORCHID', 'RFC 4843'),
  entry('2001:20::/28', 'ORCHIDv2', 'RFC 7343', true),
  entry('2001:30::/28', 'drone remote ID entity tags', 'RFC 9374', true),
  entry('2001:db8::/32', 'documentation', 'RFC 3849'),
  entry('2002::/16', '6to4', 'RFC 3056'),
  entry('2620:4f:8000::/48', 'direct delegation AS112 service', 'RFC 7534', true),
  entry('3fff::/20', 'documentation', 'RFC 9637'),
  entry('5f00::/16', 'segment routing (SRv6) SIDs', 'RFC 9602'),
  entry('fc00::/7', 'unique local', 'RFC 4193'),
  entry('fe80::/10', 'link local', 'RFC 4291'),
  entry('ff00::/8', 'multicast', 'RFC 4291'),
];

function entry(
  prefix: string,
  name: string,
  source: string,
  isGloballyReachable: boolean = false,
): SpecialPurpose & { readonly prefix: string } {
  return { prefix, name, source, isGloballyReachable };
}
