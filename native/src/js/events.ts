import type { CapturePoint } from './config.js';

/** An endpoint and its two interfaces. */
export interface EndpointNames {
  readonly eniId: bigint;
  readonly gwi: string;
  readonly gwo: string;
}

/** What the engine tells its owner. Events are never emitted for single packets, and their rate is bounded. */
export type EngineEvent =
  /**
   * Interfaces exist and are up; run the hook, then call `endpointReady`. `adopted`: taken over from a process before
   * this one, as its hook left them, and carrying packets already.
   */
  | ({ readonly type: 'endpoint-created'; readonly adopted?: boolean } & EndpointNames)
  /** Nothing in either direction for `endpointIdleSeconds`; run the hook, then call `removeEndpoint`. */
  | ({ readonly type: 'endpoint-idle'; readonly idleSeconds: number } & EndpointNames)
  /** Interfaces are gone and every descriptor is closed. */
  | ({ readonly type: 'endpoint-removed' } & EndpointNames)
  /** A first packet did not get an endpoint; at most one event a second, the rest is counted. */
  | {
      readonly type: 'endpoint-refused';
      readonly eniId: bigint;
      readonly reason: 'limit' | 'rate' | 'not-allowed' | 'device';
      readonly message: string;
    }
  /** Somebody else removed an interface. The endpoint drops its packets until `removeEndpoint`. */
  | ({ readonly type: 'tun-lost'; readonly device: string } & EndpointNames)
  | { readonly type: 'lane-stuck'; readonly lane: number; readonly seconds: number }
  | { readonly type: 'lane-recovered'; readonly lane: number }
  | {
      readonly type: 'log';
      readonly level: 'critical' | 'important' | 'info' | 'debug';
      readonly section: 'core' | 'udp' | 'geneve' | 'tunnel';
      readonly message: string;
    };

/** One sampled packet. `data` holds the first `snapBytes` bytes of `length`. */
export interface CaptureRecord {
  readonly point: CapturePoint;
  readonly lane: number;
  readonly eniId: bigint;
  /** Nanoseconds since the Unix epoch. */
  readonly timeNs: bigint;
  readonly length: number;
  /** The UDP source and destination of outer packets; empty strings and 0 for inner ones. */
  readonly outer: {
    readonly source: string;
    readonly sourcePort: number;
    readonly destination: string;
    readonly destinationPort: number;
  };
  readonly data: Uint8Array;
}
