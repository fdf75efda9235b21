import { FlowLogsError } from '../errors.js';
import { type Column, type ColumnBatch, columnTypeOf } from '../scan/columns.js';
import type { Dictionary } from '../scan/dictionary.js';
import { DistinctCounter } from './distinct.js';
import { type ExactSum, ExactSums } from './exact-sums.js';
import { kindOf, spelledField } from './joined-fields.js';

/**
 * What an aggregation measures for each group:
 * `records`; `packets` and `bytes`, exact at any size; `first` and `last`, the earliest start and latest end in
 * milliseconds; `flags`, all TCP flags seen; `distinct:FIELD`, how many different values a field had (estimated). With
 * `joinHalves` also what went which way.
 */
export type Measure = SumMeasure | 'first' | 'last' | 'flags' | `distinct:${string}`;

export type SumMeasure =
  | 'records'
  | 'packets'
  | 'bytes'
  | 'packets-to-server'
  | 'bytes-to-server'
  | 'packets-to-client'
  | 'bytes-to-client';

/** What of a measure goes to another thread or to disk. */
export type MeasureState =
  | { readonly type: 'sum'; readonly low: Float64Array; readonly high: Float64Array | undefined }
  | { readonly type: 'extreme'; readonly values: Float64Array }
  | { readonly type: 'flags'; readonly values: Int32Array }
  | { readonly type: 'distinct'; readonly states: readonly (Float64Array | Uint8Array)[] };

/** One measure over all groups. */
export interface MeasureStore {
  readonly measure: Measure;
  /** Whether values of groups can be added to one another. */
  readonly isSum: boolean;
  /** Fields that a batch must have; one that the format lacks is all absent. */
  readonly columns: readonly string[];
  add(groups: Int32Array, batch: ColumnBatch): void;
  reserve(count: number): void;
  /** Adds the groups of another store of the same measure: its group `i` to `groups[i]`. */
  merge(groups: Int32Array, state: MeasureState): void;
  /** State of the given groups, in that order. */
  state(groups: Int32Array): MeasureState;
  value(group: number): ExactSum | undefined;
  /** For sorting. */
  rank(group: number): number;
  /** Makes all groups as new. */
  clear(): void;
}

/** @throws FlowLogsError NET_FLOWLOGS_COLUMN when there is no such measure */
export function createMeasure(measure: Measure): MeasureStore {
  switch (measure) {
    case 'records':
    case 'packets':
    case 'bytes':
    case 'packets-to-server':
    case 'bytes-to-server':
    case 'packets-to-client':
    case 'bytes-to-client':
      return sumMeasure(measure);
    case 'first':
      return extremeMeasure(measure, 'start', 1);
    case 'last':
      return extremeMeasure(measure, 'end', -1);
    case 'flags':
      return flagsMeasure();
  }
  const field = spelledField(measure.slice(9));
  if (!measure.startsWith('distinct:') || field === undefined || columnTypeOf(kindOf(field)) === 'double') {
    throw new FlowLogsError('NET_FLOWLOGS_COLUMN', `there is no measure ${measure}`);
  }
  return distinctMeasure(measure, field);
}

function sumMeasure(measure: SumMeasure): MeasureStore {
  const sums = new ExactSums();
  return {
    measure,
    isSum: true,
    columns: measure === 'records' ? [] : [measure],
    add: (groups, batch) => {
      if (measure === 'records') {
        const { low } = sums;
        for (let row = 0; row < batch.rows; row++) {
          const group = groups[row]!;
          if (group >= 0) low[group]!++;
        }
        return;
      }
      const column = batch.columns.get(measure);
      if (column?.type === 'double') sums.addRows(groups, column.values, batch.rows);
    },
    reserve: (count) => sums.reserve(count),
    merge: (groups, state) => {
      if (state.type !== 'sum') return;
      for (let i = 0; i < groups.length; i++) sums.addParts(groups[i]!, state.low[i]!, state.high?.[i] ?? 0);
    },
    state: (groups) => ({
      type: 'sum',
      low: pick(sums.low, groups, new Float64Array(groups.length)),
      high: sums.high === undefined ? undefined : pick(sums.high, groups, new Float64Array(groups.length)),
    }),
    value: (group) => sums.get(group),
    rank: (group) => sums.approximate(group),
    clear: () => {
      sums.low.fill(0);
      sums.high = undefined;
    },
  };
}

function extremeMeasure(measure: 'first' | 'last', field: string, sign: 1 | -1): MeasureStore {
  // The smallest of `sign * value`.
  let values = new Float64Array(0);
  return {
    measure,
    isSum: false,
    columns: [field],
    add: (groups, batch) => {
      const column = batch.columns.get(field);
      if (column?.type !== 'double') return;
      for (let row = 0; row < batch.rows; row++) {
        const group = groups[row]!;
        const value = sign * column.values[row]!;
        if (group >= 0 && value < values[group]!) values[group] = value;
      }
    },
    reserve: (count) => {
      if (count <= values.length) return;
      const larger = new Float64Array(Math.max(count, values.length * 2)).fill(Infinity);
      larger.set(values);
      values = larger;
    },
    merge: (groups, state) => {
      if (state.type !== 'extreme') return;
      for (let i = 0; i < groups.length; i++) {
        const group = groups[i]!;
        values[group] = Math.min(values[group]!, state.values[i]!);
      }
    },
    state: (groups) => ({ type: 'extreme', values: pick(values, groups, new Float64Array(groups.length)) }),
    value: (group) => (values[group] === Infinity ? undefined : sign * values[group]!),
    rank: (group) => sign * values[group]!,
    clear: () => values.fill(Infinity),
  };
}

function flagsMeasure(): MeasureStore {
  let values = new Int32Array(0);
  return {
    measure: 'flags',
    isSum: false,
    columns: ['tcp-flags'],
    add: (groups, batch) => {
      const column = batch.columns.get('tcp-flags');
      if (column?.type !== 'integer') return;
      for (let row = 0; row < batch.rows; row++) {
        const group = groups[row]!;
        const flags = column.values[row]!;
        // Bit 8: some record had flags at all.
        if (group >= 0 && flags >= 0) values[group]! |= flags | 256;
      }
    },
    reserve: (count) => {
      if (count <= values.length) return;
      const larger = new Int32Array(Math.max(count, values.length * 2));
      larger.set(values);
      values = larger;
    },
    merge: (groups, state) => {
      if (state.type !== 'flags') return;
      for (let i = 0; i < groups.length; i++) values[groups[i]!]! |= state.values[i]!;
    },
    state: (groups) => ({ type: 'flags', values: pick(values, groups, new Int32Array(groups.length)) }),
    value: (group) => (values[group] === 0 ? undefined : values[group]! & 255),
    rank: (group) => values[group]! & 255,
    clear: () => values.fill(0),
  };
}

function distinctMeasure(measure: Measure, field: string): MeasureStore {
  let counters: (DistinctCounter | undefined)[] = [];
  const counterOf = (group: number): DistinctCounter => (counters[group] ??= new DistinctCounter());
  return {
    measure,
    isSum: false,
    columns: [field],
    add: (groups, batch) => {
      const column = batch.columns.get(field);
      if (column === undefined) return;
      const hashes = new Int32Array(2);
      for (let row = 0; row < batch.rows; row++) {
        const group = groups[row]!;
        if (group >= 0 && hashCell(column, row, batch.dictionary, hashes)) {
          counterOf(group).add(hashes[0]!, hashes[1]!);
        }
      }
    },
    reserve: () => undefined,
    merge: (groups, state) => {
      if (state.type !== 'distinct') return;
      for (let i = 0; i < groups.length; i++) counterOf(groups[i]!).mergeState(state.states[i]!);
    },
    state: (groups) => ({
      type: 'distinct',
      states: Array.from(groups, (group) => counters[group]?.state() ?? new Float64Array(0)),
    }),
    value: (group) => counters[group]?.estimate ?? 0,
    rank: (group) => counters[group]?.estimate ?? 0,
    clear: () => {
      counters = [];
    },
  };
}

function pick<A extends Float64Array | Int32Array>(from: A, groups: Int32Array, to: A): A {
  for (let i = 0; i < groups.length; i++) to[i] = from[groups[i]!]!;
  return to;
}

/** Two hashes of a cell's content, the same in every thread; false when the cell is absent. */
function hashCell(column: Column, row: number, dictionary: Dictionary, hashes: Int32Array): boolean {
  const value = column.values[row]!;
  switch (column.type) {
    case 'address': {
      const family = column.families[row]!;
      if (family === 0) return false;
      const words = family === 4 ? [value] : dictionary.addresses.words(value);
      let hash = family;
      for (const word of words) hash = mix(hash ^ word);
      setHashes(hashes, hash);
      return true;
    }
    case 'integer':
      setHashes(hashes, mix(value + 1));
      return value >= 0;
    case 'symbol':
      setHashes(hashes, mix(dictionary.symbols.hash(value)));
      return value !== 0;
    case 'double':
      return false;
  }
}

/** The second hash is a bijection of the first, so distinct v4 addresses never collide. */
function setHashes(hashes: Int32Array, hash: number): void {
  hashes[0] = hash;
  hashes[1] = mix(hash ^ 0x5bd1e995);
}

/** Finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
