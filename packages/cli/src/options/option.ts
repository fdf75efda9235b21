/** How an option reads its words. */
export type OptionKind = 'boolean' | 'string' | 'integer' | 'number' | 'duration' | 'choice' | 'value';

/** What every kind of option can say about itself. */
export interface OptionWords {
  /** One line for `--help`. */
  readonly describe: string;
  /** The one-letter flag, without the dash. */
  readonly short?: string;
  /** The long flag when it is not the kebab-case of the option's key, without the dashes. */
  readonly long?: string;
  /** More long flags that mean the same, for compatibility; not shown in help. */
  readonly aliases?: readonly string[];
  /** Heading in `--help`. Default `Options`. */
  readonly group?: string;
  /** What stands for the value in help, such as `CIDR`. */
  readonly placeholder?: string;
  /** Without a value from anywhere the command ends with a usage error. */
  readonly required?: boolean;
  /** May be given several times; from the environment as a comma-separated list; the value is an array. */
  readonly repeatable?: boolean;
  /** With `repeatable`: commas inside one flag's value separate items too. */
  readonly commaSeparated?: boolean;
  /** Never shown: not in `--print-config`, logs, errors. Given as an argument it draws a warning. */
  readonly secret?: boolean;
  /** For a secret: where it should come from instead; completes "use ...". Default: the environment variable. */
  readonly saferSource?: string;
  /** Further environment variables, read after the prefixed one; `false`: never from the environment. */
  readonly env?: readonly string[] | false;
  /** `false`: not accepted in the configuration file. */
  readonly file?: false;
  /** Works, but is not shown in help or completion. */
  readonly hidden?: boolean;
}

/** A declared option whose value has the type `T`. Made by the functions of {@link option}. */
export interface Option<out T> extends OptionWords {
  readonly kind: OptionKind;
  readonly default?: unknown;
  readonly defaultText?: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly bareUnit?: DurationUnit;
  readonly parse?: (text: string) => unknown;
  /** Carries the type only; never present. */
  readonly '~value'?: T;
}

/** Declared options by key. Keys are camelCase; flags are their kebab-case. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values of declared options, by the same keys. */
export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

/** The declarations that give exactly the values `V`: the annotation for exported declarations. */
export type OptionsFor<V> = { readonly [K in keyof V]-?: Option<V[K]> };

export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd';

interface Defaulted<T> {
  /** The value when nothing else gives one. For repeatable options an array. */
  readonly default?: T | readonly T[];
  /** What help says the default is, when the value itself does not say it (`from the instance metadata`). */
  readonly defaultText?: string;
}

export interface StringWords extends OptionWords, Defaulted<string> {}

export interface NumberWords extends OptionWords, Defaulted<number> {
  /** Least value allowed. */
  readonly min?: number;
  /** Greatest value allowed. */
  readonly max?: number;
}

export interface DurationWords extends OptionWords, Defaulted<number> {
  /** Least value allowed, in milliseconds. */
  readonly min?: number;
  /** Greatest value allowed, in milliseconds. */
  readonly max?: number;
  /** The unit of a number without one. Default `s`. */
  readonly bareUnit?: DurationUnit;
}

export interface ChoiceWords<C extends string> extends OptionWords, Defaulted<C> {
  readonly choices: readonly C[];
}

export interface ValueWords<T> extends OptionWords {
  /** Makes the value from its text; what it throws becomes a usage error with the value and its position. */
  readonly parse: (text: string) => T;
  /** As text, read by `parse` as if it had been given. */
  readonly default?: string | readonly string[];
  readonly defaultText?: string;
}

export interface FlagWords extends OptionWords {
  readonly default?: boolean;
}

/** Array for repeatable options; `undefined` is possible unless the option is required or has a default. */
export type Shape<W, T> = W extends { readonly repeatable: true }
  ? readonly T[]
  : W extends { readonly required: true } | { readonly default: string | number | boolean }
    ? T
    : T | undefined;

/** The makers of declarations, one per kind of value. */
export const option: {
  /** A flag. `--no-NAME` and `--NAME=false` turn it off. False unless `default` says otherwise. */
  flag(words: FlagWords): Option<boolean>;
  /** Text, not empty. */
  string<const W extends StringWords>(words: W): Option<Shape<W, string>>;
  /** A whole number in decimal. */
  integer<const W extends NumberWords>(words: W): Option<Shape<W, number>>;
  /** A decimal number. */
  number<const W extends NumberWords>(words: W): Option<Shape<W, number>>;
  /** A length of time such as `500ms`, `60s`, `5m`, `1h30m`; the value (and `default`) is in milliseconds. */
  duration<const W extends DurationWords>(words: W): Option<Shape<W, number>>;
  /** One of a few words. */
  choice<const C extends string, const W extends ChoiceWords<C>>(
    words: W & ChoiceWords<C>,
  ): Option<Shape<W, W['choices'][number]>>;
  /** Anything that `parse` understands: CIDRs, ids, addresses. */
  value<T, const W extends Omit<ValueWords<T>, 'parse'>>(
    words: W & { readonly parse: (text: string) => T },
  ): Option<Shape<W, T>>;
} = {
  flag: (words) => ({ default: false, ...words, kind: 'boolean' }),
  string: (words) => ({ ...words, kind: 'string' }),
  integer: (words) => ({ ...words, kind: 'integer' }),
  number: (words) => ({ ...words, kind: 'number' }),
  duration: (words) => ({ ...words, kind: 'duration' }),
  choice: (words) => ({ ...words, kind: 'choice' }),
  value: (words) => ({ ...words, kind: 'value' }),
};

/** The long flag of an option, without dashes: `routeTable` is `route-table`. */
export function longName(key: string, declared: Option<unknown>): string {
  return declared.long ?? key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** True when the option takes a value, false for flags. */
export function takesValue(declared: Option<unknown>): boolean {
  return declared.kind !== 'boolean';
}

/** Every way to write an option on the command line, with its dashes. */
export function flagsOf(key: string, declared: Option<unknown>): string[] {
  const long = longName(key, declared);
  if (!/^[a-z][a-z0-9-]*$/i.test(long)) throw new TypeError(`option ${key}: --${long} is not a usable name`);
  if (declared.short !== undefined && !/^[A-Za-z0-9]$/.test(declared.short)) {
    throw new TypeError(`option ${key}: -${declared.short} is not one letter or digit`);
  }
  const flags = [`--${long}`, ...(declared.aliases ?? []).map((alias) => `--${alias}`)];
  return declared.short === undefined ? flags : [`-${declared.short}`, ...flags];
}
