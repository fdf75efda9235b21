import { FlowLogsError } from '../errors.js';
import { parsePrefix } from '../meaning/prefix.js';
import { PrefixTable } from '../meaning/prefix-table.js';
import type { Column, ColumnBatch } from '../scan/columns.js';
import type { Dictionary } from '../scan/dictionary.js';
import { kindOf, spelledField } from './joined-fields.js';

/**
 * Which records count: for each field the values it may have (any of them, all fields must agree). Addresses are given
 * as addresses or prefixes, numbers as numbers or ranges (`1024-65535`), times as ISO 8601 or milliseconds in a range
 * (`FROM..TO`, either may be missing), everything else as text. A value that begins with `!` must not match.
 */
export type RowFilter = Readonly<Record<string, string | number | readonly (string | number)[]>>;

/** A filter made ready. */
export interface CompiledFilter {
  /** Fields that a batch must have. */
  readonly columns: readonly string[];
  /** Sets `mask[row]` to 1 for rows that count, else 0. */
  apply(batch: ColumnBatch, mask: Uint8Array): void;
}

/** @throws FlowLogsError NET_FLOWLOGS_COLUMN or NET_FLOWLOGS_ARGUMENT for fields or values that cannot be */
export function compileFilter(filter: RowFilter): CompiledFilter {
  const tests = Object.entries(filter).map(([name, given]) => {
    const column = spelledField(name) ?? name;
    const values = (Array.isArray(given) ? (given as readonly (string | number)[]) : [given]).map(String);
    return { column, test: compileTest(column, values) };
  });
  return {
    columns: tests.map((test) => test.column),
    apply: (batch, mask) => {
      mask.fill(1, 0, batch.rows);
      for (const { column, test } of tests) {
        const cells = batch.columns.get(column);
        if (cells === undefined) mask.fill(0, 0, batch.rows);
        else test(cells, batch.rows, batch.dictionary, mask);
      }
    },
  };
}

type Test = (column: Column, rows: number, dictionary: Dictionary, mask: Uint8Array) => void;

function compileTest(name: string, values: readonly string[]): Test {
  const wanted = values.filter((value) => !value.startsWith('!'));
  const unwanted = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
  const kind = kindOf(name);
  if (kind === 'address') return addressTest(wanted, unwanted);
  if (kind === 'text' || kind === 'action' || kind === 'status') return symbolTest(wanted, unwanted);
  const parse = kind === 'time' ? parseTimes : parseNumbers;
  const within = wanted.map((value) => parse(name, value));
  const without = unwanted.map((value) => parse(name, value));
  return (column, rows, _dictionary, mask) => {
    for (let row = 0; row < rows; row++) {
      const value = column.values[row]!;
      const isWanted = within.length === 0 || within.some(([from, to]) => value >= from && value <= to);
      if (!isWanted || without.some(([from, to]) => value >= from && value <= to)) mask[row] = 0;
    }
  };
}

function addressTest(wanted: readonly string[], unwanted: readonly string[]): Test {
  const inside = new PrefixTable<true>();
  const outside = new PrefixTable<true>();
  for (const [table, texts] of [
    [inside, wanted],
    [outside, unwanted],
  ] as const) {
    for (const text of texts) {
      const prefix = parsePrefix(text);
      if (prefix === undefined)
        throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `${text} is no address or prefix`);
      table.add(prefix, true);
    }
  }
  return (column, rows, dictionary, mask) => {
    if (column.type !== 'address') return;
    for (let row = 0; row < rows; row++) {
      const value = column.values[row]!;
      const family = column.families[row]!;
      const isIn = (table: PrefixTable<true>): boolean =>
        family === 4
          ? table.match4(value) === true
          : family === 6 && table.match6(...dictionary.addresses.words(value)) === true;
      if ((wanted.length > 0 && !isIn(inside)) || isIn(outside)) mask[row] = 0;
    }
  };
}

function symbolTest(wanted: readonly string[], unwanted: readonly string[]): Test {
  // Known answers per id of the dictionary: 0 unknown, 1 yes, 2 no.
  let from: Dictionary | undefined;
  let answers = new Uint8Array(1024);
  const answer = (text: string): number =>
    (wanted.length === 0 || wanted.includes(text)) && !unwanted.includes(text) ? 1 : 2;
  return (column, rows, dictionary, mask) => {
    if (dictionary !== from) {
      from = dictionary;
      answers.fill(0);
    }
    if (answers.length < dictionary.symbols.size) {
      const larger = new Uint8Array(dictionary.symbols.size * 2);
      larger.set(answers);
      answers = larger;
    }
    for (let row = 0; row < rows; row++) {
      const id = column.values[row]!;
      if (answers[id] === 0) answers[id] = answer(dictionary.symbols.text(id));
      if (answers[id] === 2) mask[row] = 0;
    }
  };
}

function parseNumbers(name: string, text: string): [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null)
    throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `${name}: ${text} is no number or range`);
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

function parseTimes(name: string, text: string): [number, number] {
  const [from, to, ...more] = text.split('..');
  const moment = (part: string | undefined, open: number): number => {
    if (part === undefined || part === '') return open;
    return /^\d+$/.test(part) ? Number(part) : Date.parse(part);
  };
  const range: [number, number] = [moment(from, -Infinity), moment(to, Infinity)];
  if (to === undefined || more.length > 0 || range.some(Number.isNaN)) {
    throw new FlowLogsError('NET_FLOWLOGS_ARGUMENT', `${name}: ${text} is no range of times (FROM..TO)`);
  }
  return range;
}
