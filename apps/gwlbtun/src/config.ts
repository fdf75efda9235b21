import type { HookCommand } from './hooks/hook-command.js';
import type { CapturePoint, LaneConfig } from '@net/geneve-native';

/** The form of the report on the health port. */
export type HealthFormat = 'text' | 'json' | 'original' | 'simple';

/** Everything that a running handler needs to know; plain data. */
export interface HandlerConfig {
  /** UDP port of Geneve. */
  readonly port: number;
  readonly listenAddress: string;
  readonly sharePort: boolean;
  readonly lanes: readonly LaneConfig[];
  readonly createHook: HookCommand | undefined;
  readonly destroyHook: HookCommand | undefined;
  readonly hookTimeoutMs: number;
  readonly requireHook: boolean;
  /** What packets of a new endpoint do until its CREATE hook is done: wait (bounded), or go on. */
  readonly whileHook: 'queue' | 'pass';
  /** Seconds after which an endpoint without packets is removed; 0: never. */
  readonly endpointIdleSeconds: number;
  readonly flowIdleSeconds: number;
  readonly maxFlows: number;
  readonly maxEndpoints: number;
  readonly createPerSecond: number;
  /** Only these; empty: any. */
  readonly endpoints: readonly bigint[];
  /** Only from these IPv4 CIDRs; empty: any. */
  readonly allowFrom: readonly string[];
  readonly offload: boolean;
  readonly decapOnly: boolean;
  readonly mtu: number;
  readonly outerChecksum: 'auto' | 'zero' | 'computed';
  readonly returnPath: 'auto' | 'raw' | 'packet';
  readonly keepDscp: boolean;
  /** `ebpf`: known flows stay in the kernel; `auto`: where the kernel can; `user`: every packet passes the threads. */
  readonly datapath: 'auto' | 'user' | 'ebpf';
  /** Entries of the kernel path's cache. */
  readonly kernelFlows: number;
  /** Directory in a bpf file system where the kernel path outlives the process; absent: it does not. */
  readonly kernelState?: string | undefined;
  /** `stop` leaves kernel path and interfaces to the next process. */
  readonly handOver?: boolean;
  readonly receiveBufferBytes: number;
  readonly drainMs: number;
  readonly health: HealthConfig | undefined;
  /** A port for `/metrics` and `/healthz` alone. */
  readonly metrics: { readonly port: number; readonly address: string } | undefined;
  readonly capture: CaptureOptions | undefined;
}

export interface HealthConfig {
  readonly port: number;
  readonly address: string | undefined;
  readonly format: HealthFormat;
  /** Packets a second lost here by overload above which the answer is 503; 0: no limit. */
  readonly unhealthyDropsPerSecond: number;
}

export interface CaptureOptions {
  readonly hex: boolean;
  readonly pcap: { readonly file: string; readonly maxBytes: number; readonly keep: number } | undefined;
  readonly points: readonly CapturePoint[];
  readonly sampleEvery: number;
  readonly snapBytes: number;
}

/** What applies where nothing else is said. `lanes` has no default: it depends on the machine. */
export const HANDLER_DEFAULTS: Omit<HandlerConfig, 'lanes'> = {
  port: 6081,
  listenAddress: '0.0.0.0',
  sharePort: false,
  createHook: undefined,
  destroyHook: undefined,
  hookTimeoutMs: 30_000,
  requireHook: false,
  whileHook: 'queue',
  endpointIdleSeconds: 0,
  flowIdleSeconds: 350,
  maxFlows: 1_048_576,
  maxEndpoints: 256,
  createPerSecond: 16,
  endpoints: [],
  allowFrom: [],
  offload: true,
  decapOnly: false,
  mtu: 8500,
  outerChecksum: 'auto',
  returnPath: 'auto',
  keepDscp: false,
  datapath: 'auto',
  kernelFlows: 262_144,
  receiveBufferBytes: 4 << 20,
  drainMs: 200,
  health: undefined,
  metrics: undefined,
  capture: undefined,
};
