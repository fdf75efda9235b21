import type { KernelRemnant } from './kernel-state.js';

/** The functions of the compiled addon, as `src/binding` exports them. Users want `Tunnel`. */
export interface Addon {
  readonly version: string;
  /** The names of the counters, in the order of the statistics block; compared with ours when an engine starts. */
  readonly counterNames: { lane: string[]; drop: string[]; endpoint: string[] };
  start(config: AddonConfig, onEvent: (event: AddonEvent) => void): AddonEngine;
  /** See `decodeBatch`. */
  decodeBatch(data: Uint8Array, offsets: Uint32Array, out: Uint32Array): number;
  /** See `listKernelState` and, without `dryRun`, `removeKernelState`. */
  kernelState(directory: string, dryRun: boolean): KernelRemnant[];
  /** See `probeKernelPath`. */
  probeKernelPath(): { programs: AddonProgram[]; reason: string };
}

export interface AddonConfig {
  port: number;
  listenAddress: string;
  sharePort: boolean;
  /** cpu (-1: none), udp, tun for each lane. */
  lanes: Int32Array;
  maxFlows: number;
  flowIdleSeconds: number;
  maxEndpoints: number;
  createPerSecond: number;
  endpoints: BigUint64Array;
  endpointIdleSeconds: number;
  allowFrom: string[];
  offload: boolean;
  decapOnly: boolean;
  mtu: number;
  pendingQueue: boolean;
  pendingPackets: number;
  /** 0 auto, 1 zero, 2 computed. */
  outerChecksum: number;
  /** 0 auto, 1 raw, 2 packet. */
  returnPath: number;
  keepDscp: boolean;
  /** user, ebpf, auto. */
  datapath: number;
  /** auto, tcx, clsact, clsact with the IPv6 way of kernels before 6.3. */
  kernelAttach: number;
  kernelFlows: number;
  /** Empty: none. */
  kernelState: string;
  handOver: boolean;
  receiveBufferBytes: number;
  stuckSeconds: number;
  captureRingBytes: number;
}

export interface AddonEvent {
  type: string;
  eniId: bigint;
  gwi: string;
  gwo: string;
  text: string;
  detail: string;
  section: string;
  number: number;
}

export interface AddonEngine {
  endpointReady(eniId: bigint): boolean;
  removeEndpoint(eniId: bigint): boolean;
  setDecapOnly(on: boolean): void;
  setCapture(points: number, sampleEvery: number, snapBytes: number): void;
  readCapture(): AddonCaptureRecord[];
  expireFlows(): number;
  stats(): AddonStatistics;
  stop(drainMs: number, done: () => void): void;
}

export interface AddonCaptureRecord {
  point: number;
  lane: number;
  eniId: bigint;
  timeNs: bigint;
  length: number;
  source: number;
  sourcePort: number;
  destination: number;
  destinationPort: number;
  data: Uint8Array;
}

export interface AddonProgram {
  name: string;
  instructions: number;
  compiledBytes: number;
  verified: number;
  runs: number;
  runNs: number;
}

export interface AddonStatistics {
  nowMs: number;
  port: number;
  lanes: { udp: boolean; tun: boolean; healthy: boolean; counters: Float64Array; drops: Float64Array }[];
  endpoints: {
    eniId: bigint;
    gwi: string;
    gwo: string;
    state: number;
    lanes: Float64Array[];
    /** size, timed out, evicted of IPv4, then of IPv6. */
    flows: Float64Array;
  }[];
  flows: {
    size: number;
    capacity: number;
    timedOut: number;
    evicted: number;
    adopted: number;
    kernelCapacity: number;
    kernelEvicted: number;
    idleSeconds: number;
    bytes: number;
  };
  endpointsCreated: number;
  endpointsRefused: number;
  captureDropped: number;
  eventsDropped: number;
  features: {
    udpGro: boolean;
    tunTso: boolean;
    tunUso: boolean;
    packetSocket: boolean;
    packetUso: boolean;
    kernelPath: boolean;
  };
  programs: AddonProgram[];
}
