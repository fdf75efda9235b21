import type { App, Command } from '../app.js';
import { UsageError } from '../errors.js';
import { commonOptions } from './common-options.js';
import { decodeText } from './decode.js';
import { nearest } from './nearest.js';
import { type Options, flagsOf } from './option.js';
import yargs from 'yargs';

/** One use of an option on the command line. */
export interface Occurrence {
  readonly text: string;
  /** Which argument the value stood in, counted from 1. */
  readonly argument: number;
}

/** What the command line says, before any value is looked at. */
export interface CommandLine {
  readonly command: Command | undefined;
  /** Whether the command was named, not taken by default. */
  readonly isNamed: boolean;
  /** By flag, with dashes. */
  readonly flags: ReadonlyMap<string, readonly Occurrence[]>;
  /** Words without a flag, after the command's name. */
  readonly words: readonly Occurrence[];
  /** Words after `--`. */
  readonly rest: readonly string[];
}

/**
 * Reads the command line. Flags may stand before and after the command's name. Throws {@link UsageError} for
 * unknown flags and commands, with the nearest known one, and for flags without their value.
 */
export function readArgv(app: App, argv: readonly string[]): CommandLine {
  const known = knownFlags(app);
  const { tokens, positions, words, rest } = normalise(argv, known);
  const parsed = parse(tokens, known);
  const first = words[0];
  const named = first && app.commands.find((c) => c.name === first.text || c.aliases?.includes(first.text));
  const command = named ?? app.commands.find((c) => c.name === app.defaultCommand);
  const unexpected = named ? undefined : first;
  if (unexpected && Object.keys(command?.positionals ?? {}).length === 0) {
    throw unknownCommand(app, unexpected);
  }
  const allowed = new Set(flagNames({ ...command?.options, ...commonOptions(app) }));
  const flags = new Map<string, Occurrence[]>();
  for (const [flag, texts] of parsed) {
    if (command && !allowed.has(flag)) {
      const owner = app.commands.find((c) => flagNames(c.options).includes(flag));
      throw new UsageError(
        `${flag} is an option of the command ${owner?.name ?? '?'}, not of ${command.name}`,
      );
    }
    const at = positions.get(flag) ?? [];
    flags.set(
      flag,
      texts.map((text, index) => ({ text, argument: at[index] ?? 0 })),
    );
  }
  return { command, isNamed: named !== undefined, flags, words: named ? words.slice(1) : words, rest };
}

function flagNames(options: Options): string[] {
  return Object.entries(options).flatMap(([key, declared]) => flagsOf(key, declared));
}

/** Every flag of every command, and whether it takes a value. */
function knownFlags(app: App): Map<string, boolean> {
  const known = new Map<string, boolean>();
  for (const options of [commonOptions(app), ...app.commands.map((c) => c.options)]) {
    for (const [key, declared] of Object.entries(options)) {
      for (const flag of flagsOf(key, declared)) known.set(flag, declared.kind !== 'boolean');
    }
  }
  return known;
}

interface Normalised {
  readonly tokens: string[];
  readonly positions: Map<string, number[]>;
  readonly words: Occurrence[];
  readonly rest: string[];
}

/**
 * Writes every flag in the one form that leaves nothing to guess, `--name=value` or `-n=value`, and notes where
 * each stood: values may begin with a dash, and `-rVALUE` and `-dxVALUE` work as in getopt.
 */
function normalise(argv: readonly string[], known: ReadonlyMap<string, boolean>): Normalised {
  const result: Normalised = { tokens: [], positions: new Map(), words: [], rest: [] };
  const add = (flag: string, value: string | undefined, argument: number): void => {
    result.tokens.push(value === undefined ? flag : `${flag}=${protectQuotes(value)}`);
    const name = flag.startsWith('--no-') && !known.has(flag) ? `--${flag.slice(5)}` : flag;
    result.positions.set(name, [...(result.positions.get(name) ?? []), argument]);
  };
  const following = (index: number): string | undefined => {
    const next = argv[index + 1];
    return next === undefined || next === '--' || known.has(next.replace(/=.*/s, '')) ? undefined : next;
  };
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    const at = index + 1;
    if (argument === '--') {
      result.rest.push(...argv.slice(at));
      break;
    }
    const equals = argument.indexOf('=');
    const flag = equals > 0 ? argument.slice(0, equals) : argument;
    const inline = equals > 0 ? argument.slice(equals + 1) : undefined;
    if (/^--[A-Za-z]/.test(argument)) {
      const positive = flag.startsWith('--no-') ? `--${flag.slice(5)}` : flag;
      const takes = known.get(flag) ?? (known.get(positive) === false ? false : undefined);
      if (takes === undefined) throw unknownFlag(flag, [...known.keys()]);
      if (!takes) {
        add(flag, inline === undefined ? undefined : truth(flag, inline, at), at);
        continue;
      }
      const value = inline ?? following(index);
      if (value === undefined || value === '') throw new UsageError(`${flag} needs a value (argument ${at})`);
      if (inline === undefined) index++;
      add(flag, value, inline === undefined ? at + 1 : at);
    } else if (/^-[A-Za-z0-9]/.test(argument) && known.has(argument.slice(0, 2))) {
      index += shortFlags(argument, at, known, add, () => following(index));
    } else if (/^-[A-Za-z]/.test(argument)) {
      throw unknownFlag(flag, [...known.keys()]);
    } else {
      result.words.push({ text: argument, argument: at });
    }
  }
  return result;
}

/** Reads a cluster of one-letter flags; gives how many further arguments it used. */
function shortFlags(
  cluster: string,
  at: number,
  known: ReadonlyMap<string, boolean>,
  add: (flag: string, value: string | undefined, argument: number) => void,
  following: () => string | undefined,
): number {
  for (let index = 1; index < cluster.length; index++) {
    const flag = `-${cluster.charAt(index)}`;
    if (!known.has(flag)) throw unknownFlag(flag, [...known.keys()]);
    const rest = cluster.slice(index + 1);
    if (!known.get(flag)) {
      if (rest.startsWith('=')) {
        add(flag, truth(flag, rest.slice(1), at), at);
        return 0;
      }
      add(flag, undefined, at);
      continue;
    }
    const inline = rest.startsWith('=') ? rest.slice(1) : rest === '' ? undefined : rest;
    const value = inline ?? following();
    if (value === undefined || value === '') throw new UsageError(`${flag} needs a value (argument ${at})`);
    add(flag, value, inline === undefined ? at + 1 : at);
    return inline === undefined ? 1 : 0;
  }
  return 0;
}

function truth(flag: string, text: string, argument: number): string {
  if (flag.startsWith('--no-')) throw new UsageError(`${flag} takes no value (argument ${argument})`);
  try {
    return String(decodeText({ kind: 'boolean', describe: '' }, text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${flag}: "${text}" ${reason} (argument ${argument})`, { cause: error });
  }
}

/** The parser takes one pair of quotes off a value; a second pair keeps those that were meant. */
function protectQuotes(value: string): string {
  return /^(["']).*\1$/s.test(value) ? `"${value}"` : value;
}

function parse(tokens: readonly string[], known: ReadonlyMap<string, boolean>): Map<string, string[]> {
  const bare = (takes: boolean): string[] =>
    [...known].filter(([, value]) => value === takes).map(([flag]) => flag.replace(/^--?/, ''));
  const parsed = yargs([...tokens])
    .locale('en')
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail((message, error) => {
      // The typings promise an error; without one thrown by a hook there is none.
      throw (error as Error | undefined) ?? new UsageError(message);
    })
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'boolean-negation': true,
      'greedy-arrays': false,
      'short-option-groups': true,
    })
    .string(bare(true))
    .boolean(bare(false))
    .array(bare(true))
    .parseSync();
  const result = new Map<string, string[]>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '_' || name === '$0' || value === undefined) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length > 0) result.set(`${name.length === 1 ? '-' : '--'}${name}`, values.map(String));
  }
  return result;
}

function unknownFlag(flag: string, candidates: readonly string[]): UsageError {
  const guess = nearest(flag, candidates);
  return new UsageError(
    `unknown option ${flag}`,
    guess === undefined ? {} : { hint: `Did you mean ${guess}?` },
  );
}

function unknownCommand(app: App, word: Occurrence): UsageError {
  const names = app.commands.filter((c) => !c.hidden).map((c) => c.name);
  if (names.length < 2)
    return new UsageError(`unexpected argument "${word.text}" (argument ${word.argument})`);
  const guess = nearest(word.text, names);
  const hint = guess === undefined ? `Commands: ${names.join(', ')}.` : `Did you mean ${guess}?`;
  return new UsageError(`unknown command "${word.text}"`, { hint });
}
