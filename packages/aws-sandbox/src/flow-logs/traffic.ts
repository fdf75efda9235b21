import { type Random, seededRandom } from '../world/random.js';
import { type Connection, type TrafficMix, defaultMix, drawConnections } from './connections.js';
import type { Vantage } from './network.js';
import { type FlowRecord, recordsOf } from './records.js';

/** How much traffic of which kind, and how it is delivered. All but the times have defaults. */
export interface TrafficOptions {
  /** First and last moment of traffic, milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** Default 1. The same seed, network and options give the same traffic. */
  readonly seed?: number;
  /** Default 100. */
  readonly connections?: number;
  /** Different hosts outside. Default 50. */
  readonly clients?: number;
  readonly mix?: Partial<TrafficMix>;
  /** Share of connections that last over many windows. Default 0.05. */
  readonly longShare?: number;
  /** Share of windows of an interface whose records AWS lost: SKIPDATA in their place. Default 0. */
  readonly skipShare?: number;
  /** NODATA lines for windows without traffic. Default true. */
  readonly noData?: boolean;
  /** From the end of a window to its delivery. Default 300,000 for CloudWatch Logs, 600,000 for S3. */
  readonly deliveryMs?: number;
  /** Share of a window's records that come in a later delivery, and up to how much later. */
  readonly lateShare?: number;
  readonly lateMs?: number;
  /** The event's timestamp in CloudWatch Logs: the record's start (default) or end. */
  readonly eventTime?: 'start' | 'end';
}

/** A connection with the records of it that were not lost. */
export interface ConnectionTraffic {
  readonly connection: Connection;
  readonly records: readonly FlowRecord[];
}

/** Connections and their records, one at a time, for as many as wanted. */
export function* generateTraffic(
  vantages: readonly Vantage[],
  options: TrafficOptions,
  windowMs: number,
): Generator<ConnectionTraffic> {
  const byId = new Map(vantages.map((vantage) => [vantage.interfaceId, vantage]));
  const random = seededRandom(options.seed ?? 1);
  const drawn = drawConnections(
    vantages,
    {
      startMs: options.startMs,
      endMs: options.endMs,
      connections: options.connections ?? 100,
      clients: options.clients ?? 50,
      mix: { ...defaultMix, ...options.mix },
      longShare: options.longShare ?? 0.05,
    },
    random,
  );
  for (const connection of drawn) {
    const records = recordsOf(connection, byId, windowMs).filter(
      (record) => !isSkipped(options, record.interfaceId, record.windowMs),
    );
    yield { connection, records };
  }
}

/** Whether AWS lost the records of an interface's window: the same answer whenever it is asked. */
export function isSkipped(options: TrafficOptions, interfaceId: string, windowMs: number): boolean {
  const share = options.skipShare ?? 0;
  return share > 0 && randomFor(options, `skip|${interfaceId}|${windowMs}`).next() < share;
}

/** Chance that depends on the seed and a text only. */
export function randomFor(options: TrafficOptions, text: string): Random {
  let hash = 0x811c9dc5 ^ (options.seed ?? 1);
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return seededRandom(hash);
}
