import { availableParallelism } from 'node:os';
import { isIPv4 } from 'node:net';
import type { AddonConfig } from './addon.js';
import type { EngineConfig, LaneConfig } from './config.js';
import { NativeError } from './errors.js';

/**
 * Checks every value and fills the defaults in.
 *
 * @throws NativeError `NET_NATIVE_CONFIG`, naming the field and its range.
 */
export function toAddonConfig(config: EngineConfig): AddonConfig {
  const lanes = config.lanes ?? defaultLanes();
  if (lanes.length < 1 || lanes.length > 128) invalid('lanes', 'needs 1 to 128 lanes');
  if (!lanes.some((lane) => lane.udp) || !lanes.some((lane) => lane.tun))
    invalid('lanes', 'needs at least one lane with udp and one with tun');
  const pending = config.pending ?? { policy: 'queue', packets: 256 };
  const listenAddress = config.listenAddress ?? '0.0.0.0';
  if (!isIPv4(listenAddress)) invalid('listenAddress', 'must be an IPv4 address');
  return {
    port: integer('port', config.port ?? 6081, 1, 65_535),
    listenAddress,
    sharePort: config.sharePort ?? false,
    lanes: Int32Array.from(lanes.flatMap(laneNumbers)),
    maxFlows: integer('maxFlows', config.maxFlows ?? 1_048_576, 16, 1 << 28),
    flowIdleSeconds: integer('flowIdleSeconds', config.flowIdleSeconds ?? 350, 1, 10_000_000),
    maxEndpoints: integer('maxEndpoints', config.maxEndpoints ?? 256, 1, 4096),
    createPerSecond: integer('createPerSecond', config.createPerSecond ?? 16, 1, 1 << 20),
    endpoints: BigUint64Array.from(config.endpoints ?? []),
    endpointIdleSeconds: integer('endpointIdleSeconds', config.endpointIdleSeconds ?? 0, 0, 1 << 30),
    allowFrom: (config.allowFrom ?? []).map(cidr),
    offload: config.offload ?? true,
    decapOnly: config.decapOnly ?? false,
    mtu: integer('mtu', config.mtu ?? 8500, 1280, 65_535),
    pendingQueue: pending.policy === 'queue',
    pendingPackets: integer('pending.packets', pending.packets, 0, 65_536),
    outerChecksum: ['auto', 'zero', 'computed'].indexOf(config.outerChecksum ?? 'auto'),
    returnPath: ['auto', 'raw', 'packet'].indexOf(config.returnPath ?? 'auto'),
    keepDscp: config.keepDscp ?? false,
    datapath: ['user', 'ebpf', 'auto'].indexOf(config.datapath ?? 'user'),
    kernelAttach: ['auto', 'tcx', 'clsact', 'clsact-old-ipv6'].indexOf(config.kernelAttach ?? 'auto'),
    kernelFlows: integer('kernelFlows', config.kernelFlows ?? 262_144, 1024, 1 << 24),
    kernelState: config.kernelState ?? '',
    handOver: config.handOver ?? false,
    receiveBufferBytes: integer('receiveBufferBytes', config.receiveBufferBytes ?? 4 << 20, 65_536, 1 << 30),
    stuckSeconds: integer('stuckSeconds', config.stuckSeconds ?? 5, 1, 3600),
    captureRingBytes: integer('captureRingBytes', config.captureRingBytes ?? 1 << 20, 131_072, 1 << 28),
  };
}

function defaultLanes(): LaneConfig[] {
  return Array.from({ length: Math.min(availableParallelism(), 128) }, () => ({ udp: true, tun: true }));
}

function laneNumbers(lane: LaneConfig): number[] {
  const cpu = lane.cpu === undefined ? -1 : integer('lanes[].cpu', lane.cpu, 0, 1023);
  if (!lane.udp && !lane.tun) invalid('lanes', 'a lane needs udp, tun or both');
  return [cpu, lane.udp ? 1 : 0, lane.tun ? 1 : 0];
}

function cidr(text: string): string {
  const [address, bits = '32', ...rest] = text.split('/');
  if (rest.length > 0 || !isIPv4(address ?? '') || !/^\d{1,2}$/.test(bits) || Number(bits) > 32)
    invalid('allowFrom', `${JSON.stringify(text)} is not an IPv4 CIDR`);
  return `${address}/${bits}`;
}

function integer(name: string, value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high)
    invalid(name, `must be a whole number from ${low} to ${high}, not ${value}`);
  return value;
}

function invalid(name: string, message: string): never {
  throw new NativeError('NET_NATIVE_CONFIG', `${name}: ${message}`);
}
