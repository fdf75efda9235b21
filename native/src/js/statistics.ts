/**
 * Counters of one lane since start. Counted in packets of the wire, never in offload batches, and never going
 * backwards. The order is that of the shared block; `core/statistics.h` holds the same list.
 */
export const laneCounterNames = [
  'udpPackets',
  'udpBytes',
  'udpReceiveCalls',
  'udpBatches',
  'udpKernelDrops',
  'tunWrites',
  'tunWrittenPackets',
  'tunReads',
  'tunReadPackets',
  'returnedPackets',
  'returnedBytes',
  'sendCalls',
  'returnedByOffload',
  'returnedByRaw',
  'heldFragments',
  'fragmentsByAddressPair',
  'icmpTooBigSent',
  'loopTurns',
  'lastReceiveMs',
  'lastTurnMs',
  'threadId',
  'pendingQueued',
  'pendingDelivered',
] as const;

/** Why a packet was not delivered or not returned. */
export const dropReasonNames = [
  'geneveTooShort',
  'geneveVersion',
  'geneveOptionsPastEnd',
  'geneveOptionPastEnd',
  'geneveControl',
  'geneveProtocol',
  'gwlbOptionLength',
  'gwlbOptionDuplicate',
  'geneveOptionCritical',
  'gwlbOptionsMissing',
  'ipTooShort',
  'ipVersion',
  'ipHeaderLength',
  'ipTotalLength',
  'ipPayloadLength',
  'sourceNotAllowed',
  'outerTruncated',
  'endpointNotAllowed',
  'endpointLimit',
  'endpointRate',
  'endpointDevice',
  'endpointGone',
  'pendingOverflow',
  'tunLost',
  'tunWriteFailed',
  'tunPacketInvalid',
  'noFlow',
  'flowTableFull',
  'tooBig',
  'sendFailed',
  'sendQueueFull',
  'decapOnly',
  'routerSolicitation',
  'fragmentUnmatched',
] as const;

/** Counters of one endpoint. `gwi...`: interface `gwi-X`, `gwo...`: interface `gwo-X`; `Out` is towards the OS. */
export const endpointCounterNames = [
  'gwiPacketsOut',
  'gwiBytesOut',
  'gwiPacketsIn',
  'gwiBytesIn',
  'gwoPacketsIn',
  'gwoBytesIn',
  'returnedPackets',
  'returnedBytes',
  'drops',
  'lastGwiOutMs',
  'lastGwiInMs',
  'lastGwoInMs',
] as const;

export type LaneCounterName = (typeof laneCounterNames)[number];
export type DropReason = (typeof dropReasonNames)[number];
export type EndpointCounterName = (typeof endpointCounterNames)[number];

export interface LaneStatistics {
  readonly lane: number;
  readonly udp: boolean;
  readonly tun: boolean;
  /** The thread turns: it is alive and its last turn is younger than `stuckSeconds`. */
  readonly healthy: boolean;
  readonly counters: Readonly<Record<LaneCounterName, number>>;
  readonly drops: Readonly<Record<DropReason, number>>;
}

/** `size`: entries now. `timedOut`, `evicted`: since the endpoint was created. */
export interface FlowCacheStatistics {
  readonly size: number;
  readonly timedOut: number;
  readonly evicted: number;
}

export interface EndpointStatistics {
  readonly eniId: bigint;
  readonly gwi: string;
  readonly gwo: string;
  readonly state: 'pending' | 'ready' | 'lost';
  /** Sums over the lanes; `last...Ms` are the newest, in `nowMs` time, 0 for never. */
  readonly counters: Readonly<Record<EndpointCounterName, number>>;
  /** One entry a lane, in the order of `lanes`. */
  readonly lanes: readonly Readonly<Record<EndpointCounterName, number>>[];
  readonly flows4: FlowCacheStatistics;
  readonly flows6: FlowCacheStatistics;
}

export interface EngineStatistics {
  /** The engine's clock (CLOCK_MONOTONIC, milliseconds); `last...Ms` counters are in the same time. */
  readonly nowMs: number;
  readonly port: number;
  readonly lanes: readonly LaneStatistics[];
  readonly endpoints: readonly EndpointStatistics[];
  readonly flows: {
    readonly size: number;
    readonly capacity: number;
    readonly timedOut: number;
    readonly evicted: number;
    /** Taken over from a process before this one. */
    readonly adopted: number;
    /** Entries of the kernel path's cache; 0 without one. */
    readonly kernelCapacity: number;
    /** Flows that gave way to others in that cache while they still had packets: each took the long way once more. */
    readonly kernelEvicted: number;
    readonly idleSeconds: number;
    /** Bytes of address space that the table may ever use. */
    readonly bytes: number;
  };
  readonly endpointsCreated: number;
  readonly endpointsRefused: number;
  readonly captureDropped: number;
  readonly eventsDropped: number;
  readonly features: EngineFeatures;
  /** The kernel path's programs; none without it. */
  readonly programs: readonly ProgramStatistics[];
}

/** What the kernel says of a loaded program. */
export interface ProgramStatistics {
  readonly name: string;
  /** As loaded, after the verifier's rewriting. */
  readonly instructions: number;
  /** Of machine code; 0 where the kernel interprets. */
  readonly compiledBytes: number;
  /** Steps that the verifier took, of a million allowed (Linux 5.16; 0 before). */
  readonly verified: number;
  /** Counted only while the sysctl `kernel.bpf_stats_enabled` is 1. */
  readonly runs: number;
  readonly runNs: number;
}

/** What the kernel offered when it was asked; each absence has a tested fallback. */
export interface EngineFeatures {
  /** UDP_GRO on receive (Linux 5.0). */
  readonly udpGro: boolean;
  /** IFF_VNET_HDR with checksum and TCP segmentation offload (Linux 2.6.27). */
  readonly tunTso: boolean;
  /** TUN_F_USO4 and USO6 (Linux 6.2). */
  readonly tunUso: boolean;
  /** Packet socket with virtio headers. */
  readonly packetSocket: boolean;
  /** UDP segmentation through that socket (Linux 6.2). */
  readonly packetUso: boolean;
  /** The steady state runs in the kernel (eBPF); its packets are counted by a lane of their own, the last one. */
  readonly kernelPath: boolean;
}
