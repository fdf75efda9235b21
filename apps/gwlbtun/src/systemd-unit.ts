import { systemdServiceUnit } from '@net/cli';

/**
 * A unit with CAP_NET_ADMIN and CAP_NET_RAW and nothing else, with the kernel path also CAP_BPF and CAP_PERFMON; options
 * come from /etc/gwlbtun/environment as GWLBTUN_*.
 */
export function systemdUnit(program: string, kernelPath = false): string {
  return systemdServiceUnit({
    description: 'Tunnel handler for AWS Gateway Load Balancer',
    execStart: [program, 'run'],
    type: 'notify',
    environmentFiles: ['/etc/gwlbtun/environment'],
    restart: 'on-failure',
    restartSeconds: 1,
    watchdogSeconds: 60,
    capabilities: ['CAP_NET_ADMIN', 'CAP_NET_RAW', ...(kernelPath ? ['CAP_BPF', 'CAP_PERFMON'] : [])],
    // Hooks use ip and nft (netlink); returns leave by packet sockets.
    addressFamilies: ['AF_NETLINK', 'AF_PACKET'],
    devices: ['/dev/net/tun'],
    stateDirectory: 'gwlbtun',
    changesKernelSettings: true,
  });
}
