import { isNativeAvailable, type KernelProbe, probeKernelPath } from '@net/geneve-native';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';

/** What the doctor looks at; `undefined` where it could not be read. Plain data. */
export interface MachineSnapshot {
  readonly platform: string;
  readonly kernel: string;
  readonly capabilities:
    | { readonly netAdmin: boolean; readonly netRaw: boolean; readonly bpf: boolean }
    | undefined;
  readonly tunDevice: 'usable' | 'missing' | 'denied';
  readonly nativeAvailable: boolean;
  readonly receiveBufferMaxBytes: number | undefined;
  readonly forwarding4: boolean | undefined;
  readonly forwarding6: boolean | undefined;
  /** rp_filter of `all`, `default` and every gwi- interface. */
  readonly reversePathFilters: readonly { readonly device: string; readonly value: number }[];
  /** The interface of the default route. */
  readonly uplink: { readonly device: string; readonly mtu: number } | undefined;
  /** Who has the Geneve port: local addresses of UDP sockets on it. */
  readonly portHolders: readonly string[];
  readonly genevePort: number;
  /** gwi- and gwo- interfaces that exist. */
  readonly tunnelDevices: readonly string[];
  /** The kernel's own Geneve devices, which take packets of their port away. */
  readonly geneveDevices: readonly string[];
  readonly udpReceiveErrors: number | undefined;
  /** What this kernel makes of the kernel path's programs; absent when it was not asked. */
  readonly kernelPath?: KernelProbe | undefined;
}

/**
 * Looks at the machine as `observeMachine` does, and has the kernel load the programs of the kernel path, attached to
 * nothing, and let go of them again.
 */
export async function observeWithKernelPath(genevePort: number): Promise<MachineSnapshot> {
  const machine = await observeMachine(genevePort);
  return machine.nativeAvailable ? { ...machine, kernelPath: probeKernelPath() } : machine;
}

/** Looks at the machine. Reads only; never throws. */
export async function observeMachine(
  genevePort: number,
  proc = '/proc',
  sys = '/sys',
): Promise<MachineSnapshot> {
  const devices = list(`${sys}/class/net`);
  const tunnelDevices = devices.filter((name) => /^gw[io]-/.test(name));
  const filtered = ['all', 'default', ...tunnelDevices.filter((name) => name.startsWith('gwi-'))];
  return {
    platform: process.platform,
    kernel: release(),
    capabilities: readCapabilities(`${proc}/self/status`),
    tunDevice: tunDeviceState(),
    nativeAvailable: isNativeAvailable(),
    receiveBufferMaxBytes: readNumber(`${proc}/sys/net/core/rmem_max`),
    forwarding4: readFlag(`${proc}/sys/net/ipv4/ip_forward`),
    forwarding6: readFlag(`${proc}/sys/net/ipv6/conf/all/forwarding`),
    reversePathFilters: filtered.flatMap((device) => {
      const value = readNumber(`${proc}/sys/net/ipv4/conf/${device}/rp_filter`);
      return value === undefined ? [] : [{ device, value }];
    }),
    uplink: findUplink(proc, sys),
    portHolders: findPortHolders(readText(`${proc}/net/udp`) ?? '', genevePort),
    genevePort,
    tunnelDevices,
    geneveDevices: await geneveDevices(),
    udpReceiveErrors: readReceiveErrors(readText(`${proc}/net/snmp`) ?? ''),
  };
}

/** Local addresses of the sockets on a port, from the text of /proc/net/udp (proc(5)). */
export function findPortHolders(text: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return text.split('\n').flatMap((line) => {
    const match = /^\s*\d+:\s+([0-9A-F]{8}):([0-9A-F]{4})\s/.exec(line);
    if (match?.[2] !== wanted) return [];
    const octets = match[1]!.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
    return [octets.reverse().join('.')];
  });
}

/** CAP_NET_ADMIN (12), CAP_NET_RAW (13), CAP_PERFMON (38) with CAP_BPF (39) of the effective set. */
export function readCapabilities(statusFile: string): MachineSnapshot['capabilities'] {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText(statusFile) ?? '')?.[1];
  if (hex === undefined) return undefined;
  const bits = BigInt(`0x${hex}`);
  const has = (bit: bigint): boolean => (bits & (1n << bit)) !== 0n;
  return { netAdmin: has(12n), netRaw: has(13n), bpf: has(38n) && has(39n) };
}

function tunDeviceState(): MachineSnapshot['tunDevice'] {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return 'usable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'denied' : 'missing';
  }
}

function findUplink(proc: string, sys: string): MachineSnapshot['uplink'] {
  const line = (readText(`${proc}/net/route`) ?? '')
    .split('\n')
    .map((text) => text.split('\t'))
    .find((fields) => fields[1] === '00000000' && fields[7] === '00000000');
  const device = line?.[0];
  const mtu = device === undefined ? undefined : readNumber(`${sys}/class/net/${device}/mtu`);
  return device === undefined || mtu === undefined ? undefined : { device, mtu };
}

function readReceiveErrors(text: string): number | undefined {
  const [names, values] = text.split('\n').filter((line) => line.startsWith('Udp:'));
  const index = names?.split(' ').indexOf('RcvbufErrors') ?? -1;
  const value = index < 0 ? Number.NaN : Number(values?.split(' ')[index]);
  return Number.isFinite(value) ? value : undefined;
}

async function geneveDevices(): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)('ip', ['-j', 'link', 'show', 'type', 'geneve'], {
      timeout: 5_000,
    });
    return (JSON.parse(stdout === '' ? '[]' : stdout) as { ifname?: string }[]).flatMap(
      ({ ifname }) => ifname ?? [],
    );
  } catch {
    return [];
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readNumber(file: string): number | undefined {
  const text = readText(file)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function readFlag(file: string): boolean | undefined {
  const value = readNumber(file);
  return value === undefined ? undefined : value !== 0;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
