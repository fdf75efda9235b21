import { parseLinks, parseRoutesAndRules, type Snapshot } from '@net/iproute';

// What `ip -j -N -d` prints on an instance with two interfaces in one subnet and a container bridge, cut to the
// fields that matter here.
const links = [
  { ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP'], link_type: '[772]', addr_info: [] },
  eni(2, 'ens5', '02:00:5e:00:53:01', ['10.0.1.10', '10.0.1.11'], '2001:db8:1::10'),
  eni(3, 'ens6', '02:00:5e:00:53:02', ['10.0.1.20'], '2001:db8:1::20'),
  {
    ifindex: 4,
    ifname: 'docker0',
    flags: ['UP'],
    link_type: '[1]',
    linkinfo: { info_kind: 'bridge' },
    addr_info: [],
  },
];
const routes = [
  { dst: 'default', gateway: '10.0.1.1', dev: 'ens5', table: '254', protocol: '16', metric: 512, flags: [] },
  { dst: '10.0.1.0/24', dev: 'ens5', table: '254', protocol: '2', scope: '253', flags: [] },
  { dst: '10.0.1.0/24', dev: 'ens6', table: '254', protocol: '2', scope: '253', flags: [] },
  { dst: '172.17.0.0/16', dev: 'docker0', table: '254', protocol: '2', scope: '253', flags: [] },
];
const routes6 = [
  { dst: 'default', gateway: 'fe80::1', dev: 'ens5', table: '254', protocol: '9', metric: 1024, flags: [] },
  { dst: 'default', gateway: 'fe80::1', dev: 'ens6', table: '254', protocol: '9', metric: 2048, flags: [] },
  { dst: '2001:db8:1::/64', dev: 'ens6', table: '254', protocol: '9', metric: 512, flags: [] },
  { dst: '2001:db8:1::/64', dev: 'ens5', table: '254', protocol: '9', metric: 256, flags: [] },
];
const rules = [
  { priority: 0, src: 'all', table: '255', protocol: '2' },
  { priority: 32766, src: 'all', table: '254', protocol: '2' },
];

/** A recorded instance: what the plan of the demonstration is made from where nothing may be changed. */
export const recordedHost: Snapshot = record();

function record(): Snapshot {
  const parsed = parseLinks(links);
  const inet = parseRoutesAndRules('inet', routes, rules);
  const inet6 = parseRoutesAndRules('inet6', routes6, rules);
  return {
    links: parsed.links,
    addresses: parsed.addresses,
    routes: [...inet.routes, ...inet6.routes],
    rules: [...inet.rules, ...inet6.rules],
    families: ['inet', 'inet6'],
    nftTable: undefined,
    skipped: [],
  };
}

function eni(
  ifindex: number,
  ifname: string,
  address: string,
  inet: readonly string[],
  inet6: string,
): object {
  return {
    ifindex,
    ifname,
    flags: ['UP', 'LOWER_UP'],
    link_type: '[1]',
    address,
    addr_info: [
      ...inet.map((local) => ({ family: 'inet', local, prefixlen: 24, scope: '0' })),
      { family: 'inet6', local: inet6, prefixlen: 128, scope: '0' },
    ],
  };
}
