/** One data-plane thread. A lane does the UDP side, the tun side, or (usual and fastest) both. */
export interface LaneConfig {
  /** CPU to pin the thread to; absent: the scheduler decides. */
  readonly cpu?: number;
  /** Receives Geneve on a socket of its own (SO_REUSEPORT between the lanes). */
  readonly udp: boolean;
  /** Owns one queue of every tun interface and sends what comes out of it back. */
  readonly tun: boolean;
}

/** What happens to packets of an endpoint between its creation and `endpointReady`. */
export interface PendingConfig {
  /** `queue`: they wait, bounded, and are delivered by `endpointReady`; `pass`: they go on at once. */
  readonly policy: 'queue' | 'pass';
  /** Bound of the waiting packets of each lane; more are dropped as `pendingOverflow`. 0 to 65,536. */
  readonly packets: number;
}

/** Where a sampled capture looks. Outer packets are the UDP payload, inner ones start at their IP header. */
export type CapturePoint = 'outer-in' | 'inner-in' | 'inner-out' | 'outer-out';

/** Sampled capture: bounded, written by the lanes, read by `readCapture`; full means counted and dropped. */
export interface CaptureConfig {
  readonly points: readonly CapturePoint[];
  /** One packet of this many is taken, per lane (in the kernel path: per CPU) and point; 1 takes all that fits. */
  readonly sampleEvery: number;
  /** Bytes kept of each packet, 1 to 65,535; of what takes the kernel path never more than 16,384 of the inner packet. */
  readonly snapBytes: number;
}

/**
 * UDP checksum of the returned outer packets. `zero`: always 0 (RFC 8926 section 3.3 allows it over IPv4), which
 * rules out segmentation offload of returns. `computed`: always. `auto` (default): 0 for packets sent one by one,
 * computed in runs that leave by segmentation offload, because the kernel fills it there.
 */
export type OuterChecksum = 'auto' | 'zero' | 'computed';

/**
 * How returned packets leave. `raw`: an IP_HDRINCL socket, through routing, OUTPUT and POSTROUTING chains and the
 * queueing discipline. `packet`: a packet socket with virtio headers straight to the device (neighbour and route
 * are followed through netlink; raw is used until both are known), which netfilter OUTPUT chains do not see. `auto`
 * (default): packet with `offload`, raw without.
 */
export type ReturnPath = 'auto' | 'raw' | 'packet';

/** Everything the engine needs at start; nothing here changes later except through the `Tunnel` methods. */
export interface EngineConfig {
  /**
   * `user` (default): every packet passes the lanes. `ebpf`: known flows never leave the kernel, the lanes have the rest;
   * an error where the kernel cannot. `auto`: `ebpf` where it can be loaded, else `user`, with the reason logged once.
   */
  readonly datapath?: 'user' | 'ebpf' | 'auto';
  /** How the kernel's programs are attached: tcx since Linux 6.6, clsact before (default `auto`); others are for tests. */
  readonly kernelAttach?: 'auto' | 'tcx' | 'clsact' | 'clsact-old-ipv6';
  /** Entries of the kernel path's cache, 1,024 to 16,777,216, about 256 bytes each; default 262,144, never above `maxFlows`. */
  readonly kernelFlows?: number;
  /**
   * A directory of this engine's own in a bpf file system (its parent must exist). With it the kernel path and the
   * interfaces of ready endpoints stay when the process is killed, and the next engine with the same directory and port
   * takes them over with their flows. Default: they go with the process. `removeKernelState` removes what was left.
   */
  readonly kernelState?: string;
  /** `stop` leaves them to the next process, too (default false: it removes everything). Needs `kernelState`. */
  readonly handOver?: boolean;
  /** UDP port of Geneve, default 6081. */
  readonly port?: number;
  /** IPv4 address to bind, default 0.0.0.0. */
  readonly listenAddress?: string;
  /** Share the port with other processes that allow it (SO_REUSEPORT across processes); default false: refused. */
  readonly sharePort?: boolean;
  /** Data-plane threads, 1 to 128; default one for each CPU of the process's affinity mask, both roles. */
  readonly lanes?: readonly LaneConfig[];
  /** Bound of stored flow entries; a flow whose both directions were received takes two. Default 1,048,576. */
  readonly maxFlows?: number;
  /** Idle time after which a flow is forgotten, 1 to 10,000,000; default 350 (what GWLB uses by default). */
  readonly flowIdleSeconds?: number;
  /** Bound of endpoints, 1 to 4,096; default 256. */
  readonly maxEndpoints?: number;
  /** Endpoints created a second at most, with a burst of the same size; default 16. */
  readonly createPerSecond?: number;
  /** Only these endpoints are created; absent or empty: any. */
  readonly endpoints?: readonly bigint[];
  /** Seconds without a packet in either direction after which `endpoint-idle` is emitted; 0 (default): never. */
  readonly endpointIdleSeconds?: number;
  /** IPv4 CIDRs whose Geneve packets are accepted; absent or empty: any. */
  readonly allowFrom?: readonly string[];
  /** Segmentation offloads: UDP GRO, tun VNET_HDR with TSO/USO, return by USO. Default true; probed, never required. */
  readonly offload?: boolean;
  /** Deliver to the interfaces but return nothing; also at run time by `setDecapOnly`. */
  readonly decapOnly?: boolean;
  /** MTU of the interfaces, 1,280 to 65,535; default 8,500. */
  readonly mtu?: number;
  /** Default: queue, 256 packets. */
  readonly pending?: PendingConfig;
  readonly outerChecksum?: OuterChecksum;
  readonly returnPath?: ReturnPath;
  /** Copies the DSCP of the received outer header to the returned one; default false: 0. */
  readonly keepDscp?: boolean;
  /** Socket receive buffer of each lane in bytes (SO_RCVBUFFORCE, else SO_RCVBUF); default 4 MiB. */
  readonly receiveBufferBytes?: number;
  /** A lane that has not turned for this long is reported as stuck; default 5. */
  readonly stuckSeconds?: number;
  /** Bytes of the capture ring of each lane, and of the kernel path; default 1 MiB. Only allocated by `setCapture`. */
  readonly captureRingBytes?: number;
}
