// What the machine itself must have, for which purpose, and how each distribution calls it.

/** @typedef {{command: string, apt: string, dnf: string, for: ('start'|'test')[], without: string}} SystemPackage */

/** @type {readonly SystemPackage[]} */
export const systemPackages = [
  {
    command: 'g++',
    apt: 'g++',
    dnf: 'gcc-c++',
    for: ['start', 'test'],
    without: 'the native data plane is not built: gwlbtun and its suites are skipped',
  },
  {
    command: 'cmake',
    apt: 'cmake',
    dnf: 'cmake',
    for: ['start', 'test'],
    without: 'the native data plane is not built: gwlbtun and its suites are skipped',
  },
  {
    command: 'make',
    apt: 'make',
    dnf: 'make',
    for: ['start', 'test'],
    without: 'the native data plane is not built: gwlbtun and its suites are skipped',
  },
  {
    command: 'ip',
    apt: 'iproute2',
    dnf: 'iproute',
    for: ['start', 'test'],
    without: 'the network namespace suites of iproute, multi-eni-routing and gwlbtun are skipped',
  },
  {
    command: 'nft',
    apt: 'nftables',
    dnf: 'nftables',
    for: ['start', 'test'],
    without: 'the nftables suites of iproute, multi-eni-routing and gwlbtun are skipped',
  },
  {
    command: 'tc',
    apt: 'iproute2',
    dnf: 'iproute-tc',
    for: ['start', 'test'],
    without: 'the one-arm suites of gwlbtun are skipped',
  },
  {
    command: 'iptables',
    apt: 'iptables',
    dnf: 'iptables-nft',
    for: ['test'],
    without: 'the foreign-firewall suites of multi-eni-routing are skipped',
  },
  {
    command: 'ethtool',
    apt: 'ethtool',
    dnf: 'ethtool',
    for: ['test'],
    without: 'the offload suites of gwlbtun are skipped',
  },
  {
    command: 'iperf3',
    apt: 'iperf3',
    dnf: 'iperf3',
    for: ['test'],
    without: 'the bulk TCP suite of gwlbtun is skipped',
  },
  {
    command: 'redis-server',
    apt: 'redis-server',
    dnf: 'redis6',
    for: ['test'],
    without: 'the Redis suites of connection-tracker are skipped',
  },
  {
    command: 'redis-cli',
    apt: 'redis-tools',
    dnf: 'redis6',
    for: ['test'],
    without: 'the Cluster and Sentinel suites of connection-tracker are skipped',
  },
  {
    command: 'openssl',
    apt: 'openssl',
    dnf: 'openssl',
    for: ['test'],
    without: 'the TLS suites of connection-tracker are skipped',
  },
  {
    command: 'chromium',
    apt: 'chromium',
    dnf: 'chromium',
    for: ['test'],
    without: 'the web page suites of connection-tracker are skipped',
  },
];
