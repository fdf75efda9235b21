import { Dictionary } from '../scan/dictionary.js';
import type { ExactSum } from './exact-sums.js';
import type { GroupTable } from './group-table.js';
import { type KeyLayout, translateKeys } from './keys.js';
import type { MeasureState, MeasureStore } from './measures.js';

/** Groups as plain data: for another thread, a file, or a later run. */
export interface AggregationState {
  /** Key words; ids of texts and IPv6 addresses are positions in `texts` and `addresses`. */
  readonly keys: Uint32Array;
  readonly groups: number;
  readonly texts: readonly string[];
  /** Four words an IPv6 address. */
  readonly addresses: Uint32Array;
  readonly measures: readonly MeasureState[];
  readonly restValues: Readonly<Record<string, ExactSum>>;
  readonly restGroups: number;
  readonly errorBound: number;
}

/** Buffers of a state, for `postMessage` to hand over instead of copying. The state is of no use here afterwards. */
export function transferablesOf(state: AggregationState): ArrayBuffer[] {
  const arrays: (Float64Array | Int32Array | Uint32Array | Uint8Array)[] = [state.keys, state.addresses];
  for (const measure of state.measures) {
    if (measure.type === 'sum')
      arrays.push(measure.low, ...(measure.high === undefined ? [] : [measure.high]));
    else if (measure.type === 'distinct') arrays.push(...measure.states);
    else arrays.push(measure.values);
  }
  return [...new Set(arrays.map((array) => array.buffer as ArrayBuffer))];
}

type Groups = Omit<AggregationState, 'restValues' | 'restGroups' | 'errorBound'>;

/** The given groups with the texts and addresses that their keys use. */
export function takeState(
  groups: Int32Array,
  layout: KeyLayout,
  dictionary: Dictionary,
  table: GroupTable,
  measures: readonly MeasureStore[],
): Groups {
  const { words } = layout;
  const keys = new Uint32Array(groups.length * words);
  const stored = table.keys;
  for (let index = 0, to = 0; index < groups.length; index++) {
    const from = groups[index]! * words;
    for (let word = 0; word < words; word++) keys[to++] = stored[from + word]!;
  }
  const texts: string[] = [];
  const textIds = new Map<number, number>();
  const addresses: number[] = [];
  const addressIds = new Map<number, number>();
  translateKeys(
    layout,
    keys,
    groups.length,
    (id) => {
      const known = textIds.get(id);
      if (known !== undefined) return known;
      textIds.set(id, texts.length);
      return texts.push(Buffer.from(dictionary.symbols.raw(id)).toString('latin1')) - 1;
    },
    (id) => {
      const known = addressIds.get(id);
      if (known !== undefined) return known;
      addressIds.set(id, addresses.length / 4);
      return addresses.push(...dictionary.addresses.words(id)) / 4 - 1;
    },
  );
  return {
    keys,
    groups: groups.length,
    texts,
    addresses: Uint32Array.from(addresses),
    measures: measures.map((store) => store.state(groups)),
  };
}

/** Adds groups of a state to a table with the given dictionary. */
export function mergeState(
  state: Groups,
  layout: KeyLayout,
  dictionary: Dictionary,
  table: GroupTable,
  measures: readonly MeasureStore[],
): void {
  const texts = state.texts.map((text) => dictionary.symbols.internBytes(Buffer.from(text, 'latin1')));
  const { addresses } = state;
  const ids = Array.from({ length: addresses.length / 4 }, (_unused, i) =>
    dictionary.addresses.intern(
      addresses[i * 4]!,
      addresses[i * 4 + 1]!,
      addresses[i * 4 + 2]!,
      addresses[i * 4 + 3]!,
    ),
  );
  const keys = state.keys.slice();
  translateKeys(
    layout,
    keys,
    state.groups,
    (id) => texts[id]!,
    (id) => ids[id]!,
  );
  const groups = new Int32Array(state.groups);
  table.find(keys, state.groups, groups);
  measures.forEach((store, index) => {
    store.reserve(table.size);
    store.merge(groups, state.measures[index]!);
  });
}
