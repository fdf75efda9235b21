import {
  type ColumnBatch,
  columnOf,
  directions,
  evidenceColumns,
  initiators,
  isOriginalPrivate,
  type Orienter,
  type Rule,
  rowOf,
  rules,
} from '@net/flowlogs';
import { dayOf } from '../model/index.js';
import { type EndpointLookup, isPassedOver } from './endpoint-of.js';

/** Columns that are read of each record. */
export const collectedColumns: readonly string[] = [...new Set([...evidenceColumns, 'log-status'])];

/** How records are taken for connections from outside. */
export type DirectionMode = 'evidence' | 'original';

/** Records of one source address at one endpoint on one day, before the source has its name. */
export interface Sighting {
  readonly day: string;
  readonly source: string;
  readonly dest: string;
  readonly isInstance: boolean;
  readonly destPort: number;
  count: number;
  firstMs: number;
  lastMs: number;
  readonly decidedBy: Partial<Record<Rule, number>>;
  readonly example: string;
}

/** Why records were passed over. */
export interface PassedOver {
  /** The interface is not public, or not known as such. */
  notPublic: number;
  rejected: number;
  /** The source is a private address: an answer, or traffic within. */
  privateSource: number;
  /** The endpoint opened the connection itself; this is an answer. */
  answers: number;
  /** NAT and Odd hosts. */
  excluded: number;
  /** The record has no addresses, time or interface. */
  incomplete: number;
}

/**
 * Collects the records that show somebody outside at a public endpoint: accepted, at a public interface, from a source
 * that the original takes for public, and, by the evidence ladder, of a connection that this source opened. Each counts
 * in the UTC day of its own start. With `original` whoever sends is taken for the one that calls, as the first tracker did.
 */
export class Collector {
  readonly sightings: Map<string, Sighting> = new Map();
  readonly passedOver: PassedOver = {
    notPublic: 0,
    rejected: 0,
    privateSource: 0,
    answers: 0,
    excluded: 0,
    incomplete: 0,
  };
  counted = 0;
  /** Counted records by the rule that decided. */
  readonly decidedBy: Partial<Record<Rule, number>> = {};
  readonly #endpoints: EndpointLookup;
  readonly #orienter: Orienter;
  readonly #mode: DirectionMode;

  constructor(endpoints: EndpointLookup, orienter: Orienter, mode: DirectionMode) {
    this.#endpoints = endpoints;
    this.#orienter = orienter;
    this.#mode = mode;
  }

  add(batch: ColumnBatch): void {
    const oriented = orient(batch, this.#orienter);
    for (let row = 0; row < batch.rows; row++) this.addRow(oriented, row);
  }

  /** Takes one row of a batch whose rows were oriented together. */
  addRow(oriented: OrientedRows, row: number): void {
    const { batch, starts, ports, by } = oriented;
    const record = rowOf(batch, row);
    const { action, interfaceId, dstaddr } = record;
    const source = record.pktSrcaddr ?? record.srcaddr;
    const startMs = starts[row]!;
    const { passedOver } = this;
    if (action !== 'ACCEPT') {
      passedOver.rejected += 1;
      return;
    }
    if (interfaceId === undefined || source === undefined || dstaddr === undefined || !(startMs >= 0)) {
      passedOver.incomplete += 1;
      return;
    }
    // The original looks at the source that the interface saw.
    if (isOriginalPrivate(record.srcaddr ?? source) !== false) {
      passedOver.privateSource += 1;
      return;
    }
    const isEvidence = this.#mode === 'evidence';
    const isOurs = by.initiators[row] === initiators.destination;
    if (isEvidence && (isOurs || by.directions[row] === directions.egress)) {
      passedOver.answers += 1;
      return;
    }
    const destination = this.#endpoints.of(interfaceId, dstaddr, startMs);
    if (destination === undefined) {
      passedOver.notPublic += 1;
      return;
    }
    if (isPassedOver(destination.label)) {
      passedOver.excluded += 1;
      return;
    }
    const rule = isEvidence ? by.decidedBy[row]! : ORIGINAL;
    this.#count(batch, row, { source, startMs, rule, destPort: Math.max(0, ports[row]!), ...destination });
  }

  /** Gives what was collected and begins anew. */
  take(): Sighting[] {
    const all = [...this.sightings.values()];
    this.sightings.clear();
    return all;
  }

  #count(
    batch: ColumnBatch,
    row: number,
    seen: {
      readonly source: string;
      readonly label: string;
      readonly isInstance: boolean;
      readonly destPort: number;
      readonly startMs: number;
      readonly rule: number;
    },
  ): void {
    const { source, label, destPort, startMs, isInstance } = seen;
    const rule = rules[seen.rule] ?? 'none';
    const day = dayOf(startMs);
    const key = `${day} ${source} ${destPort} ${label}`;
    let sighting = this.sightings.get(key);
    if (sighting === undefined) {
      const example = exampleOf(batch, row);
      const none = { count: 0, firstMs: startMs, lastMs: startMs, decidedBy: {}, example };
      sighting = { day, source, dest: label, isInstance, destPort, ...none };
      this.sightings.set(key, sighting);
    }
    sighting.count += 1;
    sighting.firstMs = Math.min(sighting.firstMs, startMs);
    sighting.lastMs = Math.max(sighting.lastMs, startMs);
    sighting.decidedBy[rule] = (sighting.decidedBy[rule] ?? 0) + 1;
    this.counted += 1;
    this.decidedBy[rule] = (this.decidedBy[rule] ?? 0) + 1;
  }
}

/** A batch whose rows know who called whom. */
export interface OrientedRows {
  readonly batch: ColumnBatch;
  readonly starts: ArrayLike<number>;
  readonly ports: ArrayLike<number>;
  readonly by: ReturnType<Orienter['orientBatch']>;
}

/** Orients the rows of a batch, in their order: what was seen opened counts for those that come later. */
export function orient(batch: ColumnBatch, orienter: Orienter): OrientedRows {
  return {
    batch,
    starts: columnOf(batch, 'start', 'double').values,
    ports: columnOf(batch, 'dstport', 'integer').values,
    by: orienter.orientBatch(batch),
  };
}

const ORIGINAL = rules.indexOf('original');

/** The record in a line, for people who ask why. */
function exampleOf(batch: ColumnBatch, row: number): string {
  const { startMs, interfaceId, srcaddr, dstaddr, srcport, dstport, protocol, tcpFlags, flowDirection } =
    rowOf(batch, row);
  const time = startMs === undefined ? '-' : new Date(startMs).toISOString();
  const more = [
    ...(tcpFlags === undefined ? [] : [`tcp-flags ${tcpFlags}`]),
    ...(flowDirection === undefined ? [] : [flowDirection]),
  ];
  return `${time} ${interfaceId} ${srcaddr}:${srcport ?? 0} -> ${dstaddr}:${dstport ?? 0} protocol ${protocol ?? '-'} ${more.join(' ')}`.trim();
}
