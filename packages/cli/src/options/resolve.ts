import type { App } from '../app.js';
import type { EffectiveValue } from '../context.js';
import { UsageError } from '../errors.js';
import { commonOptions, optionsOf } from './common-options.js';
import { type FileSetting, readConfigFile } from './config-file.js';
import { ValueError, decodeFileValue, decodeText } from './decode.js';
import { type Option, flagsOf, longName } from './option.js';
import type { CommandLine, Occurrence } from './read-argv.js';

/** What stands for a secret wherever values are shown. */
export const redacted = '[redacted]';

/** The effective values of a command's options. */
export interface Resolved {
  readonly values: Readonly<Record<string, unknown>>;
  readonly effective: readonly EffectiveValue[];
  /** The texts of secret values, for redaction. */
  readonly secrets: readonly string[];
  /** Warnings for the log. */
  readonly warnings: readonly string[];
  /** Throws {@link UsageError} when a required option has no value. */
  checkRequired(): void;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Takes every option's value from where it is given first: flag, environment, configuration file, default.
 * Throws {@link UsageError} that names the option, the offending text and where it stood.
 */
export async function resolveOptions(app: App, line: CommandLine, env: Env): Promise<Resolved> {
  const state = new Resolution(app, line, env);
  const declared = Object.entries(optionsOf(app, line.command));
  const config = declared.find(([key]) => key === 'config');
  if (config) {
    state.take(config[0], config[1]);
    const path = state.values['config'];
    if (typeof path === 'string') await state.readFile(path);
  }
  for (const [key, option] of declared) if (key !== 'config') state.take(key, option);
  takePositionals(state, line);
  return state;
}

/** A value, and what is shown for it: for parsed values the text they were parsed from. */
interface Item {
  readonly value: unknown;
  readonly shown: unknown;
}

interface Found extends Item {
  readonly origin: EffectiveValue['origin'];
  readonly where?: string;
}

class Resolution implements Resolved {
  readonly values: Record<string, unknown> = {};
  readonly effective: EffectiveValue[] = [];
  readonly secrets: string[] = [];
  readonly warnings: string[] = [];
  readonly #app: App;
  readonly #line: CommandLine;
  readonly #env: Env;
  readonly #missing: string[] = [];
  #file: ReadonlyMap<string, FileSetting> = new Map();

  constructor(app: App, line: CommandLine, env: Env) {
    this.#app = app;
    this.#line = line;
    this.#env = env;
  }

  take(key: string, declared: Option<unknown>): void {
    const name = longName(key, declared);
    const flags = flagsOf(key, declared);
    const taken =
      this.#fromFlags(name, flags, declared) ??
      this.#fromEnv(name, declared) ??
      this.#fromFile(name, declared) ??
      fromDefault(name, declared);
    if (taken === undefined && declared.required) {
      const variable = declared.env === false ? '' : ` (or ${variableOf(this.#app, name)})`;
      const short = declared.short === undefined ? '' : `-${declared.short}/`;
      this.#missing.push(`${short}--${name}${variable} is required`);
    }
    this.keep(key, name, declared, taken);
  }

  keep(key: string, name: string, declared: Option<unknown>, taken: Found | undefined): void {
    this.values[key] = taken?.value ?? (declared.repeatable ? [] : undefined);
    if (declared.file === false && declared.env === false) return;
    this.effective.push({
      name,
      value: taken && declared.secret ? redacted : (taken?.shown ?? null),
      origin: taken?.origin ?? 'not set',
      ...(taken?.where === undefined ? {} : { where: taken.where }),
    });
  }

  decode(declared: Option<unknown>, text: string, subject: string, where: string): Item {
    if (declared.secret && text.length > 0) this.secrets.push(text);
    return { value: explain(declared, text, subject, where, () => decodeText(declared, text)), shown: text };
  }

  /** Reads the file and checks every setting in it, also those of other commands. */
  async readFile(path: string): Promise<void> {
    const all = new Map<string, Option<unknown>>();
    for (const options of [
      ...this.#app.commands.map((c) => c.options),
      commonOptions(this.#app),
      this.#line.command?.options ?? {},
    ]) {
      for (const [key, declared] of Object.entries(options)) {
        if (declared.file !== false) all.set(longName(key, declared), declared);
      }
    }
    this.#file = await readConfigFile(path, [...all.keys()]);
    for (const [name, declared] of all) this.#fromFile(name, declared);
  }

  addMissing(text: string): void {
    this.#missing.push(text);
  }

  checkRequired(): void {
    if (this.#missing.length > 0) throw new UsageError(this.#missing.join('; '));
  }

  #fromFlags(name: string, flags: readonly string[], declared: Option<unknown>): Found | undefined {
    const given: (Occurrence & { readonly flag: string })[] = flags
      .flatMap((flag) => (this.#line.flags.get(flag) ?? []).map((occurrence) => ({ ...occurrence, flag })))
      .sort((a, b) => a.argument - b.argument);
    const last = given.at(-1);
    if (!last) return undefined;
    if (declared.secret) this.#warnAboutSecret(last.flag, name, declared);
    const items = given.flatMap((occurrence) =>
      (declared.commaSeparated ? splitList(occurrence.text) : [occurrence.text]).map((text) =>
        this.decode(declared, text, occurrence.flag, `argument ${occurrence.argument}`),
      ),
    );
    const where = `argument ${given.map((g) => g.argument).join(', ')}`;
    return found(declared, items, 'flag', where);
  }

  #fromEnv(name: string, declared: Option<unknown>): Found | undefined {
    if (declared.env === false) return undefined;
    for (const variable of [variableOf(this.#app, name), ...(declared.env ?? [])]) {
      const text = this.#env[variable];
      if (text === undefined || text === '') continue;
      const texts = declared.repeatable ? splitList(text) : [text];
      const items = texts.map((item) => this.decode(declared, item, variable, 'environment'));
      return found(declared, items, 'environment', variable);
    }
    return undefined;
  }

  #fromFile(name: string, declared: Option<unknown>): Found | undefined {
    const setting = this.#file.get(name);
    if (!setting || setting.value === null || declared.file === false) return undefined;
    const list = Array.isArray(setting.value) ? (setting.value as unknown[]) : [setting.value];
    if (Array.isArray(setting.value) && !declared.repeatable) {
      throw new UsageError(`${setting.where}: ${name} takes one value, not a list`);
    }
    const items = list.map((item) => {
      if (declared.secret && typeof item === 'string' && item !== '') this.secrets.push(item);
      const value = explain(declared, item, `${setting.where}: ${name}`, undefined, () =>
        decodeFileValue(declared, item),
      );
      return { value, shown: item };
    });
    return found(declared, items, 'file', setting.where);
  }

  #warnAboutSecret(flag: string, name: string, declared: Option<unknown>): void {
    const variable = declared.env === false ? undefined : variableOf(this.#app, name);
    const safer =
      declared.saferSource ?? (variable ? `the environment variable ${variable}` : 'the configuration file');
    this.warnings.push(`${flag} shows its value to everybody who can list processes; use ${safer}`);
  }
}

function takePositionals(state: Resolution, line: CommandLine): void {
  const declared = Object.entries(line.command?.positionals ?? {});
  let index = 0;
  for (const [key, option] of declared) {
    const given = option.repeatable ? line.words.slice(index) : line.words.slice(index, index + 1);
    index += given.length;
    const name = (option.placeholder ?? longName(key, option)).toUpperCase();
    const items = given.map((word) => state.decode(option, word.text, name, `argument ${word.argument}`));
    const where = `argument ${given.map((g) => g.argument).join(', ')}`;
    const taken: Found | undefined =
      items.length > 0 ? found(option, items, 'flag', where) : fromDefault(name, option);
    if (!taken && option.required) state.addMissing(`${name} is required`);
    state.keep(key, name, option, taken);
  }
  const extra = line.words[index];
  if (extra) throw new UsageError(`unexpected argument "${extra.text}" (argument ${extra.argument})`);
}

/** The environment variable of an option: prefix and upper-case name. */
export function variableOf(app: App, name: string): string {
  return `${app.envPrefix.replace(/_$/, '')}_${name.replaceAll('-', '_').toUpperCase()}`;
}

function fromDefault(name: string, declared: Option<unknown>): Found | undefined {
  if (declared.default === undefined) return undefined;
  const given: readonly unknown[] = Array.isArray(declared.default) ? declared.default : [declared.default];
  const items = given.map((item): Item => {
    if (declared.kind !== 'value') return { value: item, shown: item };
    const text = String(item);
    return { value: explain(declared, text, name, 'default', () => decodeText(declared, text)), shown: text };
  });
  return found(declared, items, 'default');
}

/** All items of a repeatable option, the last one of any other. */
function found(
  declared: Option<unknown>,
  items: readonly Item[],
  origin: EffectiveValue['origin'],
  where?: string,
): Found {
  const shownOf = (item: Item | undefined): unknown =>
    declared.kind === 'value' ? item?.shown : item?.value;
  return {
    value: declared.repeatable ? items.map((item) => item.value) : items.at(-1)?.value,
    shown: declared.repeatable ? items.map(shownOf) : shownOf(items.at(-1)),
    origin,
    ...(where === undefined ? {} : { where }),
  };
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function explain<T>(
  declared: Option<unknown>,
  given: unknown,
  subject: string,
  where: string | undefined,
  decode: () => T,
): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const shown = declared.secret ? 'the value' : JSON.stringify(given);
    // A parser of the app's may repeat the secret in its reason.
    const reason = declared.secret && declared.kind === 'value' ? 'is not usable' : error.message;
    const at = where === undefined ? '' : ` (${where})`;
    throw new UsageError(`${subject}: ${shown} ${reason}${at}`, { cause: error });
  }
}
