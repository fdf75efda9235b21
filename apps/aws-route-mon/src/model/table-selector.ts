import { InputError } from '../errors.js';
import { parseDestination } from './destination.js';
import { type Expression, evaluate, parseExpression, wordsOf } from './expression.js';
import type { RouteTable } from './route-table.js';

/** Which tables are watched: those named, and those that an expression fits. */
export interface TableSelection {
  readonly ids: readonly string[];
  /** A table that fits any of them is watched. */
  readonly expressions: readonly TableExpression[];
}

/** A checked expression over tables; made by {@link parseTableExpression}. */
export interface TableExpression {
  readonly text: string;
  readonly expression: Expression;
}

/**
 * Reads an expression over the words `all`, `main`, `id:rtb-...`, `vpc:vpc-...`, `subnet:subnet-...` (associated
 * with it; not by way of the main table), `tag:KEY`,
 * `tag:KEY=VALUE`, `tag:KEY~REGEXP` and `has-route:X`, where X is a destination or the id of a target.
 *
 * @throws {InputError} with what is wrong and where
 */
export function parseTableExpression(text: string): TableExpression {
  const expression = parseExpression(text);
  for (const { word, at } of wordsOf(expression)) {
    try {
      wordTest(word);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`${error.message} (character ${at})`, { cause: error });
    }
  }
  return { text, expression };
}

/**
 * The tables to watch, in the order of their ids. A table with an edge association routes what comes in through a
 * gateway: it is left out unless it is named by id.
 */
export function selectTables(
  tables: readonly RouteTable[],
  selection: TableSelection,
): readonly RouteTable[] {
  const named = new Set(selection.ids);
  return tables
    .filter(
      (table) =>
        named.has(table.id) ||
        (table.gatewayIds.length === 0 &&
          selection.expressions.some(
            ({ expression }) => evaluate(expression, (word) => wordTest(word)(table)) === true,
          )),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

type WordTest = (table: RouteTable) => boolean;

function wordTest(word: string): WordTest {
  if (word === 'all') return () => true;
  if (word === 'main') return (table) => table.isMain;
  const colon = word.indexOf(':');
  const name = colon < 0 ? word : word.slice(0, colon);
  const value = colon < 0 ? '' : word.slice(colon + 1);
  const make = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  if (!make || value === '') {
    throw new InputError(
      `${JSON.stringify(word.slice(0, 80))} is not a word of a table expression: expected all, main, id:, vpc:, subnet:, tag: or has-route:`,
    );
  }
  return make(value);
}

const WORDS: Readonly<Record<string, (value: string) => WordTest>> = {
  id: (value) => {
    const id = checkedId('rtb', value);
    return (table) => table.id === id;
  },
  vpc: (value) => {
    const id = checkedId('vpc', value);
    return (table) => table.vpcId === id;
  },
  subnet: (value) => {
    const id = checkedId('subnet', value);
    // A subnet without an association of its own uses the main table, but so would one that is mistyped: only what is
    // associated is selected, and the main table is asked for by its name.
    return (table) => table.subnetIds.includes(id);
  },
  tag: tagTest,
  'has-route': (value) => {
    const destination = /[/]|^pl-/.test(value) ? parseDestination(value) : undefined;
    return (table) =>
      table.routes.some((route) =>
        destination === undefined
          ? route.target.id === value || route.instanceId === value
          : route.destination.kind === destination.kind && route.destination.value === destination.value,
      );
  },
};

function tagTest(value: string): WordTest {
  const match = /^([^=~]+)(?:([=~])(.*))?$/s.exec(value);
  const [, key, sign, wanted = ''] = match ?? [];
  if (key === undefined) throw new InputError(`tag:${value.slice(0, 80)} names no key`);
  const has = (table: RouteTable): string | undefined =>
    Object.hasOwn(table.tags, key) ? table.tags[key] : undefined;
  if (sign === undefined) return (table) => has(table) !== undefined;
  if (sign === '=') return (table) => has(table) === wanted;
  const pattern = toPattern(wanted);
  return (table) => {
    const found = has(table);
    return found !== undefined && pattern.test(found);
  };
}

function toPattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    throw new InputError(`${JSON.stringify(text.slice(0, 80))} is not a regular expression`, {
      cause: error,
    });
  }
}

function checkedId(prefix: string, id: string): string {
  if (new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) return id;
  throw new InputError(
    `${JSON.stringify(id.slice(0, 80))} is not an id: expected ${prefix}- and 8 or 17 hexadecimal digits`,
  );
}
