import type { App, Command, CommonChange } from '../app.js';
import { type Option, type Options, type OptionsFor, flagsOf, option } from './option.js';

const group = 'Common options';

/** The values of the options that every app has. */
export interface CommonValues {
  readonly json: boolean;
  readonly debug: boolean;
  readonly quiet: boolean;
  readonly config: string | undefined;
  readonly printConfig: boolean;
  readonly loggingTo: LogTarget;
  readonly color: boolean;
  readonly completion: 'bash' | 'zsh' | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

const declarations: OptionsFor<CommonValues> = {
  json: option.flag({ describe: 'Print data as JSON', group }),
  debug: option.flag({ describe: 'Log in detail, and show the stack of an error', group }),
  quiet: option.flag({ describe: 'Log warnings and errors only', group }),
  config: option.string({
    describe: 'Read options from a JSON or YAML file',
    placeholder: 'FILE',
    group,
    file: false,
  }),
  printConfig: option.flag({
    describe: 'Print the effective options with their origins, and end',
    group,
    file: false,
    env: false,
  }),
  loggingTo: option.value({
    short: 'L',
    describe: 'Send logs to console, syslog, syslog://HOST:PORT (UDP) or json',
    placeholder: 'WHERE',
    default: 'console',
    group,
    parse: parseLogTarget,
  }),
  color: option.flag({ describe: 'Colours on a terminal; --no-color turns them off', default: true, group }),
  completion: option.choice({
    choices: ['bash', 'zsh'],
    describe: 'Print a completion script for the shell, and end',
    placeholder: 'SHELL',
    group,
    file: false,
    env: false,
  }),
  help: option.flag({ short: 'h', describe: 'Print this help, and end', group, file: false, env: false }),
  version: option.flag({ describe: 'Print the version, and end', group, file: false, env: false }),
};

/** Where logs go. */
export type LogTarget =
  | { readonly to: 'console' | 'json' | 'syslog' }
  | { readonly to: 'udp'; readonly host: string; readonly port: number };

/** The common options of an app, with the names and letters that it gave them. */
export function commonOptions(app: App): Options {
  const changes: Readonly<Record<string, CommonChange | undefined>> = { ...app.common };
  const result: Record<string, Option<unknown>> = {};
  for (const [key, declared] of Object.entries<Option<unknown>>(declarations)) {
    const change = changes[key];
    if (change === false) continue;
    const { short, ...others } = { ...declared, ...change };
    result[key] = typeof short === 'string' ? { ...others, short } : others;
  }
  return result;
}

/** Values of common options that the app removed. */
export const commonDefaults: CommonValues = {
  json: false,
  debug: false,
  quiet: false,
  config: undefined,
  printConfig: false,
  loggingTo: { to: 'console' },
  color: true,
  completion: undefined,
  help: false,
  version: false,
};

/** Everything a command understands: its own options, then the common ones. */
export function optionsOf(app: App, command: Command | undefined): Options {
  return { ...command?.options, ...commonOptions(app) };
}

/** Reads `console`, `json`, `syslog` or `syslog://host:port`. */
export function parseLogTarget(text: string): LogTarget {
  if (text === 'console' || text === 'json' || text === 'syslog') return { to: text };
  const match = /^syslog:\/\/(\[[0-9a-fA-F:.]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/?$/.exec(text);
  const port = Number(match?.[2] ?? 514);
  if (!match?.[1] || port < 1 || port > 65_535) {
    throw new Error('is not console, syslog, syslog://HOST:PORT or json');
  }
  return { to: 'udp', host: match[1].replaceAll(/[[\]]/g, ''), port };
}

/** A `--dry-run` flag in the words that every app uses. */
export const dryRunOption: Option<boolean> = option.flag({
  describe: 'Print what would be done, change nothing',
});

/**
 * Checks that the flags of a command do not clash with each other or with the common options, and that all
 * commands agree on which flags take a value. Throws a TypeError for the author of the app.
 */
export function checkFlags(app: App): void {
  const takesValue = new Map<string, { readonly command: string; readonly takes: boolean }>();
  for (const command of app.commands) {
    const seen = new Map<string, string>();
    for (const [key, declared] of Object.entries(optionsOf(app, command))) {
      for (const flag of flagsOf(key, declared)) {
        const other = seen.get(flag);
        if (other !== undefined) {
          throw new TypeError(`${app.name} ${command.name}: ${other} and ${key} both claim ${flag}`);
        }
        seen.set(flag, key);
        const takes = declared.kind !== 'boolean';
        const before = takesValue.get(flag);
        if (before && before.takes !== takes) {
          throw new TypeError(
            `${app.name}: ${flag} takes a value in only one of ${before.command}, ${command.name}`,
          );
        }
        takesValue.set(flag, { command: command.name, takes });
      }
    }
    for (const key of Object.keys(command.options)) {
      if (key in declarations && app.common?.[key as keyof typeof app.common] !== false) {
        throw new TypeError(
          `${app.name} ${command.name}: ${key} is a common option; change it through common`,
        );
      }
    }
  }
}
