import { FlowLogsError } from '../errors.js';
import { defaultFormat, type LogFormat } from '../format/log-format.js';
import { printLine } from '../record/print-line.js';
import type { FlowRecord } from '../record/record.js';
import { type Connection, type ConnectionMix, defaultMix, drawConnection } from './connections.js';
import { createNetwork, type Network } from './network.js';
import { Random } from './random.js';
import { recordsOf, statusRecord, type TrueRecord, windowOf } from './records.js';

export interface GenerateOptions {
  /** Equal seeds and options give equal logs. Default 1. */
  readonly seed?: number;
  /** Connections, 0 to 2^32. Each leaves two records or more. Default 1,000. */
  readonly connections?: number;
  /** When the first begins, milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
  readonly startMs?: number;
  /** Connections that begin in a second. Default 100. */
  readonly connectionsPerSecond?: number;
  /** Aggregation window, 60,000 or 600,000. Default 60,000. */
  readonly windowMs?: number;
  /** Interfaces, 5 to 60,000. Default 50. */
  readonly interfaces?: number;
  /** Hosts on the internet. Default 2,000. */
  readonly clients?: number;
  readonly mix?: Partial<ConnectionMix>;
  /** Share of connections that last from two minutes to two hours. Default 0.05. */
  readonly longShare?: number;
  /** Default 0.1, of kinds that exist in IPv6. */
  readonly ipv6Share?: number;
  /** NODATA lines for each record. Default 0.02. */
  readonly noDataShare?: number;
  /** SKIPDATA lines for each record. Default 0. */
  readonly skipDataShare?: number;
}

/** A generated line's record, with the truth; `connection` is undefined for NODATA and SKIPDATA. */
export interface GeneratedRecord {
  readonly record: FlowRecord;
  readonly truth?: Omit<TrueRecord, 'record'>;
}

/**
 * Records of made-up but plausible traffic, in the order of the ends of their windows, as flow logs are delivered.
 * Memory depends on the connections that are open at a time, not on their number.
 * @throws FlowLogsError NET_FLOWLOGS_ARGUMENT
 */
export function* generateRecords(options: GenerateOptions = {}): Generator<GeneratedRecord> {
  const { windowMs = 60_000, connections = 1000, connectionsPerSecond = 100 } = options;
  if (!(windowMs >= 1000) || !(connectionsPerSecond > 0) || !(connections >= 0)) {
    throw new FlowLogsError(
      'NET_FLOWLOGS_ARGUMENT',
      'windowMs, connections or connectionsPerSecond is out of range',
    );
  }
  const random = new Random(options.seed ?? 1);
  const network = networkOf(options, random);
  const firstMs = options.startMs ?? Date.UTC(2026, 0, 1);
  const draw = {
    mix: { ...defaultMix, ...options.mix },
    longShare: options.longShare ?? 0.05,
    ipv6Share: options.ipv6Share ?? 0.1,
  };
  const open = new Map<number, Connection[]>();
  let window = windowOf(firstMs, windowMs);
  for (let i = 0; i < connections; i++) {
    const startMs = firstMs + Math.floor((i * 1000) / connectionsPerSecond);
    for (; window < windowOf(startMs, windowMs); window++) {
      yield* deliver(open, window, windowMs, network, random, options);
    }
    keep(open, window, drawConnection(network, random, startMs, draw));
  }
  for (; open.size > 0; window++) yield* deliver(open, window, windowMs, network, random, options);
}

function keep(open: Map<number, Connection[]>, window: number, connection: Connection): void {
  const due = open.get(window);
  if (due === undefined) open.set(window, [connection]);
  else due.push(connection);
}

/** The network that `generateRecords` with the same options uses. */
export function generatedNetwork(options: GenerateOptions = {}): Network {
  return networkOf(options, new Random(options.seed ?? 1));
}

export interface GenerateLinesOptions extends GenerateOptions {
  /** Default: AWS's default format. */
  readonly format?: LogFormat;
  /** Begin with a header line, as files do. Default true. */
  readonly header?: boolean;
}

/** The same as text, in pieces of about 64 KiB that end with a line end. */
export function* generateText(options: GenerateLinesOptions = {}): Generator<string> {
  const format = options.format ?? defaultFormat;
  let text = options.header === false ? '' : `${format.key}\n`;
  for (const { record } of generateRecords(options)) {
    text += `${printLine(record, format, { version: format.version })}\n`;
    if (text.length < 65_536) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function* deliver(
  open: Map<number, Connection[]>,
  window: number,
  windowMs: number,
  network: Network,
  random: Random,
  options: GenerateOptions,
): Generator<GeneratedRecord> {
  const { noDataShare = 0.02, skipDataShare = 0 } = options;
  const connections = open.get(window) ?? [];
  open.delete(window);
  for (const connection of connections) {
    for (const { record, ...truth } of recordsOf(connection, window, windowMs)) {
      yield { record, truth };
      for (const [share, status] of [
        [noDataShare, 'NODATA'],
        [skipDataShare, 'SKIPDATA'],
      ] as const) {
        if (share === 0 || !random.chance(share)) continue;
        const at = random.pick(network.interfaces);
        yield { record: statusRecord(at, status, window * windowMs, (window + 1) * windowMs - 1000) };
      }
    }
    if (windowOf(connection.endMs, windowMs) > window) keep(open, window + 1, connection);
  }
}

function networkOf(options: GenerateOptions, random: Random): Network {
  const { interfaces = 50, clients = 2000 } = options;
  if (!(interfaces >= 5 && interfaces <= 60_000) || !(clients >= 1 && clients <= 10_000_000)) {
    throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', 'interfaces or clients is out of range');
  }
  return createNetwork(random, interfaces, clients);
}
