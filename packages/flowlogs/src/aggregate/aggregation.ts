import { FlowLogsError } from '../errors.js';
import type { Orienter } from '../meaning/orienter.js';
import type { ColumnBatch } from '../scan/columns.js';
import { Dictionary } from '../scan/dictionary.js';
import { addExact, type ExactSum } from './exact-sums.js';
import { type CompiledFilter, type RowFilter, compileFilter } from './filter.js';
import { GroupTable } from './group-table.js';
import { HalvesJoiner, joinColumns } from './join-halves.js';
import { joinedFields } from './joined-fields.js';
import { type Key, KeyEncoder, type KeyLayout, decodeKey, layOutKeys } from './keys.js';
import { type Measure, type MeasureStore, createMeasure } from './measures.js';
import { type AggregationState, mergeState, takeState } from './state.js';

/** What to aggregate. Plain data: it can be sent to a worker thread. */
export interface AggregationSpec {
  readonly keys: readonly Key[];
  /** Default `records`. */
  readonly measures?: readonly Measure[];
  /** Which records count. Default all. */
  readonly where?: RowFilter;
  /** Groups kept in memory, 1,024 to 16,777,216. Default 1,048,576. */
  readonly maxGroups?: number;
  /**
   * Measure by which the largest groups are kept when there are more than `maxGroups` and no spill. Default `bytes` if
   * measured, else the first measure.
   */
  readonly topBy?: Measure;
  /**
   * Find out who opened each record's connection, so that both of its halves fall into one group by `client`,
   * `server` and `serverport`, and its measures are told apart by the way they went. Every interface that logs a
   * connection counts it: with both ends logged, key or filter by `interface-id`.
   */
  readonly joinHalves?: boolean;
}

/** Where groups go that do not fit into memory. */
export interface SpillStore {
  readonly partitions: number;
  write(partition: number, state: AggregationState): void;
  /** States of a partition in the order of writing. */
  read(partition: number): Iterable<AggregationState>;
  close(): void;
}

/** One group of an aggregation. */
export interface Group {
  readonly key: Readonly<Record<Key, string | number | undefined>>;
  /** Undefined where no record of the group had the field. */
  readonly values: Readonly<Record<string, ExactSum | undefined>>;
}

/** Records that belong to groups which were let go because there were too many. */
export interface Rest {
  /** Sums over these records, of the measures that are sums. */
  readonly values: Readonly<Record<string, ExactSum>>;
  /** Groups let go; one that came back counts again. */
  readonly groups: number;
  /** No group that is shown can miss more than this of `topBy`, and no larger one is missing. */
  readonly errorBound: number;
}

/** Counts records by keys, in bounded memory. */
export class Aggregation {
  readonly spec: AggregationSpec;
  readonly layout: KeyLayout;
  readonly measures: readonly MeasureStore[];
  readonly #filter: CompiledFilter | undefined;
  readonly #orienter: Orienter | undefined;
  #joiner: HalvesJoiner | undefined;
  readonly #maxGroups: number;
  readonly #rankedBy: MeasureStore;
  readonly #spill: SpillStore | undefined;
  #dictionary: Dictionary = new Dictionary();
  #encoder: KeyEncoder;
  readonly #table: GroupTable;
  #hasSpilled = false;
  #restValues: Record<string, ExactSum> = {};
  #restGroups = 0;
  #errorBound = 0;
  #words: Uint32Array = new Uint32Array(0);
  #groups: Int32Array = new Int32Array(0);
  #mask: Uint8Array = new Uint8Array(0);

  /**
   * `orienter` is used for `joinHalves`: it may know more than the default one, which has no facts about interfaces.
   * @throws FlowLogsError NET_FLOWLOGS_COLUMN, NET_FLOWLOGS_ARGUMENT
   */
  constructor(spec: AggregationSpec, spill?: SpillStore, orienter?: Orienter) {
    const { maxGroups = 1_048_576, measures = ['records'] } = spec;
    if (!(maxGroups >= 1024 && maxGroups <= 16_777_216)) {
      throw new FlowLogsError(
        'NET_FLOWLOGS_ARGUMENT',
        `maxGroups ${maxGroups} is not between 1,024 and 16,777,216`,
      );
    }
    this.spec = spec;
    this.layout = layOutKeys(spec.keys);
    this.measures = [...new Set(measures)].map(createMeasure);
    const by = spec.topBy ?? (measures.includes('bytes') ? 'bytes' : measures[0]);
    const rankedBy = this.measures.find((store) => store.measure === by);
    if (rankedBy === undefined) throw new FlowLogsError('NET_FLOWLOGS_COLUMN', `${by ?? ''} is not measured`);
    this.#rankedBy = rankedBy;
    this.#filter = spec.where === undefined ? undefined : compileFilter(spec.where);
    if (spec.joinHalves !== true) this.#refuseJoinedFields();
    this.#orienter = orienter;
    this.#maxGroups = maxGroups;
    this.#spill = spill;
    this.#table = new GroupTable(this.layout.words);
    this.#encoder = new KeyEncoder(this.layout, this.#dictionary);
  }

  /** Fields that batches must have. */
  get columns(): readonly string[] {
    const measured = this.measures.flatMap((store) => store.columns);
    const own = [...this.layout.columns, ...measured, ...(this.#filter?.columns ?? [])];
    if (this.spec.joinHalves !== true) return [...new Set(own)];
    return [...new Set([...own.filter((name) => !Object.hasOwn(joinedFields, name)), ...joinColumns])];
  }

  /** Groups in memory. */
  get size(): number {
    return this.#table.size;
  }

  /** What did not fit; undefined when everything did, or was spilled. */
  get rest(): Rest | undefined {
    if (this.#restGroups === 0) return undefined;
    return { values: this.#restValues, groups: this.#restGroups, errorBound: this.#errorBound };
  }

  /** Counts the rows of a batch. */
  add(given: ColumnBatch): void {
    const { rows } = given;
    const batch = this.#joined(given);
    const { words } = this.layout;
    if (this.#groups.length < rows) {
      this.#words = new Uint32Array(rows * words);
      this.#groups = new Int32Array(rows);
      this.#mask = new Uint8Array(rows);
    } else this.#words.fill(0, 0, rows * words);
    this.#filter?.apply(batch, this.#mask);
    this.#encoder.encode(batch, this.#words);
    this.#table.find(this.#words, rows, this.#groups, this.#filter === undefined ? undefined : this.#mask);
    for (const measure of this.measures) {
      measure.reserve(this.#table.size);
      measure.add(this.#groups, batch);
    }
    this.#bound();
  }

  /** Adds what another aggregation of the same spec counted. */
  merge(other: Aggregation): void {
    this.mergeState(other.state());
  }

  mergeState(state: AggregationState): void {
    mergeState(state, this.layout, this.#dictionary, this.#table, this.measures);
    for (const [measure, value] of Object.entries(state.restValues)) this.#addRest(measure, value);
    this.#restGroups += state.restGroups;
    this.#errorBound += state.errorBound;
    this.#bound();
  }

  /** Everything counted, as plain data for `mergeState`; spilled groups are not part of it. */
  state(): AggregationState {
    const all = new Int32Array(this.#table.size);
    for (let group = 0; group < all.length; group++) all[group] = group;
    return {
      ...takeState(all, this.layout, this.#dictionary, this.#table, this.measures),
      restValues: this.#restValues,
      restGroups: this.#restGroups,
      errorBound: this.#errorBound,
    };
  }

  /** All groups, in no particular order. After spilling, one partition at a time is brought back to memory. */
  *groups(): Generator<Group> {
    if (!this.#hasSpilled) {
      for (let group = 0; group < this.#table.size; group++) yield this.#group(group);
      return;
    }
    this.#spillAll();
    for (let partition = 0; partition < this.#spill!.partitions; partition++) {
      const part = new Aggregation({ ...this.spec, maxGroups: 16_777_216 });
      for (const state of this.#spill!.read(partition)) part.mergeState(state);
      yield* part.groups();
    }
  }

  /** The `count` largest groups by a measure, largest first. */
  top(count: number, by: Measure = this.#rankedBy.measure): Group[] {
    const best: { rank: number; group: Group }[] = [];
    const rankOf = (group: Group): number => Number(group.values[by] ?? 0);
    if (!this.measures.some((store) => store.measure === by)) {
      throw new FlowLogsError('NET_FLOWLOGS_COLUMN', `${by} is not measured`);
    }
    for (const group of this.groups()) {
      best.push({ rank: rankOf(group), group });
      if (best.length < count * 2 + 1024) continue;
      best.sort((a, b) => b.rank - a.rank);
      best.length = Math.min(best.length, count);
    }
    return best
      .sort((a, b) => b.rank - a.rank)
      .slice(0, count)
      .map((entry) => entry.group);
  }

  /** Releases what was spilled. */
  close(): void {
    this.#spill?.close();
  }

  #joined(batch: ColumnBatch): ColumnBatch {
    if (this.spec.joinHalves !== true) return batch;
    this.#joiner ??= new HalvesJoiner(this.#orienter);
    return this.#joiner.join(batch);
  }

  #refuseJoinedFields(): void {
    const measured = this.measures.flatMap((store) => store.columns);
    const used = [...this.layout.columns, ...measured, ...(this.#filter?.columns ?? [])];
    const joined = used.find((name) => Object.hasOwn(joinedFields, name));
    if (joined === undefined) return;
    throw new FlowLogsError('NET_FLOWLOGS_COLUMN', `${joined} needs joinHalves`);
  }

  #group(group: number): Group {
    const key = decodeKey(this.layout, this.#dictionary, this.#table.keys, group * this.layout.words);
    const values: Record<string, ExactSum | undefined> = {};
    for (const store of this.measures) values[store.measure] = store.value(group);
    return { key, values };
  }

  #bound(): void {
    if (this.#table.size <= this.#maxGroups) return;
    if (this.#spill === undefined) this.#prune();
    else this.#spillAll();
  }

  /** Keeps the larger half of the groups; the others become the rest. */
  #prune(): void {
    const { size } = this.#table;
    const ranks = Float64Array.from({ length: size }, (_unused, group) => this.#rankedBy.rank(group));
    const order = Uint32Array.from({ length: size }, (_unused, group) => group);
    order.sort((a, b) => ranks[b]! - ranks[a]!);
    const kept = Int32Array.from(order.subarray(0, this.#maxGroups >> 1));
    for (const group of order.subarray(kept.length)) {
      for (const store of this.measures) {
        if (store.isSum) this.#addRest(store.measure, store.value(group) ?? 0);
      }
    }
    this.#restGroups += size - kept.length;
    this.#errorBound += ranks[order[kept.length]!]!;
    const state = takeState(kept, this.layout, this.#dictionary, this.#table, this.measures);
    this.#clear();
    mergeState(state, this.layout, this.#dictionary, this.#table, this.measures);
  }

  #spillAll(): void {
    const { size } = this.#table;
    const { partitions } = this.#spill!;
    const members: number[][] = Array.from({ length: partitions }, () => []);
    for (let group = 0; group < size; group++) {
      members[this.#partitionOf(group, partitions)]!.push(group);
    }
    members.forEach((groups, partition) => {
      if (groups.length === 0) return;
      const taken = takeState(
        Int32Array.from(groups),
        this.layout,
        this.#dictionary,
        this.#table,
        this.measures,
      );
      this.#spill!.write(partition, { ...taken, restValues: {}, restGroups: 0, errorBound: 0 });
    });
    this.#hasSpilled = true;
    this.#clear();
  }

  /** The same for equal keys whatever the ids of texts and addresses are. */
  #partitionOf(group: number, partitions: number): number {
    const key = decodeKey(this.layout, this.#dictionary, this.#table.keys, group * this.layout.words);
    let hash = 0x811c9dc5;
    for (const value of Object.values(key)) {
      const text = String(value);
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      hash = Math.imul(hash ^ 10, 0x01000193);
    }
    return ((hash ^ (hash >>> 15)) >>> 0) % partitions;
  }

  #clear(): void {
    this.#table.clear();
    for (const store of this.measures) store.clear();
    this.#dictionary = new Dictionary();
    this.#encoder = new KeyEncoder(this.layout, this.#dictionary);
  }

  #addRest(measure: string, value: ExactSum): void {
    this.#restValues[measure] = addExact(this.#restValues[measure] ?? 0, value);
  }
}
