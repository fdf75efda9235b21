import type { MachineSnapshot } from './observe.js';

/** One thing that the doctor looked at. `fail`: the handler cannot start; `warn`: it starts, but see the advice. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; empty when nothing needs doing. */
  readonly advice: string;
}

/** Bytes that Gateway Load Balancer packets need on the wire: 8,500 inside and 68 around them. */
export const NEEDED_MTU = 8_568;

/** Judges a snapshot. Pure. */
export function examine(machine: MachineSnapshot): Finding[] {
  return [
    platform(machine),
    native(machine),
    capabilities(machine),
    kernelPath(machine),
    tunDevice(machine),
    port(machine),
    geneveDevices(machine),
    mtu(machine),
    receiveBuffer(machine),
    receiveErrors(machine),
    forwarding('IPv4 forwarding', machine.forwarding4, 'net.ipv4.ip_forward=1'),
    forwarding('IPv6 forwarding', machine.forwarding6, 'net.ipv6.conf.all.forwarding=1'),
    reversePath(machine),
    offloads(machine),
  ];
}

function platform({ platform: name, kernel }: MachineSnapshot): Finding {
  const state = name === 'linux' ? 'ok' : 'fail';
  return finding('system', state, `${name} ${kernel}`, state === 'ok' ? '' : 'Tunnels need Linux.');
}

function native({ nativeAvailable }: MachineSnapshot): Finding {
  return nativeAvailable
    ? finding('native data plane', 'ok', 'loads')
    : finding(
        'native data plane',
        'fail',
        'cannot be loaded',
        'Install with optional dependencies, or build @net/geneve-native.',
      );
}

function capabilities({ capabilities: held }: MachineSnapshot): Finding {
  if (!held) return finding('capabilities', 'warn', 'unknown');
  const missing = [...(held.netAdmin ? [] : ['CAP_NET_ADMIN']), ...(held.netRaw ? [] : ['CAP_NET_RAW'])];
  return missing.length === 0
    ? finding('capabilities', 'ok', 'CAP_NET_ADMIN, CAP_NET_RAW')
    : finding(
        'capabilities',
        'fail',
        `without ${missing.join(' and ')}`,
        'Run as root, or give the service these capabilities.',
      );
}

// What passes the kernel path is not seen by the chains of the network interface; whoever filters there must know.
function kernelPath({ capabilities: held, genevePort, kernelPath: probe }: MachineSnapshot): Finding {
  if (!held?.bpf)
    return finding(
      'kernel path',
      'warn',
      'without CAP_BPF and CAP_PERFMON',
      'Known flows then pass the threads; with these capabilities they stay in the kernel.',
    );
  if (probe && probe.reason !== '')
    return finding(
      'kernel path',
      'warn',
      `cannot be loaded: ${probe.reason}`,
      'Every packet then passes the threads; --datapath user says that this is meant.',
    );
  const verified = probe?.programs.map(({ name, verified: steps }) => `${name} in ${steps}`).join(', ');
  return finding(
    'kernel path',
    'ok',
    `${verified === undefined ? 'may be used' : `loads (verifier's steps: ${verified})`}; INPUT rules for UDP ${genevePort} do not see known flows then`,
  );
}

function tunDevice({ tunDevice: state }: MachineSnapshot): Finding {
  if (state === 'usable') return finding('/dev/net/tun', 'ok', 'usable');
  return state === 'denied'
    ? finding('/dev/net/tun', 'fail', 'not allowed', 'Make it readable and writable for this user.')
    : finding(
        '/dev/net/tun',
        'fail',
        'missing',
        'Load the module: modprobe tun. In a container pass the device in.',
      );
}

function port({ portHolders, genevePort }: MachineSnapshot): Finding {
  const check = `UDP port ${genevePort}`;
  return portHolders.length === 0
    ? finding(check, 'ok', 'free')
    : finding(
        check,
        'fail',
        `taken on ${portHolders.join(', ')}`,
        'Stop the other program; ss -ulpn shows it. Two instances share the port only with --share-port.',
      );
}

function geneveDevices({ geneveDevices: devices }: MachineSnapshot): Finding {
  return devices.length === 0
    ? finding('kernel Geneve devices', 'ok', 'none')
    : finding(
        'kernel Geneve devices',
        'warn',
        devices.join(', '),
        'A Geneve device on the same port keeps the handler from receiving.',
      );
}

function mtu({ uplink }: MachineSnapshot): Finding {
  if (!uplink)
    return finding(
      'MTU',
      'warn',
      'no default route',
      `The interface towards the load balancer needs an MTU of ${NEEDED_MTU}.`,
    );
  const found = `${uplink.device} has ${uplink.mtu}`;
  return uplink.mtu >= NEEDED_MTU
    ? finding('MTU', 'ok', found)
    : finding(
        'MTU',
        'warn',
        found,
        `Packets of 8500 bytes come with 68 more: set an MTU of ${NEEDED_MTU} or 9001.`,
      );
}

function receiveBuffer({ receiveBufferMaxBytes: bytes, capabilities: held }: MachineSnapshot): Finding {
  if (bytes === undefined) return finding('receive buffer', 'warn', 'unknown');
  const found = `net.core.rmem_max is ${bytes}`;
  // With CAP_NET_ADMIN the handler may set what it wants (SO_RCVBUFFORCE).
  if (bytes >= 4 << 20 || held?.netAdmin === true) return finding('receive buffer', 'ok', found);
  return finding('receive buffer', 'warn', found, 'For bursts: sysctl -w net.core.rmem_max=16777216');
}

function receiveErrors({ udpReceiveErrors: errors }: MachineSnapshot): Finding {
  if (errors === undefined || errors === 0)
    return finding('receive buffer errors', 'ok', errors === 0 ? 'none' : 'unknown');
  return finding(
    'receive buffer errors',
    'warn',
    `${errors} since boot`,
    'A UDP socket was full: raise --receive-buffer or give more threads.',
  );
}

function forwarding(check: string, on: boolean | undefined, setting: string): Finding {
  if (on === undefined) return finding(check, 'warn', 'unknown');
  return on
    ? finding(check, 'ok', 'on')
    : finding(
        check,
        'warn',
        'off',
        `Routed and NAT set-ups need it: sysctl -w ${setting}. Redirection by tc does not.`,
      );
}

/** The kernel uses the greater of `all` and the device's own value (ip-sysctl, rp_filter). */
function reversePath({ reversePathFilters: filters }: MachineSnapshot): Finding {
  const all = filters.find(({ device }) => device === 'all')?.value ?? 0;
  const strict = filters
    .filter(({ device, value }) => device !== 'all' && Math.max(value, all) === 1)
    .map(({ device }) => device);
  if (strict.length === 0) return finding('reverse path filter', 'ok', 'not strict');
  return finding(
    'reverse path filter',
    'warn',
    `strict on ${strict.join(', ')}`,
    'Packets on gwi- interfaces come from addresses that are routed elsewhere: turn it off there, in the CREATE hook, and for all.',
  );
}

function offloads({ kernel }: MachineSnapshot): Finding {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  const atLeast = (m: number, n: number): boolean => major > m || (major === m && minor >= n);
  if (atLeast(6, 2)) return finding('offloads', 'ok', 'TCP and UDP segmentation on tun');
  if (atLeast(5, 0))
    return finding('offloads', 'ok', 'TCP segmentation on tun; UDP segmentation needs Linux 6.2');
  return finding('offloads', 'warn', `Linux ${kernel}`, 'UDP receive offload needs Linux 5.0.');
}

function finding(check: string, state: Finding['state'], found: string, advice = ''): Finding {
  return { check, state, found, advice };
}
