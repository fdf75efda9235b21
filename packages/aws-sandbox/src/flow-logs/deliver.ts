import type { Ec2State } from '../ec2/state.js';
import { SandboxError } from '../errors.js';
import { newGroup } from '../logs/groups.js';
import { logsServiceId } from '../logs/service-id.js';
import type { LogsState, PendingDelivery } from '../logs/state.js';
import { makeObject } from '../s3/objects.js';
import type { S3State } from '../s3/state.js';
import type { Location } from '../service/definition.js';
import type { World } from '../world/world.js';
import { fieldsOf } from './fields.js';
import { type LineWriter, createLineWriter } from './lines.js';
import { type Vantage, vantagesOf } from './network.js';
import type { FlowRecord } from './records.js';
import { fileKey } from './s3-keys.js';
import type { FlowLog } from './state.js';
import {
  type ConnectionTraffic,
  type TrafficOptions,
  generateTraffic,
  isSkipped,
  randomFor,
} from './traffic.js';
import type { TrafficTruth } from './truth.js';
import { gzipSync } from 'node:zlib';

/**
 * Makes traffic for the interfaces of a region and hands its records to the region's flow logs, which deliver
 * them when the sandbox's clock gets there. Throws NET_SANDBOX_STATE when there is no flow log, or when flow logs
 * disagree about the aggregation interval.
 */
export function scheduleTraffic(world: World, location: Location, options: TrafficOptions): TrafficTruth {
  const state = world.stateOf('ec2', location) as Ec2State;
  const flowLogs = Object.values(state.flowLogs);
  const windowMs = (flowLogs[0]?.aggregationSeconds ?? 0) * 1000;
  if (windowMs === 0)
    throw new SandboxError('NET_SANDBOX_STATE', 'there is no flow log to deliver traffic to');
  if (flowLogs.some((flowLog) => flowLog.aggregationSeconds * 1000 !== windowMs)) {
    throw new SandboxError('NET_SANDBOX_STATE', 'the flow logs of a region need one aggregation interval');
  }
  const vantages = vantagesOf(state);
  const connections = [...generateTraffic(vantages, options, windowMs)];
  const deliveries = flowLogs.map((flowLog) => new Delivery(flowLog, vantages, options, windowMs));
  for (const { records } of connections) {
    for (const record of records) for (const delivery of deliveries) delivery.add(record);
  }
  const counts = { skipped: 0, empty: 0 };
  const seen = new Set(connections.flatMap(({ records }) => records.map(windowKey)));
  for (const vantage of vantages) {
    for (
      let window = Math.floor(options.startMs / windowMs) * windowMs;
      window < options.endMs;
      window += windowMs
    ) {
      const skipped = isSkipped(options, vantage.interfaceId, window);
      if (skipped) counts.skipped++;
      else if (seen.has(`${vantage.interfaceId}|${window}`)) continue;
      else counts.empty++;
      if (!skipped && options.noData === false) continue;
      for (const delivery of deliveries) delivery.addStatus(skipped ? 'SKIPDATA' : 'NODATA', vantage, window);
    }
  }
  const deliveredByMs = Math.max(0, ...deliveries.map((delivery) => delivery.hand(world, location)));
  return {
    connections,
    records: countRecords(connections),
    skippedWindows: counts.skipped,
    emptyWindows: counts.empty,
    deliveredByMs,
  };
}

function windowKey(record: FlowRecord): string {
  return `${record.interfaceId}|${record.windowMs}`;
}

function countRecords(connections: readonly ConnectionTraffic[]): number {
  return connections.reduce((sum, { records }) => sum + records.length, 0);
}

interface Line {
  readonly text: string;
  readonly interfaceId: string;
  readonly timestampMs: number;
}

/** The lines of one flow log, by the time at which they arrive. */
class Delivery {
  readonly #flowLog: FlowLog;
  readonly #vantages: ReadonlyMap<string, Vantage>;
  readonly #options: TrafficOptions;
  readonly #windowMs: number;
  readonly #writer: LineWriter;
  readonly #batches = new Map<number, Line[]>();
  #count = 0;

  constructor(flowLog: FlowLog, vantages: readonly Vantage[], options: TrafficOptions, windowMs: number) {
    this.#flowLog = flowLog;
    this.#options = options;
    this.#windowMs = windowMs;
    this.#vantages = new Map(
      vantages
        .filter((one) => [one.vpcId, one.subnetId, one.interfaceId].includes(flowLog.resourceId))
        .map((one) => [one.interfaceId, one]),
    );
    this.#writer = createLineWriter(fieldsOf(flowLog.format) ?? []);
  }

  add(record: FlowRecord): void {
    const vantage = this.#vantages.get(record.interfaceId);
    const { trafficType } = this.#flowLog;
    if (!vantage || (trafficType !== 'ALL' && trafficType !== record.action)) return;
    const seconds = this.#options.eventTime === 'end' ? record.endSeconds : record.startSeconds;
    this.#put(this.#writer.record(record, vantage), record.interfaceId, record.windowMs, seconds * 1000);
  }

  addStatus(status: 'NODATA' | 'SKIPDATA', vantage: Vantage, windowMs: number): void {
    if (!this.#vantages.has(vantage.interfaceId)) return;
    const start = windowMs / 1000;
    const end = (windowMs + this.#windowMs) / 1000 - 1;
    const text = this.#writer.status(status, vantage, start, end);
    this.#put(text, vantage.interfaceId, windowMs, (this.#options.eventTime === 'end' ? end : start) * 1000);
  }

  #put(text: string, interfaceId: string, windowMs: number, timestampMs: number): void {
    const isS3 = this.#flowLog.destinationType === 's3';
    const { lateShare = 0, lateMs = 0, deliveryMs = isS3 ? 600_000 : 300_000 } = this.#options;
    const chance =
      lateShare > 0 ? randomFor(this.#options, `late|${this.#flowLog.id}|${this.#count++}`) : undefined;
    const late = chance && chance.next() < lateShare ? Math.ceil((chance.next() * lateMs) / 1000) * 1000 : 0;
    const dueMs = windowMs + this.#windowMs + deliveryMs + late;
    // Files are published every five minutes.
    const atMs = isS3 ? Math.ceil(dueMs / 300_000) * 300_000 : dueMs;
    const batch = this.#batches.get(atMs);
    const line = { text, interfaceId, timestampMs };
    if (batch) batch.push(line);
    else this.#batches.set(atMs, [line]);
  }

  /** Gives the batches to their destination and says when the last one arrives. */
  hand(world: World, location: Location): number {
    if (this.#flowLog.destinationType === 's3') this.#handToBucket(world, location);
    else this.#handToLogs(world, location);
    let lastMs = 0;
    for (const atMs of this.#batches.keys()) lastMs = Math.max(lastMs, atMs);
    return lastMs;
  }

  #handToLogs(world: World, location: Location): void {
    const logs = world.stateOf(logsServiceId, location) as LogsState;
    const kind = this.#flowLog.trafficType.toLowerCase();
    // "The name of a new or existing CloudWatch Logs log group" (CreateFlowLogs).
    const name = this.#flowLog.logGroupName ?? '';
    if (!Object.hasOwn(logs.groups, name)) logs.groups[name] = newGroup(name, world.clock.now());
    for (const [atMs, lines] of this.#batches) {
      const streams = new Map<string, { timestampMs: number; message: string }[]>();
      for (const { interfaceId, timestampMs, text } of lines) {
        const stream = `${interfaceId}-${kind}`;
        const events = streams.get(stream) ?? [];
        streams.set(stream, events);
        events.push({ timestampMs, message: text });
      }
      for (const [stream, events] of streams) {
        const pending: PendingDelivery = {
          atMs,
          group: name,
          stream,
          events,
          firstSequence: logs.nextEvent,
        };
        logs.nextEvent += events.length;
        logs.pending.push(pending);
      }
    }
  }

  #handToBucket(world: World, location: Location): void {
    const s3 = world.stateOf('s3', location) as S3State;
    const [bucket = '', ...prefix] = this.#flowLog.destinationArn.replace('arn:aws:s3:::', '').split('/');
    for (const [atMs, lines] of this.#batches) {
      const body = gzipSync(`${[this.#writer.header, ...lines.map((line) => line.text)].join('\n')}\n`);
      const hash = randomFor(this.#options, `file|${this.#flowLog.id}|${atMs}`).hex(8);
      const key = fileKey(this.#flowLog, location, prefix.filter(Boolean).join('/'), atMs, hash);
      const object = makeObject(body, atMs, { contentEncoding: undefined });
      s3.pending.push({ atMs, bucket, key, object });
    }
  }
}
